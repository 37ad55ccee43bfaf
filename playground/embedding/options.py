"""What a frame may be asked for, in its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from playground.site.ordinals import ordinal

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


def read(values: Mapping[str, str]) -> Options:
    """What makes no sense is as if it were not there: a frame in a wiki never breaks."""
    theme = values.get("theme", "")
    height = ordinal(values.get("h")) or HEIGHT
    return Options(
        step=ordinal(values.get("step")),
        first=ordinal(values.get("from")),
        last=ordinal(values.get("to")),
        theme=theme if theme in THEMES else "auto",
        height=min(max(height, LOWEST), HIGHEST),
        bare=values.get("chrome") == "none",
    )
