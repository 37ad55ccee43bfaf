"""Numbers that arrive in forms and messages and name a statement, a step, a line, a version.

All of them count from 1, so 0 means that nothing was asked for.
"""

from __future__ import annotations

MOST_DIGITS = 9  # more than any statement, step or line number that we give out


def ordinal(value: object) -> int:
    """The number that a text spells in ASCII digits; 0 for anything else.

    ``int`` alone takes other scripts' digits, ``isdigit`` takes superscripts, and neither minds
    thousands of digits.
    """
    text = value if isinstance(value, str) else ""
    is_number = 0 < len(text) <= MOST_DIGITS and text.isascii() and text.isdecimal()
    return int(text) if is_number else 0
