"""TOML from strangers: what would take long to read is refused before it is read.

``tomllib`` looks at every beginning of a dotted key, so a key of n parts costs n * n, and every
key below a long header costs the header anew.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

MOST_PARTS = 16  # of a dotted key

# A string that is not closed ends with its line; nothing here is ever read twice.
_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"?+|'[^'\n]*+'?+)"""
_MORE = rf"(?:[ \t]*+\.[ \t]*+{_PART})"
# What strings and comments hold is skipped; then a key that is too long is one.
_TOKENS = re.compile(
    r"""\"{3}(?:[^"\\]|\\.|"{1,2}+(?!"))*+(?:"{3,5}+)?+"""
    r"""|'{3}(?:[^']|'{1,2}+(?!'))*+(?:'{3,5}+)?+"""
    rf"""|(?P<key>{_PART}(?P<long>{_MORE}{{{MOST_PARTS},}}+)?+)"""
    r"""|\#[^\n]*+|[^"'A-Za-z0-9_\#-]++""",
    re.DOTALL,
)


def read_toml(text: str) -> dict[str, Any]:
    """The table that a text is. Raises ``ValueError``, with a place ``TOMLDecodeError``."""
    for token in _TOKENS.finditer(text):
        if token["long"]:
            line = text.count("\n", 0, token.start()) + 1
            column = token.start() - text.rfind("\n", 0, token.start())
            raise tomllib.TOMLDecodeError(
                f"A dotted key may have {MOST_PARTS} parts (at line {line}, column {column})"
            )
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:  # a number of thousands of digits, a date that is none
        raise ValueError(f"it cannot be read: {error}") from None
