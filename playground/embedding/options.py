"""What a frame may be asked for, in its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms

from playground.site.forms import OrdinalField

THEMES = ("auto", "light", "dark")
LOWEST, HIGHEST, HEIGHT = 160, 4000, 480  # pixels


@dataclass(frozen=True, slots=True)
class Options:
    """``step`` is marked and in view; ``first`` and ``last`` bound what is shown (0: no bound).

    ``bare``: without the heading and the line about Chainwalk, for pages that say it themselves.
    """

    step: int = 0
    first: int = 0
    last: int = 0
    theme: str = "auto"
    height: int = HEIGHT
    bare: bool = False

    @property
    def query(self) -> str:
        """As it stands in an address, only what is not usual; with its question mark."""
        said = {
            "step": self.step, "from": self.first, "to": self.last,
            "theme": "" if self.theme == "auto" else self.theme,
            "chrome": "none" if self.bare else "",
        }  # fmt: skip
        text = urlencode({key: value for key, value in said.items() if value})
        return f"?{text}" if text else ""


class OptionsForm(forms.Form):
    """The same as it is chosen by a person, who is told what makes no sense."""

    field_order = ("step", "from", "to", "theme", "h", "chrome")

    step = OrdinalField(label="Step")
    theme = forms.ChoiceField(label="Theme", choices=[(one, one) for one in THEMES], required=False)
    h = OrdinalField(label="Height")
    chrome = forms.ChoiceField(choices=[("none", "without heading")], required=False)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["from"] = OrdinalField(label="From step")  # Python's word: no attribute
        self.fields["to"] = OrdinalField(label="To step")
        self.order_fields(self.field_order)

    @property
    def options(self) -> Options:
        """What makes no sense is as if it were not there: a frame in a wiki never breaks."""
        self.full_clean()
        found = self.cleaned_data
        return Options(
            step=found.get("step", 0),
            first=found.get("from", 0),
            last=found.get("to", 0),
            theme=found.get("theme") or "auto",
            height=min(max(found.get("h") or HEIGHT, LOWEST), HIGHEST),
            bare=found.get("chrome") == "none",
        )


def read(values: Mapping[str, str]) -> Options:
    """The options of an address."""
    return OptionsForm(values).options
