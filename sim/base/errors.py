"""Errors in what a person typed: where it stands, what was seen, what was wanted.

Everything below the parsers raises plain ``ValueError``; a parser adds the span. Bugs raise
ordinary exceptions and are never shown as if the user had made them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NotRequired, TypedDict

from sim.base.frozen import dataclass


class ErrorFields(TypedDict):
    """An error as JSON. Lines and columns count from 1; the end is behind the last character."""

    where: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    hint: str
    kind: NotRequired[str]  # a word for programs


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a text. Lines and columns are one-based, ``end_column`` is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def of_line(cls, line: int, text: str) -> Span:
        """The whole of one line without its leading and trailing blanks."""
        start = len(text) - len(text.lstrip()) + 1
        return cls(line, start, line, max(start + 1, len(text.rstrip()) + 1))


class UnknownHost(ValueError):
    """A value that would be a host's name, and no line tells its address."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name
        self.hint = f"tools ask the name server once; say it here: `name {name} ADDRESS`"


class SourceError(ValueError):
    """One thing wrong with one of the texts.

    ``where`` names the text: ``rules``, ``host``, ``packets``, ``expect`` or ``scenario``.
    ``hint`` is what to do about it, or empty. ``kind`` is for programs: ``too-much`` where a
    text costs more than is given for it, else empty. ``lacks`` is the interface, host or object
    that no line tells of, where that is what is wrong: whoever has more than the text may add it.
    """

    def __init__(
        self,
        message: str,
        span: Span,
        *,
        where: str = "rules",
        hint: str = "",
        kind: str = "",
        lacks: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.where = where
        self.hint = hint
        self.kind = kind
        self.lacks = lacks

    def __str__(self) -> str:
        tail = f" ({self.hint})" if self.hint else ""
        return f"{self.where}:{self.span.line}:{self.span.column}: {self.message}{tail}"

    def as_json(self) -> ErrorFields:
        told = ErrorFields(
            where=self.where,
            line=self.span.line,
            column=self.span.column,
            end_line=self.span.end_line,
            end_column=self.span.end_column,
            message=self.message,
            hint=self.hint,
        )
        if self.kind:
            told["kind"] = self.kind
        return told


class Refused(ValueError):
    """Every error of one paste, in the order of the text."""

    def __init__(self, errors: Iterable[SourceError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))


def draw(error: SourceError, text: str) -> str:
    """The error, the line it is about and a caret under the place.

    Long lines are cut to a window around the caret; tabs become one blank each so that the
    caret stands where the eye expects it.
    """
    return _drawn(error, text.split("\n"))


def draw_all(errors: Iterable[SourceError], text: str) -> list[str]:
    """The errors of one text, which is cut into its lines once."""
    lines = text.split("\n")
    return [_drawn(error, lines) for error in errors]


def _drawn(error: SourceError, lines: Sequence[str]) -> str:
    number = error.span.line
    if not 1 <= number <= len(lines):
        return str(error)
    line = lines[number - 1].replace("\t", " ").rstrip("\r")
    column = min(error.span.column, len(line) + 1)
    end = error.span.end_column if error.span.end_line == number else len(line) + 1
    width = max(1, min(end, len(line) + 1) - column)
    start = max(0, column - 60)
    window = line[start : start + 120]
    caret = " " * (column - 1 - start) + "^" * min(
        width, max(1, len(window) - (column - 1 - start))
    )
    return f"{error}\n  {window}\n  {caret}"
