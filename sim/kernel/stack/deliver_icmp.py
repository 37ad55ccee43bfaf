"""ICMP for this host: what the kernel answers and what it only takes.

icmp_rcv (net/ipv4/icmp.c), icmpv6_rcv (net/ipv6/icmp.c).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address

from sim.kernel.routing.core import either_setting
from sim.kernel.routing.source_address import select4, select6
from sim.kernel.stack import answers
from sim.kernel.stack.answering import answer
from sim.kernel.stack.answers import DISCOVERY, ECHO, ECHO6, TIMESTAMP
from sim.kernel.stack.core import Stack
from sim.kernel.stack.delivered import came_to_many, delivered, dropped, is_anycast
from sim.kernel.stack.discovery import discover
from sim.kernel.stack.skb import Skb
from sim.model.host import RouteKind
from sim.model.kernel_settings import Met
from sim.model.replies import ReplyKind
from sim.model.routing import Query
from sim.packet.icmp import ICMP_LAST_TYPE, is_icmp_error
from sim.packet.packet import Address
from sim.packet.summed import holds_at_socket
from sim.trace.outcomes import sockets as ends
from sim.trace.outcomes.decided import ByPart
from sim.trace.steps import Step

# What settings that are not modelled decide, by family and type.
MEETS = {
    (4, 5): Met.REDIRECTED, (6, 137): Met.REDIRECTED, (6, 134): Met.ADVERTISED,
    (4, 42): Met.PROBE, (6, 160): Met.PROBE,
}  # fmt: skip


def deliver_icmp(stack: Stack, skb: Skb) -> Iterator[Step]:
    packet = skb.packet
    icmp = packet.headers.icmp
    if icmp is None or len(packet.payload) < 8:
        yield from dropped(stack, skb, ends.IcmpCut())
        return
    if not holds_at_socket(packet):
        yield from dropped(stack, skb, ends.IcmpSumWrong())
        return
    if packet.family == 4 and _ignores_broadcast(stack, skb, icmp.type):
        yield from dropped(stack, skb, ends.IcmpToMany())
        return
    met = MEETS.get((packet.family, icmp.type))
    if met is not None and not (yield from stack.meets(skb, met, ByPart.SOCKET)):
        return
    if icmp.type == (ECHO if packet.family == 4 else ECHO6):
        yield from _echo(stack, skb)
    elif icmp.type == TIMESTAMP and packet.family == 4:
        yield from _timestamp(stack, skb)
    elif icmp.type in DISCOVERY and packet.family == 6:
        yield from discover(stack, skb)
    elif packet.family == 4 and icmp.type > ICMP_LAST_TYPE:
        yield from dropped(stack, skb, ends.IcmpTypeUnknown(icmp.type))
    elif is_icmp_error(packet):
        yield from delivered(stack, skb, ends.KernelForSocket())
    else:
        yield from delivered(stack, skb, ends.KernelForWaiter())


def _ignores_broadcast(stack: Stack, skb: Skb, kind: int) -> bool:
    """icmp_rcv: to many only a few types count, and asking only if it is allowed."""
    if skb.kind is RouteKind.UNICAST:
        return False
    host = stack.runtime.host
    if kind in (ECHO, TIMESTAMP):
        return host.sysctl("net.ipv4.icmp_echo_ignore_broadcasts", "1") != "0"
    return kind not in (17, 18)


def _echo(stack: Stack, skb: Skb) -> Iterator[Step]:
    host, packet = stack.runtime.host, skb.packet
    name = next((name for name in _silences(skb) if host.sysctl(name, "0") != "0"), "")
    if name:
        yield from delivered(stack, skb, ends.KernelItself(), ends.AnswerOff(name))
        return
    source = _own_source(stack, skb)
    if source is not None:
        reply = answers.echo_reply(host, packet, source)
        yield from answer(stack, skb, reply, ReplyKind.ECHO_REPLY)
    if skb.said.answer:
        yield from delivered(stack, skb, ends.KernelEchoes())
    else:
        yield from delivered(stack, skb, ends.KernelItself(), ends.AnswerNoWay())


def _silences(skb: Skb) -> Iterator[str]:
    """The settings that forbid an answer to this echo request (icmpv6_echo_reply)."""
    if skb.packet.family == 4:
        yield "net.ipv4.icmp_echo_ignore_all"
        return
    yield "net.ipv6.icmp.echo_ignore_all"
    if skb.packet.headers.dst.is_multicast:
        yield "net.ipv6.icmp.echo_ignore_multicast"
    elif is_anycast(skb):
        yield "net.ipv6.icmp.echo_ignore_anycast"


def _own_source(stack: Stack, skb: Skb) -> Address | None:
    """What the host answers as: the address asked, or, if many were, one of its own."""
    host, headers = stack.runtime.host, skb.packet.headers
    if headers.family == 4:
        return _spec_dst(stack, skb) if came_to_many(skb) else headers.dst
    may_be_anycast = host.sysctl("net.ipv6.anycast_src_echo_reply", "0") != "0"
    if not came_to_many(skb) and (not is_anycast(skb) or may_be_anycast):
        return headers.dst
    source = stack.routing.lookup(Query(headers.src, oif=skb.in_iface)).src
    if source is None and isinstance(headers.src, IPv6Address):
        return select6(host, "", headers.src)  # ip6_route_get_saddr, when no route was found
    return source


def _spec_dst(stack: Stack, skb: Skb) -> Address | None:
    """fib_compute_spec_dst: the source of the route to who asked, else an address of the device."""
    host, source, dev = stack.runtime.host, skb.packet.headers.src, skb.in_iface
    if int(source) >> 24 == 0:
        return select4(host, dev, source, "link")
    mark = skb.packet.mark if either_setting(host, dev, "src_valid_mark") else 0
    back = stack.routing.lookup(Query(source, mark=mark, tos=skb.packet.headers.tos))
    return back.src or select4(host, dev, source)


def _timestamp(stack: Stack, skb: Skb) -> Iterator[Step]:
    runtime = stack.runtime
    source = _own_source(stack, skb)
    if source is not None and len(skb.packet.payload) >= 12:
        now = runtime.epoch * 1_000_000_000 + runtime.now
        reply = answers.timestamp_reply(runtime.host, skb.packet, source, now)
        yield from answer(stack, skb, reply, ReplyKind.TIMESTAMP_REPLY)
    yield from delivered(stack, skb, ends.KernelTellsTime())
