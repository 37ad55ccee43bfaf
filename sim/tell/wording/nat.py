"""Sentences about nat."""

from __future__ import annotations

from sim.tell.wording.words import Words, word
from sim.trace.outcomes import nat as o

WORDS: Words = {
    o.NatOff: lambda _: "nat is not asked: no rule needs conntrack, so the kernel has it off.",
    o.NatNotConcerned: lambda n: f"nat leaves the packet alone: it is {n.state}, of no connection.",
    o.NatDropped: lambda n: f"Dropped by nat: {word(n.cause)}",
    o.MasqueradedElsewhere: lambda n: (
        f"masqueraded on {n.device}, leaves on {n.out}: dropped, the entry too"
    ),
    o.NatHeaderCut: lambda _: "its header is too short to be translated",
    o.ErrorSumWrong: lambda _: "an ICMP error with a bad checksum",
    o.RedirectOfNat: lambda _: "an ICMP redirect about a NATed connection",
    o.NatQuoteCut: lambda _: "the packet that it quotes is too short to be translated",
}
