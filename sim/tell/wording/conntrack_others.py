"""Sentences about conntrack others."""

from __future__ import annotations

from sim.tell.wording.words import Words
from sim.trace.outcomes import conntrack_others as o

WORDS: Words = {
    o.UdpLengthField: lambda n: (
        f"the UDP length field says {n.length}, the packet has {n.here} bytes"
    ),
    o.Coverage: lambda n: f"UDP-Lite checksum coverage {n.coverage} does not fit {n.here} bytes",
    o.LiteNoChecksum: lambda _: "UDP-Lite without a checksum",
    o.ChunkBeginsNothing: lambda _: "this chunk begins no association, and there is none",
    o.InitWrong: lambda _: "an INIT with a verification tag, or cut off",
    o.VerificationTag: lambda n: f"verification tag {n.seen:#x} instead of {n.wanted:#x}",
    o.ChunkOrder: lambda _: "chunks in an order that SCTP does not allow",
    o.NoChunk: lambda _: "no chunk",
    o.ChunkTag: lambda _: "wrong verification tag",
    o.ChunkCannotCome: lambda n: f"chunk {n.type} cannot come in {n.state}",
    o.InitOther: lambda _: "an INIT that is cut off, or with another tag",
    o.NotRenewed: lambda _: "the timer is not renewed",
}
