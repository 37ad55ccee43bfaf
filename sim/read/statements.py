"""Lines of rules text to statements: what kind of line, and its words with their places.

The grammar gives a line's shape. Lines of one shape differ only in what their words say, so
each shape goes through lark once; after that a line costs one scan with the grammar's own
terminals. lark does not leak past this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NoReturn

from lark import Lark, Token, Tree
from lark.lexer import Lexer

from sim.base.errors import SourceError, Span
from sim.base.frozen import dataclass
from sim.read import tables
from sim.read.lines import Line

# iptables-restore's buffers (iptables-restore.c, xshared.c).
LONGEST_LINE = 10238
LONGEST_WORD = 1023
MOST_WORDS = 250

_HEAD = ("COMMENT", "STAR", "COLON", "COMMIT", "COUNTERS")
_DUMP = ("QUOTED", "UNCLOSED", "NOT", "OPTION", "WORD")
_SHELL = (
    "REMARK", "AND", "SEMICOLON", "PIPE", "REDIRECTION", "BACKGROUND", "PLAIN", "EXPANSION",
    "GROUPING", "OPEN_QUOTE", "STRAY",
)  # fmt: skip


class _Shapes(Lexer):
    """Hands the parser the types that the scan has found; a token's value is its number."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, types: Any) -> Iterator[Token]:  # type: ignore[override]
        for number, kind in enumerate(types):
            yield Token(kind, number)


@cache
def _grammar() -> Lark:
    text = files("sim.read.grammars").joinpath("ruleset.lark").read_text()
    return tables.parser(text, parser="lalr", lexer=_Shapes, start=["dump", "shell"])


@cache
def _scanner(names: tuple[str, ...]) -> re.Pattern[str]:
    patterns = {terminal.name: terminal.pattern.to_regexp() for terminal in _grammar().terminals}
    return re.compile("|".join(f"(?P<{name}>{patterns[name]})" for name in names), re.DOTALL)


def _parse(start: str, types: tuple[str, ...]) -> Tree[Token]:
    return _grammar().parse(types, start=start)


_remembered = lru_cache(maxsize=4096)(_parse)


def _shape(start: str, types: tuple[str, ...]) -> Tree[Token]:
    """The tree of a line's shape; its leaves are numbers of tokens. Huge lines are not kept."""
    return _remembered(start, types) if len(types) <= MOST_WORDS else _parse(start, types)


@dataclass(frozen=True, slots=True)
class StatementWords:
    """The words of one command, as the program gets them, and where each stands."""

    line: Line
    texts: list[str]
    places: list[tuple[int, int]]

    def span(self, first: int, last: int | None = None) -> Span:
        """From word ``first`` to word ``last``; behind the last word: the line's end."""
        if not self.places or first >= len(self.places):
            end = self.places[-1][1] if self.places else len(self.line.text)
            return self.line.span(end, end + 1)
        start = self.places[first][0]
        end = self.places[min(first if last is None else last, len(self.places) - 1)][1]
        if self.line.joins:
            return self.line.span(start, end)
        return Span(self.line.number, start + 1, self.line.number, end + 1)


@dataclass(frozen=True, slots=True)
class DumpLine:
    """``kind``: comment, table, chain, commit, rule. ``counters``: as typed, or empty."""

    kind: str
    words: StatementWords
    counters: str = ""


def dump_line(line: Line) -> DumpLine:
    """One line between ``*table`` and ``COMMIT``. Raises ``SourceError``."""
    text = line.text
    if len(text) > LONGEST_LINE:
        raise SourceError(
            f"the line has {len(text)} characters; iptables-restore reads {LONGEST_LINE} at most "
            "and takes the rest for another line",
            line.span(LONGEST_LINE, len(text)),
            hint="make several rules of it, or use an ipset",
        )
    at, kinds, counters = 0, [], ""
    head = _scanner(_HEAD).match(text) if text[:1] in "#*:C[" else None
    if head:
        at = head.end()
        kinds.append(head.lastgroup or "")
        if kinds == ["COUNTERS"]:
            counters = head.group()
    elif text[:1] == "[":
        raise SourceError(
            "the line starts with `[` but not with counters such as [12:3456]", line.span(0, 1)
        )
    texts, places = [], []
    for found in _scanner(_DUMP).finditer(text, at):
        kind = found.lastgroup or ""
        kinds.append(kind)
        word = found.group()
        if kind == "QUOTED" or kind == "UNCLOSED":
            word = _unquoted(word, kind == "UNCLOSED")
        if len(word) > 255 and len(word.encode()) > LONGEST_WORD:
            raise SourceError(
                f"a word may have {LONGEST_WORD} bytes, this one has {len(word.encode())}",
                line.span(found.start(), found.end()),
            )
        texts.append(word)
        places.append((found.start(), found.end()))
    if len(texts) > MOST_WORDS:
        raise SourceError(f"a line may have {MOST_WORDS} words, here are {len(texts)}", line.span())
    return DumpLine(
        str(_shape("dump", tuple(kinds)).data), StatementWords(line, texts, places), counters
    )


