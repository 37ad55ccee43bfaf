"""The nouns of a paste: blocks of lines, what became of each, questions. Plain data."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from sim.base.frozen import dataclass


@dataclass(frozen=True, slots=True)
class PasteCommand:
    """A command line that was typed in a terminal, without its prompt."""

    text: str
    line: int  # one-based, where its prompt stands
    prompt: str = ""
    host: str = ""  # whose prompt it is, where the prompt says so
    is_mentioned: bool = False  # nobody typed it there: the text above the output names it

    @property
    def words(self) -> list[str]:
        """Roughly: blanks divide. For asking what is called, not for running it."""
        return self.text.split()


@dataclass(frozen=True, slots=True)
class Block:
    """Lines ``first`` to ``last`` (one-based) of the paste, which one form takes.

    ``said`` is the command above them whose output they are, if there was one.
    """

    first: int
    last: int
    lines: tuple[str, ...]
    said: PasteCommand | None = None

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Became:
    """What a form made of its block: ``rules``, ``host``, ``packets``, several, or nothing."""

    what: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PasteEntry:
    """One entry of the receipt. ``became`` is empty when the lines were left aside."""

    first: int
    last: int
    form: str
    became: str
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "first": self.first,
            "last": self.last,
            "form": self.form,
            "became": self.became,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Question:
    """What the paste does not tell. ``answers`` are those worth offering; others may be right.

    ``optional``: the reading can be walked without it; where it matters the walk says so.
    """

    name: str
    text: str
    answers: tuple[str, ...] = ()
    optional: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "text": self.text, "answers": list(self.answers)}


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole paste, read. ``more`` holds the other fields of a scenario, if one was pasted."""

    rules: str = ""
    host: str = ""
    packets: str = ""
    receipt: tuple[PasteEntry, ...] = ()
    questions: tuple[Question, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    aside: int = 0  # how many lines or commands that say something were left aside

    @property
    def is_open(self) -> bool:
        """A question has to be answered before it can be walked."""
        return any(not question.optional for question in self.questions)

    @property
    def is_empty(self) -> bool:
        """Nothing could be read."""
        return not (self.rules.strip() or self.host.strip() or self.packets.strip())

    def as_json(self) -> dict[str, Any]:
        return {
            "rules": self.rules,
            "host": self.host,
            "packets": self.packets,
            "receipt": [entry.as_json() for entry in self.receipt],
            "questions": [question.as_json() for question in self.questions],
        }
