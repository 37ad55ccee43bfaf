"""Sentences about arp."""

from __future__ import annotations

from sim.tell.wording.because import because_accepted
from sim.tell.wording.words import Words, word
from sim.trace.outcomes import arp as o

WORDS: Words = {
    o.NotIpv4: lambda _: "Dropped: it is no message about IPv4.",
    o.GratuitousArp: lambda n: (
        f"Dropped: the message is about its own sender, and drop_gratuitous_arp is on for {n.dev}."
    ),
    o.ArpUnknown: lambda _: "Whether the host answers cannot be told.",
    o.ArpAnswered: lambda n: (
        f"The host takes the question and answers that {n.target} is at "
        f"{n.mac}{because_accepted(n.because)}."
    ),
    o.ArpTaken: lambda n: (
        f"The host takes it{because_accepted(n.because)}: {n.sender} is a neighbour on {n.dev}."
    ),
    o.ArpNotAnswered: lambda n: f"Not answered: {word(n.cause)}.",
    o.NotToldHere: lambda n: f"{n.target} is no address that this host tells on {n.dev}",
    o.AskerNotHere: lambda n: (
        f"routing would not look for {n.sender} on {n.dev}, or arp_ignore forbids it"
    ),
    o.ArpIgnoreUnknown: lambda _: "arp_ignore other than 0, 1 and 8 is not modelled",
}
