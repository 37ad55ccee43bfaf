"""The fields that people's forms are made of: what each takes, and what it says of the rest.

A form cleans and never cuts: what is over a limit is refused, and the page shows it again.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from playground.site.ordinals import ordinal
from playground.site.plain import typed_text


class TextField(forms.CharField):
    """A text as it was typed, with our line ends and nothing that cannot be kept.

    ``most_bytes``: of its UTF-8; ``max_length`` counts characters. A field that is not in the form
    is an empty text, so that a missing one is never an error.
    """

    def __init__(self, *, most_bytes: int = 0, strip: bool = False, **given: Any) -> None:
        super().__init__(**{"required": False, **given}, strip=strip)
        self.most_bytes = most_bytes

    def to_python(self, value: Any) -> str:
        text = typed_text(value)
        return text.strip() if self.strip else text

    def run_validators(self, value: Any) -> None:
        if self.max_length is not None and len(value) > self.max_length:
            raise _too_long(len(value), self.max_length, "characters")
        size = len(value.encode()) if self.most_bytes else 0
        if size > self.most_bytes:
            raise _too_long(size, self.most_bytes, "bytes")


def _too_long(size: int, most: int, unit: str) -> ValidationError:
    return ValidationError(f"It has {size:,} {unit}; at most {most:,} are taken.", "size")


class OrdinalField(forms.Field):
    """A number that names something and counts from 1; 0 where the field is empty."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"required": False, **given})

    def to_python(self, value: Any) -> int:
        text = str(value or "").strip()
        found = ordinal(text)
        if text.strip("0") and not found:
            raise ValidationError("Write a number from 1.", "invalid")
        return found


class ManyField(forms.Field):
    """Every value that came under one name, as texts; empty ones are left out."""

    widget = forms.MultipleHiddenInput

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"required": False, **given})

    def to_python(self, value: Any) -> list[str]:
        return [text for text in map(typed_text, value or ()) if text]


def problem_of(form: forms.BaseForm) -> str:
    """What a form is refused for, in the order of its fields; empty for one that is fine."""
    said: list[str] = []
    for name, errors in form.errors.items():
        field = form.fields.get(name)
        named = f"{field.label}: " if field is not None and field.label else ""
        said += [f"{named}{error}" for error in errors]
    return " ".join(dict.fromkeys(said))


def typed_in(form: forms.BaseForm) -> dict[str, Any]:
    """What was typed into each field, as it is shown again: nothing in it that cannot be kept."""
    return {name: typed_text(form[name].value()) for name in form.fields}
