"""Lines of a text, and one line through a lark grammar: the border that lark does not cross.

Host and packets texts are read a line at a time, so that each wrong line gives its own error
and the others are still understood. A grammar knows the shape of a line; its terminals are all
"one word", told apart by where they stand (the contextual lexer), and named for what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken
from lark.lark import PostLex
from lark.lexer import PatternStr
from lark.tree import Tree

from sim.base.errors import SourceError, Span
from sim.base.frozen import dataclass
from sim.read import tables

# Blanks that word processors and web pages put in the place of a blank, and their quotes.
_LOOKALIKES = str.maketrans(
    {"\u00a0": " ", "\u2007": " ", "\u202f": " ", "\ufeff": " ", "\u200b": " ", "\r": " ",
     "\v": " ", "\f": " ", "\u201c": '"', "\u201d": '"'}
)  # fmt: skip

_QUOTED_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*(?:"|\Z)|(?<!\S)#')

# A longer line than any real one; the grammars are linear, but errors quote what they saw.
LONGEST_LINE = 100_000

_AT_ONCE = 500  # lines

# Reading stops after so many errors: nobody reads more, and each is words that take time.
MOST_ERRORS = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line. ``joins`` says where each physical line that was joined begins in it."""

    number: int
    text: str
    joins: tuple[tuple[int, int], ...] = ()  # (offset in text, physical line number)

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """The place of ``text[start:end]``, without blanks around it when not given."""
        if end is None:
            start = start or len(self.text) - len(self.text.lstrip())
            end = max(start + 1, len(self.text.rstrip()))
        line, column = self._place(start)
        end_line, end_column = self._place(max(start, end - 1))
        return Span(line, column, end_line, end_column + 1)

    def _place(self, at: int) -> tuple[int, int]:
        for offset, number in reversed(self.joins):
            if at >= offset:
                return number, at - offset + 1
        return self.number, at + 1

    def without_comment(self) -> Line:
        """The line up to a ``#`` that begins a word outside double quotes."""
        for found in _QUOTED_OR_COMMENT.finditer(self.text):
            if found[0].startswith("#"):
                return Line(self.number, self.text[: found.start()].rstrip(), self.joins)
        return self

    def without(self, count: int) -> Line:
        """The first ``count`` characters blanked, so that what follows keeps its columns."""
        return Line(self.number, " " * count + self.text[count:], self.joins)


def logical_lines(text: str) -> Iterator[Line]:
    """The lines of a text; one that ends in a backslash is joined with the next."""
    pending = ""
    first = 0
    joins: list[tuple[int, int]] = []
    number = 0
    for number, raw in enumerate(text.translate(_LOOKALIKES).split("\n"), 1):
        if not pending and not joins:
            first = number
        if joins or raw.endswith("\\"):
            joins.append((len(pending), number))
        if raw.endswith("\\"):
            pending += raw[:-1] + " "
            continue
        yield Line(first, pending + raw, tuple(joins))
        pending, joins = "", []
    if joins:
        yield Line(first, pending, tuple(joins))


class _AnyWord(PostLex):
    """Lets ``_OTHER`` be lexed everywhere: else a keyword would match the front of a word."""

    always_accept = ("_OTHER",)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


