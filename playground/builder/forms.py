"""What is typed into the builder of security groups."""

from __future__ import annotations

from django import forms

from playground.site.forms import TextField
from playground.site.limits import LIMITS


class GroupsForm(forms.Form):
    groups = TextField(label="Groups and instances", most_bytes=LIMITS.packets_bytes)
