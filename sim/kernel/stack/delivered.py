"""The end of a packet behind INPUT: given to somebody, refused, or dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator

from sim.kernel.stack.core import Stack
from sim.kernel.stack.skb import Skb
from sim.model.host import RouteKind
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.decided import ByPart, FateVerdict
from sim.trace.outcomes.sockets import Delivered, NotTaken, NotTakenTold
from sim.trace.steps import Step


def delivered(stack: Stack, skb: Skb, to: Cause, aside: Cause | None = None) -> Iterator[Step]:
    """Somebody gets it. ``aside``: what filter's word is no reason for, so it stands behind it."""
    stack.conversation.note_delivered(skb.packet)
    why = Delivered(to, skb.because, aside)
    yield from stack.end(skb, FateVerdict.DELIVERED, ByPart.SOCKET, why)


def dropped(stack: Stack, skb: Skb, cause: Cause) -> Iterator[Step]:
    """Nobody wants it, and nobody says so."""
    yield from stack.end(skb, FateVerdict.DROPPED, ByPart.SOCKET, NotTaken(cause))


def refused(stack: Stack, skb: Skb, cause: Cause) -> Iterator[Step]:
    """Nobody wants it; ``skb.said.answer`` says whether the sender learns so."""
    if skb.said.answer:
        why = NotTakenTold(skb.said.answer, cause)
        yield from stack.end(skb, FateVerdict.REJECTED, ByPart.SOCKET, why, reason=skb.said.answer)
    else:
        yield from dropped(stack, skb, cause)


def came_to_many(skb: Skb) -> bool:
    return skb.kind is not RouteKind.UNICAST or skb.packet.headers.dst.is_multicast


def is_anycast(skb: Skb) -> bool:
    """Was it routed to an anycast address of this host (ipv6_anycast_destination)?"""
    return skb.route is not None and skb.route.kind is RouteKind.ANYCAST
