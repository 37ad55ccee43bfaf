"""Sentences about departures."""

from __future__ import annotations

from sim.packet.arp import arp_text
from sim.tell.wording.because import because_accepted, because_all
from sim.tell.wording.places import source_text, target_text
from sim.tell.wording.words import Words
from sim.trace.outcomes import departures as o


def _left(n: o.Left) -> str:
    if n.packet.is_arp:
        said = arp_text(n.packet).replace("->", "→")
        return f"{n.verdict.capitalize()} out {n.out}: {said}{because_accepted(n.because)}."
    return (
        f"{n.verdict.capitalize()} out {n.out} as {source_text(n.packet)} → "
        f"{target_text(n.packet)}{because_all(n.because)}."
    )


WORDS: Words = {
    o.Left: _left,
    o.OuterNotMade: lambda n: (
        f"{n.dev} ({n.kind}) wraps this packet: the outer packet and its way are not modelled."
    ),
    o.SentStraight: lambda n: f"Sent straight out of {n.dev}.",
}
