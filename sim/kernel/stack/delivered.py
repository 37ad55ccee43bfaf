"""The end of a packet behind INPUT: given to somebody, refused, or dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator

from sim.kernel.stack.core import Stack
from sim.kernel.stack.skb import Skb
from sim.packet.icmp import checksum_holds
from sim.trace.steps import Step
from sim.trace.words import delivered_text


def delivered(stack: Stack, skb: Skb, to: str, aside: str = "") -> Iterator[Step]:
    """Somebody gets it. ``aside``: what filter's word is no reason for, so it stands behind it."""
    stack.conversation.note_delivered(skb.packet)
    yield from stack.end(
        skb, "delivered", "socket", delivered_text(to, skb.because.accepted, aside)
    )


def dropped(stack: Stack, skb: Skb, why: str) -> Iterator[Step]:
    yield from stack.end(skb, "dropped", "socket", f"Dropped behind INPUT: {why}.")


def is_intact(stack: Stack, skb: Skb) -> bool:
    """Is the transport checksum right, or was it when conntrack looked (skb->csum_valid)?

    Nobody looks again, so what was broken on the way in goes unnoticed.
    """
    if checksum_holds(skb.packet):
        return True
    looks = stack.runtime.host.sysctl("net.netfilter.nf_conntrack_checksum", "1") != "0"
    return looks and skb.checked is not None and checksum_holds(skb.checked)


def refused(stack: Stack, skb: Skb, what: str) -> Iterator[Step]:
    """Nobody wants it; ``skb.said.answer`` says whether the sender learns so."""
    if skb.said.answer:
        sentence = f"Rejected with {skb.said.answer}: {what}."
        yield from stack.end(skb, "rejected", "socket", sentence, reason=skb.said.answer)
    else:
        yield from dropped(stack, skb, what)


def came_to_many(skb: Skb) -> bool:
    return skb.kind != "unicast" or skb.packet.headers.dst.is_multicast
