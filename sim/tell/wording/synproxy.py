"""Sentences about synproxy."""

from __future__ import annotations

from sim.tell.wording.words import Words, word
from sim.trace.outcomes import synproxy as o

WORDS: Words = {
    o.SynproxyTook: lambda n: f"Taken over by SYNPROXY: {word(n.cause)}.",
    o.SynproxyDropped: lambda n: f"Dropped by SYNPROXY: {word(n.cause)}.",
    o.SynproxyCut: lambda _: "the TCP header is cut off",
    o.NoCookie: lambda _: "it acknowledges no cookie of ours",
    o.SynAgain: lambda _: "the server gets the SYN once more",
    o.ServerThere: lambda _: "the server is there: it and the client get their ACKs",
}
