"""What the forms of every room are made of."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from playground.site.ordinals import ordinal

# Half characters have no bytes; databases do not keep NUL. Nobody types either.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


class TextField(forms.CharField):
    """A text as it was typed, with LF for the line ends that browsers send."""

    def __init__(self, **options: Any) -> None:
        usual: dict[str, Any] = {"strip": False, "required": False, "widget": forms.Textarea}
        super().__init__(**usual | options)

    def to_python(self, value: object) -> str:
        text = value if isinstance(value, str) else ""
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        return str(super().to_python(_NO_TEXT.sub("\ufffd", plain)) or "")


class LineField(TextField):
    """One line: blanks at its ends go, those inside become one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"widget": forms.TextInput} | options)

    def to_python(self, value: object) -> str:
        return " ".join(super().to_python(value).split())


class OrdinalField(forms.Field):
    """The number of a statement, a step or a version; 0 where none was asked for."""

    widget = forms.HiddenInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False} | options)

    def to_python(self, value: object) -> int:
        return ordinal(value)


def problem_of(form: forms.Form) -> str:
    """The first thing that is wrong, as one sentence; empty when nothing is."""
    for errors in form.errors.values():
        for error in errors:
            return str(error)
    return ""
