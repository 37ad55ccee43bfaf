"""Sentences about what happens to the host."""

from __future__ import annotations

from sim.tell.wording.words import Words
from sim.trace.outcomes import events as o

WORDS: Words = {
    o.WentDown: lambda n: f"{n.iface} goes down; the routes through it are gone.",
    o.CameUp: lambda n: (
        f"{n.iface} comes up; only the routes of its addresses come back by themselves."
    ),
    o.Renumbered: lambda n: f"{n.iface} now has {n.address}.",
}