@lru_cache(maxsize=4096)
def _unquoted(word: str, unclosed: bool) -> str:
    """What iptables-restore makes of a word with double quotes (xshared.c, add_param_to_argv).

    An unclosed quote swallows the end of the line and keeps it.
    """
    before, _, quoted = word.partition('"')
    inside = quoted + "\n" if unclosed else quoted[:-1]
    return before + re.sub(r"\\(.)", r"\1", inside, flags=re.DOTALL)


# Commands about the host, which are read in its own text.
HOST_PROGRAMS = frozenset(
    {"ip", "ifconfig", "route", "sysctl", "echo", "printf", "ipset", "ss", "brctl", "bridge"}
)

_CONSTRUCTS = {
    "PIPE": "a pipe or `||`",
    "BACKGROUND": "`&`",
    "REDIRECTION": "a redirection",
    "EXPANSION": "a variable",
    "GROUPING": "a subshell or a function",
    "OPEN_QUOTE": "a quote that is not closed on this line",
    "STRAY": "a backslash with nothing behind it",
}
_HINTS = {
    "EXPANSION": "put in the value that it has, or paste what iptables-save prints",
    "REDIRECTION": "delete it",
    "OPEN_QUOTE": "close the quote",
    "STRAY": "delete it",
}

_BRACES = re.compile(r"\{[^{}\s]*(?:,|\.\.)[^{}\s]*\}")


def shell_commands(line: Line) -> list[StatementWords]:
    """The plain commands of one shell line; none for a remark. Raises ``SourceError``.

    What needs a shell (variables, pipes, redirections, ...) is refused where it stands.
    """
    found = list(_scanner(_SHELL).finditer(line.text))
    types = tuple(token.lastgroup or "" for token in found)
    commands = []
    for command in _shape("shell", types).find_data("command"):
        words = StatementWords(line, [], [])
        for child in command.children:
            if isinstance(child, Tree):  # a construct, whose only child is its token
                _refuse_construct(line, found[_number(child.children[0])], words)
            token = found[_number(child)]
            _refuse_braces(line, token)
            words.texts.append(_shell_unquoted(token.group()))
            words.places.append(token.span())
        commands.append(words)
    commands.sort(key=lambda words: words.places[0])
    return commands


def _number(token: Token | Tree[Token]) -> int:
    assert isinstance(token, Token)
    return int(token)


def _refuse_construct(line: Line, token: re.Match[str], before: StatementWords) -> NoReturn:
    kind = token.lastgroup or ""
    span = line.span(*token.span())
    program = before.texts[0].rpartition("/")[2] if before.texts else ""
    if token.group() == "$" and not before.texts:
        raise SourceError("`$` is a shell's prompt", span, hint="delete it")
    if kind == "REDIRECTION" and program in HOST_PROGRAMS:
        raise SourceError(f"{program} says something about the host",
                          line.span(*before.places[0]),
                          hint="put this line into the host text")  # fmt: skip
    if kind == "REDIRECTION" and "restore" in program:
        raise SourceError(f"{program} reads a file that is not here", span,
                          hint="paste what the file holds instead of this line")  # fmt: skip
    what = _CONSTRUCTS[kind]
    if kind == "EXPANSION" and ("$(" in token.group() or "`" in token.group()):
        what = "a command in a command"
    raise SourceError(
        f"{what}: only plain commands are read here, no shell runs them",
        span,
        hint=_HINTS.get(kind, "write out the commands that the shell would run"),
    )


def _refuse_braces(line: Line, token: re.Match[str]) -> None:
    if "'" in token.group() or '"' in token.group():
        return
    braces = _BRACES.search(token.group())
    if braces:
        start = token.start() + braces.start()
        raise SourceError(
            "braces that a shell expands to several words: no shell runs this",
            line.span(start, start + len(braces.group())),
            hint="write a list with commas, or one command for each",
        )


_SHELL_PIECE = re.compile(r"""\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\\'"]+)""", re.DOTALL)


def _shell_unquoted(word: str) -> str:
    if not ("\\" in word or "'" in word or '"' in word):
        return word
    pieces = []
    for escaped, single, double, plain in _SHELL_PIECE.findall(word):
        pieces.append(escaped + single + re.sub(r'\\(["\\$`])', r"\1", double) + plain)
    return "".join(pieces)
