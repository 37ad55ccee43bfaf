"""POSIX regular expressions as Python writes them, and ``sed``'s few commands that people use."""

from __future__ import annotations

import re
from functools import lru_cache

from sim.read.paste.shell.conditions import translated

LONGEST = 500  # characters of an expression
_REPEATED = re.compile(r"[*+}][^()]*\)[*+{]")  # a repeat in a repeat takes exponential time

_COUNTED = re.compile(r"\)\{[1-8]\}")  # a few times, whatever is in the group


class BadExpression(ValueError):
    """No expression, or one that takes too long."""


@lru_cache(maxsize=256)
def compiled(pattern: str, *, extended: bool, ignore: bool = False) -> re.Pattern[str]:
    """A basic or extended expression. Raises ``BadExpression``."""
    made = translated(pattern if extended else _basic(pattern))
    if len(made) > LONGEST or _REPEATED.search(made):
        raise BadExpression("this expression is not tried")
    try:
        return re.compile(made, re.IGNORECASE if ignore else 0)
    except re.error as error:
        raise BadExpression(str(error)) from None


@lru_cache(maxsize=256)
def perl(pattern: str, *, ignore: bool = False) -> re.Pattern[str]:
    """``grep -P``, as far as Python says the same; what is behind ``\\K`` is the group ``kept``.

    Raises ``BadExpression``.
    """
    before, kept, behind = pattern.partition(r"\K")
    made = f"(?:{before})(?P<kept>{behind})" if kept else pattern
    if len(made) > LONGEST or _REPEATED.search(_COUNTED.sub(")", made)) or "(?R" in made:
        raise BadExpression("this expression is not tried")
    try:
        return re.compile(made, re.IGNORECASE if ignore else 0)
    except re.error as error:
        raise BadExpression(str(error)) from None


def literal(pattern: str, *, ignore: bool = False) -> re.Pattern[str]:
    """``grep -F``: the text itself."""
    return re.compile(re.escape(pattern[:LONGEST]), re.IGNORECASE if ignore else 0)


def _basic(pattern: str) -> str:
    """In a basic expression ``\\(`` groups and ``(`` is itself."""
    out, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            following = pattern[at + 1]
            out.append(following if following in "(){}+?|" else char + following)
            at += 2
        elif char == "[" and (end := pattern.find("]", at + 2)) > 0:
            out.append(pattern[at : end + 1])
            at = end + 1
        elif char in "(){}+?|" or (char == "*" and not out):
            out.append("\\" + char)
            at += 1
        else:
            out.append(char)
            at += 1
    return "".join(out)
