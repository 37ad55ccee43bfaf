"""Answers of the stack to a packet: an error, or what it asked for.

What they are is built in ``icmp``, ``reset`` and ``answers``; how they leave is ``emission``'s.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import replace
from sim.extensions.extension import Emit
from sim.kernel.stack.answers import KERNEL, Limits, default_ttl, reply_mark
from sim.kernel.stack.core import Stack, Steps
from sim.kernel.stack.skb import Skb
from sim.model.host import RouteKind
from sim.model.replies import ReplyKind
from sim.packet.icmp import icmp_error, is_error_allowed
from sim.packet.packet import Packet
from sim.trace.outcomes.base import Why
from sim.trace.outcomes.decided import ByPart, FateVerdict
from sim.trace.steps import Step


def send_error(
    stack: Stack, skb: Skb, type: int, code: int, reason: ReplyKind, info: int = 0
) -> Iterator[Step]:
    """icmp_send: tell the sender, where the rules for such answers allow it.

    ``skb.said.answer`` becomes ``reason`` if something was sent.
    """
    about, host = skb.packet, stack.runtime.host
    if not is_error_allowed(about, type, code, info):
        return
    if about.family == 4 and skb.kind is not RouteKind.UNICAST:
        return
    is_ours = about.family == 4 and skb.route is not None and skb.route.kind is RouteKind.LOCAL
    if not skb.in_iface:
        is_ours = False
    elif skb.route is None and about.family == 4:
        is_ours = stack.routing.is_local(about.headers.dst)
    # What was sent to 0.0.0.0 arrived, but nobody answers as that.
    source = about.headers.dst if is_ours and int(about.headers.dst) else None
    packet = Packet(
        icmp_error(about, type, code, source, info, ttl=default_ttl(host)),
        mark=reply_mark(host, about),
        owner=KERNEL,
    )
    request = Emit(
        packet, reason, related=True, source_from_route=source is None, ttl_from_route=True
    )
    before = stack.runtime.next_packet
    yield from stack.emit(skb, stack.place(skb), request)
    if stack.runtime.next_packet != before:
        skb.said = replace(skb.said, answer=reason)


def answer(stack: Stack, skb: Skb, packet: Packet, reason: ReplyKind, dev: str = "") -> Steps:
    """A plain answer (no error): echo reply, reset, SYN+ACK. True if it was sent.

    ``dev``: neighbour discovery names the device it leaves by.
    """
    before = stack.runtime.next_packet
    request = Emit(packet, reason, ttl_from_route=not dev, dev=dev)
    yield from stack.emit(skb, stack.place(skb), request)
    if stack.runtime.next_packet == before:
        return False
    skb.said = replace(skb.said, answer=reason)
    return True


def end_told(stack: Stack, skb: Skb, at: ByPart, why: Why) -> Iterator[Step]:
    """The fate of a packet that goes no further: rejected if its sender was told, else dropped."""
    told = skb.said.answer
    verdict = FateVerdict.REJECTED if told else FateVerdict.DROPPED
    yield from stack.end(skb, verdict, at, why, reason=told)


def limits_of(stack: Stack) -> Limits:
    """The run's record of what it sent to whom."""
    limits = stack.runtime.state.get(Limits)
    if not isinstance(limits, Limits):
        limits = stack.runtime.state[Limits] = Limits(stack.runtime)
    limits.line = stack.recorder.line
    return limits
