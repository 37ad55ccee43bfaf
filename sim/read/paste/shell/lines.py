"""Which lines one typed command goes over: continuations, open quotes, here-documents."""

from __future__ import annotations

import re
from collections.abc import Sequence

HEREDOC = re.compile(r"(?<!<)<<(?P<tabs>-?)\s*\\?(?P<quote>['\"]?)(?P<word>[A-Za-z_]\w*)(?P=quote)")
_CONTINUED = re.compile(r"\s*>\s?")  # the shell's second prompt
MOST_LINES = 5_000  # of one command


def span_of(lines: Sequence[str], at: int, command: str) -> tuple[int, str]:
    """How many lines the command that begins in ``lines[at]`` takes, and its whole text."""
    parts = [command]
    end = min(len(lines), at + MOST_LINES)
    number = at + 1
    while number < end and parts[-1].endswith("\\"):
        parts.append(_CONTINUED.sub("", lines[number], count=1))
        number += 1
    for found in HEREDOC.finditer(command):
        stop = next((n for n in range(number, end) if _ends(lines[n], found["word"])), None)
        if stop is None:
            break
        parts += [_CONTINUED.sub("", line, count=1) for line in lines[number : stop + 1]]
        number = stop + 1
    return number - at, "\n".join(parts)


def _ends(line: str, word: str) -> bool:
    return _CONTINUED.sub("", line, count=1).strip() == word
