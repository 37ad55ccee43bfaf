"""Sentences about fragments."""

from __future__ import annotations

from sim.tell.wording.words import Words, word
from sim.trace.outcomes import fragments as o

WORDS: Words = {
    o.FragmentDropped: lambda n: f"This fragment is dropped: {word(n.cause)}.",
    o.FragmentKept: lambda _: "This fragment is kept until the others of its packet are here.",
    o.AllHere: lambda _: "The last missing fragment is here: the packet goes on as a whole.",
    o.NeverCame: lambda _: "The other fragments of this packet never came.",
    o.SameFragment: lambda _: "the same fragment is here already",
    o.FragmentOverlaps: lambda _: "it overlaps another fragment, so all of them are thrown away",
}