@cache
def grammar(name: str, *starts: str, more: str = "") -> Lark:
    """The grammar of ``name.lark`` beside this file, made once; ``more`` is put below it."""
    text = (files("sim.read.grammars") / f"{name}.lark").read_text("utf-8")
    return tables.parser(
        f"{text}\n{more}\n",
        parser="lalr",
        lexer="contextual",
        start=list(starts),
        postlex=_AnyWord(),
        propagate_positions=True,
        maybe_placeholders=False,
        import_paths=[str(files("sim.read.grammars"))],
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """A grammar as one kind of text uses it: ``where`` names the text in errors."""

    parser: Lark
    where: str
    wanted: dict[str, str]  # terminal name -> what it is, in words
    rare: frozenset[str] = frozenset()  # keywords that a list of choices leaves out
    beside: tuple[str, ...] = ()  # what may begin a line too, though the grammar does not have it

    def parse(self, line: Line, start: str, hint: str = "") -> Tree[Token]:
        """The tree of one line. Raises ``SourceError`` pointing at the first wrong word."""
        try:
            return self.parser.parse(line.text, start=start)
        except UnexpectedInput as error:
            raise self._explain(error, line, hint) from None

    def _explain(self, error: UnexpectedInput, line: Line, hint: str) -> SourceError:
        at, end, seen = len(line.text.rstrip()), len(line.text.rstrip()) + 1, ""
        expected: Iterable[str] = ()
        if isinstance(error, UnexpectedToken):
            expected = error.accepts or error.expected
            if error.token.type != "$END":
                seen = str(error.token)
                at = error.token.start_pos or 0
                end = at + max(1, len(seen))
        elif isinstance(error, UnexpectedCharacters):
            at = error.pos_in_stream or 0
            found = re.match(r"\S+", line.text[at:])
            seen = found[0] if found else line.text[at : at + 1]
            end = at + max(1, len(seen))
            expected = error.allowed or ()
        elif isinstance(error, UnexpectedEOF):
            expected = error.expected
        words, kinds = self._expected(expected)
        if seen and not line.text[:at].strip():
            words = sorted({*words, *self.beside})
        choices = self._choices(words, kinds)
        if seen:
            message = f'"{clip(seen)}" is not understood here'
            if choices:
                message += f", wanted: {choices}"
        else:
            message = f"the line ends too early, wanted: {choices}" if choices else "empty"
        return SourceError(
            message,
            line.span(at, end),
            where=self.where,
            hint=hint or did_you_mean(seen, words),
        )

    def _expected(self, names: Iterable[str]) -> tuple[list[str], list[str]]:
        words: set[str] = set()
        kinds: set[str] = set()
        for name in names:
            if name == "$END":
                kinds.add("the end of the line")
                continue
            definition = self.parser.get_terminal(name)
            if name in self.wanted:
                kinds.add(self.wanted[name])
            elif isinstance(definition.pattern, PatternStr):
                words.add(definition.pattern.value)
        return sorted(words), sorted(kinds)

    def _choices(self, words: list[str], kinds: list[str]) -> str:
        common = [word for word in words if word not in self.rare]
        shown = common if len(common) <= 20 else [*common[:19], "..."]
        return " or ".join([*kinds, ", ".join(shown)] if shown else kinds)


def words_in(lines: Iterable[str]) -> set[str]:
    """The words of some lines, once each, whatever stands around them: parts of lists, and what
    is quoted, are words too. For what needs to know soon that a word is nowhere."""
    words: set[str] = set()
    rest = iter(lines)
    while some := list(islice(rest, _AT_ONCE)):  # a copy of a whole text would be large
        words.update("\n".join(some).replace('"', " ").replace(",", " ").split())
    return words


def clip(text: str, limit: int = 60) -> str:
    """The text, cut for use inside a message."""
    return text if len(text) <= limit else text[:limit] + "..."


def did_you_mean(seen: str, known: Iterable[str]) -> str:
    """A hint with the nearest known word, or nothing."""
    if not 2 <= len(seen) <= 40:
        return ""
    word = seen.lower()
    near = get_close_matches(word, list(known), 3, 0.6)
    if not near:
        return ""
    # Letters in another order are the likeliest slip, then a wrong one behind a right first.
    best = min(near, key=lambda other: (sorted(other) != sorted(word), other[0] != word[0]))
    return f'did you mean "{best}"?'


def token_error(line: Line, token: Any, message: str, where: str, hint: str = "") -> SourceError:
    """An error about one token of a parsed line."""
    at = token.start_pos or 0
    return SourceError(message, line.span(at, at + max(1, len(token))), where=where, hint=hint)
