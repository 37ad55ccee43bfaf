"""A command line as the shell splits it: words, pipes, redirections, places of everything."""

from __future__ import annotations

import re

from sim.base.errors import SourceError
from sim.base.frozen import dataclass
from sim.read.lines import Line

_OPERATOR = re.compile(r"\|\||&&|[|;&]|\d?>>?(?:&\d)?|<")
_SHELLISM = re.compile(r"\$[\w({]|`|<\(")
_CONSTRUCT = frozenset(
    {"for", "while", "until", "if", "then", "else", "elif", "fi", "do", "done", "case", "esac",
     "function", "{", "}", "export", "local", "set", "exit", "return"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """One word without its quotes, at ``start`` to ``end`` of the line."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class HostCommand:
    """A simple command: words, and (operator, target) of its redirections."""

    words: tuple[Word, ...]
    redirects: tuple[tuple[str, Word], ...] = ()

    @property
    def name(self) -> str:
        return self.words[0].text.rpartition("/")[2] if self.words else ""


def word_error(line: Line, word: Word, message: str, hint: str = "") -> SourceError:
    return SourceError(message, line.span(word.start, word.end), where="host", hint=hint)


def split_commands(line: Line) -> list[list[HostCommand]]:
    """The pipelines of a line. Raises ``SourceError`` for what is no plain command."""
    first = re.match(r"\s*(\w+=?)", line.text)
    if first is not None:
        _refuse_construct(line, Word(first[1], first.start(1), first.end(1)))
    pipelines: list[list[HostCommand]] = [[]]
    words: list[Word] = []
    redirects: list[tuple[str, Word]] = []
    pending = ""
    for word, is_operator in _tokens(line):
        if is_operator and word.text in ("|", "&&", ";"):
            pipelines[-1].append(HostCommand(tuple(words), tuple(redirects)))
            words, redirects = [], []
            if word.text != "|":
                pipelines.append([])
        elif is_operator and ">" in word.text:
            if "&" not in word.text:
                pending = word.text
        elif is_operator:
            raise word_error(line, word, f'"{word.text}" is more shell than is understood here',
                             "one plain command a line")  # fmt: skip
        elif pending:
            redirects.append((pending, word))
            pending = ""
        else:
            words.append(word)
    pipelines[-1].append(HostCommand(tuple(words), tuple(redirects)))
    if pending:
        raise SourceError("a file is missing behind >", line.span(), where="host")
    found = [pipeline for pipeline in pipelines if any(command.words for command in pipeline)]
    for pipeline in found:
        for command in pipeline:
            _check_plain(line, command)
    return found


def _check_plain(line: Line, command: HostCommand) -> None:
    if not command.words:
        raise SourceError("a command is missing", line.span(), where="host")
    _refuse_construct(line, command.words[0])


def _refuse_construct(line: Line, first: Word) -> None:
    if first.text in _CONSTRUCT or re.match(r"[A-Za-z_]\w*=", first.text):
        raise word_error(line, first, f'"{first.text}" is a shell construct, not a plain command',
                         "write out the commands that it runs")  # fmt: skip


def _tokens(line: Line) -> list[tuple[Word, bool]]:
    """Words and operators in order; the flag tells operators."""
    text, at, out = line.text, 0, []
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        if text[at] == "#":
            break
        operator = _OPERATOR.match(text, at)
        if operator and not (operator[0][0].isdecimal() and at and not text[at - 1].isspace()):
            out.append((Word(operator[0], at, operator.end()), True))
            at = operator.end()
            continue
        word = _word(line, at)
        out.append((word, False))
        at = word.end
    return out


def _word(line: Line, start: int) -> Word:
    """One word with its quotes taken away, as POSIX describes (2.2, quoting)."""
    text, at, out = line.text, start, []
    while at < len(text) and not text[at].isspace() and text[at] not in "|;&<>":
        char = text[at]
        if char == "'":
            end = text.find("'", at + 1)
            if end < 0:
                raise _unclosed(line, at)
            out.append(text[at + 1 : end])
            at = end + 1
        elif char == '"':
            at = _double_quoted(line, at, out)
        elif char == "\\" and at + 1 < len(text):
            out.append(text[at + 1])
            at += 2
        else:
            if _SHELLISM.match(text, at):
                raise SourceError(
                    "a shell variable or substitution is not a plain word",
                    line.span(at, at + 1),
                    where="host",
                    hint="write out its value",
                )
            out.append(char)
            at += 1
    return Word("".join(out), start, at)


def _double_quoted(line: Line, start: int, out: list[str]) -> int:
    text, at = line.text, start + 1
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in '"\\$`':
            at += 1
        out.append(text[at])
        at += 1
    if at >= len(text):
        raise _unclosed(line, start)
    return at + 1


def _unclosed(line: Line, at: int) -> SourceError:
    return SourceError("a quote is not closed", line.span(at, at + 1), where="host")
