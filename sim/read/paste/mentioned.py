"""The command that a listing stands under, where no prompt stands before it.

People write ``iptables -t nat -L`` on a line of its own, or "the output of iptables -t nat -L:",
and what it printed below.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sim.read.paste.model import PasteCommand

_TABLE = r"(?:-t|--table)[ =]*\w+"
_LISTS = r"(?:-[a-zA-Z]*[LS][a-zA-Z]*|--list(?:-rules)?)(?:[ =]+[A-Z][\w-]*)?"
_OTHER = r"--?[a-z][a-z-]*"
_COMMAND = re.compile(
    r"(?<![\w-])ip6?tables(?:-legacy|-nft)?"
    rf"(?:(?:\s+(?:{_TABLE}|{_OTHER}))*\s+{_LISTS}(?:\s+(?:{_TABLE}|{_LISTS}|{_OTHER}))*"
    rf"|-save\b(?:\s+{_TABLE})?)"
)
_BETWEEN = re.compile(r"\s*(?:(?:```|~~~).*|\[sudo\] .*|Password:.*)?$")
FARTHEST = 4  # lines above


def mentioned(lines: Sequence[str], at: int) -> PasteCommand | None:
    """The one command that the text right above ``lines[at]`` names, blank lines between."""
    for number in range(at - 1, max(-1, at - 1 - FARTHEST), -1):
        if _BETWEEN.match(lines[number]):
            continue
        found = {one[0] for one in _COMMAND.finditer(lines[number])}
        if len(found) != 1:
            return None
        return PasteCommand(found.pop(), number + 1, is_mentioned=True)
    return None
