"""Sentences about conntrack icmp."""

from __future__ import annotations

from sim.tell.wording.words import Words
from sim.trace.outcomes import conntrack_icmp as o

WORDS: Words = {
    o.NoQuery: lambda n: f"{n.name} type {n.type} is no query",
    o.UnknownType: lambda n: f"ICMP type {n.type} is unknown",
    o.NeverTracked: lambda _: "neighbour discovery and multicast listeners",
    o.RedirectCut: lambda _: "a redirect that is cut off, or has a code",
    o.RedirectFromAfar: lambda _: (
        "a redirect from afar: hop limit not 255 or source not link-local"
    ),
    o.RedirectQuotesNothing: lambda _: "a redirect that quotes no packet",
    o.QuotesNothing: lambda _: "the error quotes no packet that could be looked up",
    o.QuoteCut: lambda _: "the packet that the error quotes is cut off before its ports",
    o.QuotesNoQuery: lambda _: "the error quotes an ICMP message that is no query",
}
