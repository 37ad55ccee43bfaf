"""What of a login is looked at before Django's own form is."""

from __future__ import annotations

from django import forms

from playground.site.forms import TextField


class GuessForm(forms.Form):
    """Whose account is tried."""

    username = TextField()
