"""Numbers that arrive in forms and messages: a number, or the one that means nothing was asked."""

from __future__ import annotations

MOST_DIGITS = 9  # more than any statement, step or line number that we give out


def whole(value: object) -> int:
    """The number that a text spells in ASCII digits; 0 for anything else.

    ``int`` alone takes other scripts' digits, ``isdigit`` takes superscripts, and neither minds
    thousands of digits.
    """
    text = value if isinstance(value, str) else ""
    is_number = 0 < len(text) <= MOST_DIGITS and text.isascii() and text.isdecimal()
    return int(text) if is_number else 0
