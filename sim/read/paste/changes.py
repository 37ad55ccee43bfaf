"""What ``diff`` prints: read as the text is after the change."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HUNK = re.compile(r"@@ -\d+(?:,(?P<old>\d+))? \+\d+(?:,(?P<new>\d+))? @@")
_CLASSIC = re.compile(r"\d+(?:,\d+)?[acd]\d+(?:,\d+)?\s*$")
_HEAD = re.compile(r"(?:---|\+\+\+) \S|diff -|index [\da-f]+\.\.")
SAID = "a diff is read as it is after the change: lines with `-` or `<` are left out"


def after_change(lines: Sequence[str]) -> tuple[list[str], list[tuple[int, str]]]:
    """The lines, those of a diff without its marks, and what is to be said of which line."""
    made, told = list(lines), []
    at = 0
    while at < len(lines):
        hunk = _HUNK.match(lines[at])
        end = at
        if hunk is not None:
            end = _unified(made, at + 1, int(hunk["old"] or 1), int(hunk["new"] or 1))
        elif _CLASSIC.match(lines[at]):
            end = _classic(made, at + 1)
        if end > at + 1:
            made[at] = ""
            for before in (at - 1, at - 2):
                if before >= 0 and _HEAD.match(made[before]):
                    made[before] = ""
            told.append((at + 1, SAID))
        at = max(end, at + 1)
    return made, told


def _unified(made: list[str], at: int, old: int, new: int) -> int:
    """The lines of one hunk, as many as its head counts; where it ends."""
    while at < len(made) and (old > 0 or new > 0):
        line = made[at]
        if line[:1] not in ("+", "-", " ", ""):
            break
        old -= line[:1] != "+"
        new -= line[:1] != "-"
        made[at] = "" if line.startswith("-") else line[1:]
        at += 1
    return at


def _classic(made: list[str], at: int) -> int:
    while at < len(made) and re.match(r"[<>] |[<>]$|---$", made[at]):
        made[at] = made[at][2:] if made[at].startswith(">") else ""
        at += 1
    return at
