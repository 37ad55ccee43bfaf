"""Sentences about what happens to the host."""

from __future__ import annotations

from sim.tell.wording.words import Words
from sim.trace.outcomes import events as o


def _ran(n: o.CommandRan) -> str:
    said = f"{n.text}: "
    if n.deleted >= 0:
        count = "no connection" if not n.deleted else f"{n.deleted} connection"
        said += f"conntrack deletes {count}{'s' if n.deleted > 1 else ''}."
    else:
        said += "done." if n.changed else "nothing changes."
    return " ".join([said, *(f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in n.notes)])


WORDS: Words = {
    o.WentDown: lambda n: f"{n.iface} goes down; the routes through it are gone.",
    o.CameUp: lambda n: (
        f"{n.iface} comes up; only the routes of its addresses come back by themselves."
    ),
    o.CommandRan: _ran,
    o.Renumbered: lambda n: f"{n.iface} now has {n.address}.",
}
