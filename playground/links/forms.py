"""The forms of links."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError

from playground.links import keys
from playground.site.fields import LineField, OrdinalField, TextField
from playground.site.limits import LIMITS

UNKNOWN = "Nobody here has this key. It is all that stands behind the # sign."


class AboutForm(forms.Form):
    """What its author says about a link. ``number``: the version to be the latest."""

    title = LineField(
        max_length=LIMITS.title_characters,
        error_messages={"max_length": f"A title has at most {LIMITS.title_characters} characters."},
    )
    description = TextField(
        max_length=LIMITS.description_characters,
        error_messages={
            "max_length": f"A description has at most {LIMITS.description_characters} characters."
        },
    )
    tags = LineField(
        max_length=1000, error_messages={"max_length": "Tags have at most 1000 characters."}
    )
    number = OrdinalField()


class KeyForm(forms.Form):
    """A key, or the link that it stands in."""

    key = LineField(required=True, error_messages={"required": UNKNOWN})

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"]).rpartition("#")[2]
        is_one = keys.SHORTEST <= len(key) <= keys.LONGEST and keys.with_key(key) is not None
        if not is_one:
            raise ValidationError(UNKNOWN)
        return key
