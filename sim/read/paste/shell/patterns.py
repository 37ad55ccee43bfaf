"""The shell's patterns (``*``, ``?``, ``[a-z]``) as regular expressions, and what they cut."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 4_000  # characters of a pattern, and of a text it is held against


class ExpandsTooLong(ValueError):
    """More text than is handled here."""


def _bounded(text: str) -> str:
    if len(text) > LONGEST:
        raise ExpandsTooLong(f"a value has more than {LONGEST} characters")
    return text


@lru_cache(maxsize=1024)
def compiled(pattern: str, greedy: bool = True) -> re.Pattern[str]:
    """A pattern; a backslash takes the next character as it is."""
    out, at, star = [], 0, ".*" if greedy else ".*?"
    pattern = re.sub(r"\*+", "*", _bounded(pattern))
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            out.append(star)
        elif char == "?":
            out.append(".")
        elif char == "\\" and at < len(pattern):
            out.append(re.escape(pattern[at]))
            at += 1
        elif char == "[" and (end := pattern.find("]", at + 1)) > 0:
            inside = pattern[at:end].replace("\\", "\\\\").replace("[:", "").replace(":]", "")
            inside = "^" + inside[1:] if inside[:1] in "!^" else inside
            out.append(_class(inside))
            at = end + 1
        else:
            out.append(re.escape(char))
    return re.compile("".join(out), re.DOTALL)


def _class(inside: str) -> str:
    try:
        re.compile(f"[{inside}]")
    except re.error:
        return re.escape(f"[{inside}]")
    return f"[{inside}]"


def matches(pattern: str, text: str) -> bool:
    return compiled(pattern).fullmatch(_bounded(text)) is not None


def without_prefix(text: str, pattern: str, longest: bool) -> str:
    found = compiled(pattern, longest).match(_bounded(text))
    return text if found is None else text[found.end() :]


def without_suffix(text: str, pattern: str, longest: bool) -> str:
    made, text = compiled(pattern), _bounded(text)
    places = range(len(text)) if longest else range(len(text), -1, -1)
    for start in places:
        if made.fullmatch(text, start):
            return text[:start]
    return text


def replaced(text: str, pattern: str, by: str, every: bool) -> str:
    """``${x/pattern/by}``; a ``#`` or ``%`` in front binds it to the start or the end."""
    text = _bounded(text)
    if pattern[:1] == "#":
        found = compiled(pattern[1:]).match(text)
        return text if found is None else by + text[found.end() :]
    if pattern[:1] == "%":
        cut = without_suffix(text, pattern[1:], True)
        return text if cut == text else cut + by
    if not pattern:
        return text
    return compiled(pattern).sub(lambda _: by, text, count=0 if every else 1)


def quoted(text: str) -> str:
    """A text as a pattern that matches nothing but itself."""
    return re.sub(r"([\\*?\[\]])", r"\\\1", text)
