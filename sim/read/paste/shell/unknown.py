"""Values that nobody told us: they stand in words as a mark that holds their question's name.

A command with such a word is not run. Tests take the mark for some value: not empty, equal to
nothing.
"""

from __future__ import annotations

import re

# Of Unicode's private use: no pasted text means anything by them.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
_UNKNOWN = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")


def unknown(name: str) -> str:
    """The mark of the value that the question ``name`` asks for."""
    return f"{_OPEN}{name}{_CLOSE}"


def unknowns(text: str) -> list[str]:
    """The names of all that is not known in a text."""
    return _UNKNOWN.findall(text) if _OPEN in text else []


def shown(text: str) -> str:
    """The text for people: ``[WAN?]`` for what is not known."""
    return _UNKNOWN.sub(r"[\1?]", text)


def without_marks(text: str) -> str:
    """A pasted text can hold no marks of ours."""
    return text.replace(_OPEN, "\ufffd").replace(_CLOSE, "\ufffd")
