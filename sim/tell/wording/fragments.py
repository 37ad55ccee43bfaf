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
    o.FragmentGoesOn: lambda n: f"This fragment goes on by itself: {word(n.cause)}.",
    o.OnlyFragment: lambda _: (
        "The packet is its only fragment: it goes on without its fragment header."
    ),
    o.FragmentContradicts: lambda _: "it does not fit the end that another fragment names",
    o.FragmentEmpty: lambda _: "it has no payload",
    o.FragmentsTooLong: lambda _: "together they are longer than 65535 bytes",
    o.FragmentsMixEcn: lambda _: "some fragments may carry congestion marks and some may not (ECN)",
    o.FragmentHeaderCut: lambda _: "its fragment header is cut short",
    o.TransportCut: lambda _: "it is the first one and lacks part of its transport header",
    o.OddLength: lambda _: "more follow it, yet its length is no multiple of 8",
    o.SecondFragmentHeader: lambda _: "it has a second fragment header",
}
