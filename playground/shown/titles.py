"""A title for what has none: how the packet that was stopped ended, and where it was going."""

from __future__ import annotations

import re
from collections.abc import Iterable

from playground.shown.board import Entry
from playground.shown.headlines import Headline

MOST = 100  # characters
_ENDS = re.compile(r"\b(\w+) (\S+) -> (\S+)")
_WORD = {"forwarded": "out", "sent": "out", "delivered": "to"}


def title_of(entries: Iterable[Entry]) -> str:
    """Of the first packet that was stopped, else of the first that has a fate; "" without one."""
    told = [(entry.statement, fate) for entry in entries for fate in entry.headlines]
    if not told:
        return ""
    stopped = (one for one in told if one[1].verdict in ("dropped", "rejected"))
    statement, fate = next(stopped, told[0])
    said = " ".join((fate.word.capitalize(), *_place(fate)))
    ends = _ENDS.search(statement)
    what = f"{ends[1]} to {ends[3]}" if ends else statement.partition("#")[0].strip()
    return f"{said}: {what}"[:MOST]


def _place(fate: Headline) -> tuple[str, ...]:
    """Where it ended: at a hook or a part of the stack, out a device, to a port."""
    if not fate.where:
        return ()
    return _WORD.get(fate.verdict, "at"), fate.where
