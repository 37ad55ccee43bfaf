"""``test``, ``[ … ]`` and ``[[ … ]]`` on known values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sim.read.paste.shell import patterns
from sim.read.paste.shell.unknown import unknowns

_NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b, "-ne": lambda a, b: a != b, "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b, "-gt": lambda a, b: a > b, "-ge": lambda a, b: a >= b,
}  # fmt: skip
FILE_TESTS = "abcdefghkprstuvwxLNOS"  # and -v NAME: is the variable set
LONGEST_PATTERN = 500


class BadTest(ValueError):
    """No test: too many words, or no number where one is wanted."""


class Test:
    """One test over its words. ``file`` says yes or no to ``-f PATH`` and its like."""

    def __init__(
        self, words: Sequence[str], file: Callable[[str, str], bool], *, double: bool = False
    ) -> None:
        self._words, self._file, self._double = list(words), file, double
        self._at = 0
        self.groups: list[str] | None = None  # what the last =~ found

    def value(self) -> bool:
        if not self._words:
            return False
        found = self._or()
        if self._at < len(self._words):
            raise BadTest("too many arguments")
        return found

    def _peek(self, ahead: int = 0) -> str | None:
        at = self._at + ahead
        return self._words[at] if at < len(self._words) else None

    def _or(self) -> bool:
        found = self._and()
        while self._peek() in (("||",) if self._double else ("-o",)):
            self._at += 1
            found = self._and() or found
        return found

    def _and(self) -> bool:
        found = self._not()
        while self._peek() in (("&&",) if self._double else ("-a",)):
            self._at += 1
            found = self._not() and found
        return found

    def _not(self) -> bool:
        if self._peek() == "!" and self._peek(1) is not None:
            self._at += 1
            return not self._not()
        if self._peek() == "(" and ")" in self._words[self._at :]:
            self._at += 1
            found = self._or()
            self._at += 1
            return found
        return self._primary()

    def _primary(self) -> bool:
        word, op, right = self._peek(), self._peek(1), self._peek(2)
        if word is None:
            raise BadTest("an argument is missing")
        if op is not None and right is not None and self._is_binary(op):
            self._at += 3
            return self._binary(word, op, right)
        if re.fullmatch(r"-[a-zA-Z]", word) and op is not None:
            if word == "-z":
                self._at += 2
                return not op
            if word == "-n":
                self._at += 2
                return bool(op)
            if word[1] in FILE_TESTS:
                self._at += 2
                return self._file(word[1], op)
        self._at += 1
        return bool(word)

    def _is_binary(self, op: str) -> bool:
        return op in _NUMBERS or op in ("=", "==", "!=", "=~", "<", ">", "-nt", "-ot", "-ef")

    def _binary(self, left: str, op: str, right: str) -> bool:
        if op in _NUMBERS:
            if unknowns(left) or unknowns(right):
                return False
            try:
                return _NUMBERS[op](int(left.strip() or "x"), int(right.strip() or "x"))
            except ValueError:
                if self._double:
                    return False
                raise BadTest(f"{left or right}: integer expression expected") from None
        if op == "=~":
            self.groups = _searched(right, left)
            return bool(self.groups)
        if op in ("<", ">"):
            return (left < right) == (op == "<") and left != right
        if op.startswith("-"):
            return False
        same = patterns.matches(right, left) if self._double else left == right
        return same == (op != "!=")


def _searched(pattern: str, text: str) -> list[str]:
    """``=~``: an extended regular expression, without what can take exponential time."""
    if len(pattern) > LONGEST_PATTERN or re.search(r"[*+}][^)]*\)[*+{]", pattern):
        return []
    try:
        found = re.search(translated(pattern), text[:LONGEST_PATTERN])
    except re.error:
        return []
    return [] if found is None else [found[0], *(group or "" for group in found.groups())]


_CLASSES = {"digit": "0-9", "alpha": "A-Za-z", "alnum": "A-Za-z0-9", "space": r"\s",
            "upper": "A-Z", "lower": "a-z", "xdigit": "0-9A-Fa-f", "blank": r" \t",
            "punct": r"!-/:-@\[-`{-~"}  # fmt: skip


def translated(pattern: str) -> str:
    """A POSIX extended expression as Python writes it."""
    return re.sub(r"\[:(\w+):\]", lambda found: _CLASSES.get(found[1], ""), pattern)
