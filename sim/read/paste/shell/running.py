"""What the parts of a shell need of the whole: its input and output, its desk."""

from __future__ import annotations

from typing import Protocol

from sim.base.frozen import dataclass
from sim.read.paste.desk import Desk
from sim.read.paste.shell.expand import Expander


@dataclass(slots=True)
class Input:
    """Standard input: a text, and how far ``read`` has come. ``text`` ``None``: nobody types."""

    text: str | None = None
    at: int = 0

    def line(self) -> str | None:
        """The next line, or ``None`` at the end."""
        if self.text is None or self.at >= len(self.text):
            return None
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end
        line, self.at = self.text[self.at : end], end + 1
        return line

    def rest(self) -> str:
        text, self.at = (self.text or "")[self.at :], len(self.text or "")
        return text


class NotTold(Exception):
    """What a program prints is not known here; a ``$( )`` around it asks."""


class Running(Protocol):
    """A shell that runs."""

    desk: Desk
    line: int
    input: Input
    out: list[str]
    captures: int
    changes: int
    unread: bool
    expander: Expander

    def is_named_once(self, path: str) -> bool: ...
    def one(self, word: str) -> str: ...
    def output(self, text: str) -> str: ...
    def print(self, text: str) -> None: ...
    def note(self, text: str) -> None: ...
