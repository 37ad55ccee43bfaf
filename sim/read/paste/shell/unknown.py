"""Values that nobody told us: they stand in words as a mark that holds their question's name.

Nothing of a mark is a character that a shell would split or cut at. A command with such a word is
not run. Tests take the mark for some value: not empty, equal to
nothing.
"""

from __future__ import annotations

import re

# Of Unicode's private use: no pasted text means anything by them.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
_UNKNOWN = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_HIDDEN = 0xF0000  # the name's characters stand that much higher; those beyond are dropped


def unknown(name: str) -> str:
    """The mark of the value that the question ``name`` asks for."""
    return (
        f"{_OPEN}{''.join(chr(_HIDDEN + ord(char)) for char in name if ord(char) < 0xFFFE)}{_CLOSE}"
    )


def _name(found: re.Match[str]) -> str:
    return "".join(chr(ord(char) - _HIDDEN) for char in found[1] if ord(char) >= _HIDDEN)


def unknowns(text: str) -> list[str]:
    """The names of all that is not known in a text."""
    return [_name(found) for found in _UNKNOWN.finditer(text)] if _OPEN in text else []


def shown(text: str) -> str:
    """The text for people: ``[WAN?]`` for what is not known."""
    return _UNKNOWN.sub(lambda found: f"[{_name(found)}?]", text)


def without_marks(text: str) -> str:
    """A pasted text can hold no marks of ours."""
    return text.replace(_OPEN, "\ufffd").replace(_CLOSE, "\ufffd")
