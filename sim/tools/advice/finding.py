"""What the advisor says: findings with their places, and edits that mend them."""

from __future__ import annotations

from typing import Any

from sim.base.errors import Span
from sim.base.frozen import dataclass, replace

# From the least to the most urgent.
SEVERITIES = ("info", "warning", "danger")


@dataclass(frozen=True, slots=True, order=True)
class TextPlace:
    """A span of one of the texts: ``rules``, ``host`` or ``packets``."""

    where: str
    span: Span

    def as_json(self) -> dict[str, Any]:
        return {
            "where": self.where,
            "line": self.span.line,
            "column": self.span.column,
            "end_line": self.span.end_line,
            "end_column": self.span.end_column,
        }


@dataclass(frozen=True, slots=True)
class Edit:
    """New text in the place of a span, which may be empty. A column behind the last is its end."""

    where: str
    span: Span
    text: str

    def as_json(self) -> dict[str, Any]:
        return {**TextPlace(self.where, self.span).as_json(), "text": self.text}


@dataclass(frozen=True, slots=True)
class Fix:
    """``label`` says what the edits do: "Use SNAT"."""

    label: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a trap's check says. ``text`` is about this very place; the first place is the main."""

    text: str
    places: tuple[TextPlace, ...]
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """``proof``: what a replay with the fix applied showed, a sentence for each change."""

    name: str
    severity: str
    text: str
    why: str
    lesson: str
    places: tuple[TextPlace, ...]
    fix: Fix | None = None
    proof: tuple[str, ...] = ()

    @property
    def line(self) -> int:
        """The line of the main place, 0 if it has none."""
        return self.places[0].span.line if self.places else 0

    @property
    def key(self) -> str:
        """Tells findings of one scenario apart, the same for the same texts."""
        where = self.places[0].where if self.places else ""
        column = self.places[0].span.column if self.places else 0
        return f"{self.name}:{where}:{self.line}:{column}"

    def without_fix(self) -> Finding:
        return replace(self, fix=None, proof=())

    def as_json(self) -> dict[str, Any]:
        fix = self.fix
        return {
            "name": self.name,
            "severity": self.severity,
            "text": self.text,
            "why": self.why,
            "lesson": self.lesson,
            "places": [place.as_json() for place in self.places],
            "fix": None
            if fix is None
            else {"label": fix.label, "edits": [edit.as_json() for edit in fix.edits]},
            "proof": list(self.proof),
        }
