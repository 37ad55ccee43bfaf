"""ICMP for this host: what the kernel answers and what it only takes.

icmp_rcv (net/ipv4/icmp.c), icmpv6_rcv (net/ipv6/icmp.c), ndisc_recv_ns (net/ipv6/ndisc.c).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address

from sim.kernel.routing.fib import forwards6, has_ipv6
from sim.kernel.routing.source_address import select4
from sim.kernel.stack import answers
from sim.kernel.stack.answering import answer
from sim.kernel.stack.answers import ECHO, ECHO6, SOLICITATION, TIMESTAMP
from sim.kernel.stack.core import Stack
from sim.kernel.stack.delivered import came_to_many, delivered, dropped
from sim.kernel.stack.skb import Skb
from sim.packet.icmp import ICMP_LAST_TYPE, is_icmp_error
from sim.packet.packet import Address
from sim.packet.summed import holds_at_socket
from sim.trace.outcomes import sockets as ends
from sim.trace.steps import Step


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
    if icmp.type == (ECHO if packet.family == 4 else ECHO6):
        yield from _echo(stack, skb)
    elif icmp.type == TIMESTAMP and packet.family == 4:
        yield from _timestamp(stack, skb)
    elif icmp.type == SOLICITATION and packet.family == 6:
        yield from _solicited(stack, skb)
    elif packet.family == 4 and icmp.type > ICMP_LAST_TYPE:
        yield from dropped(stack, skb, ends.IcmpTypeUnknown(icmp.type))
    elif is_icmp_error(packet):
        yield from delivered(stack, skb, ends.KernelForSocket())
    else:
        yield from delivered(stack, skb, ends.KernelForWaiter())


def _ignores_broadcast(stack: Stack, skb: Skb, kind: int) -> bool:
    """icmp_rcv: to many only a few types count, and asking only if it is allowed."""
    if skb.kind == "unicast":
        return False
    host = stack.runtime.host
    if kind in (ECHO, TIMESTAMP):
        return host.sysctl("net.ipv4.icmp_echo_ignore_broadcasts", "1") != "0"
    return kind not in (17, 18)


def _echo(stack: Stack, skb: Skb) -> Iterator[Step]:
    host, packet = stack.runtime.host, skb.packet
    family = packet.family
    name = "net.ipv4.icmp_echo_ignore_all" if family == 4 else "net.ipv6.icmp.echo_ignore_all"
    if host.sysctl(name, "0") != "0":
        yield from delivered(stack, skb, ends.KernelItself(), ends.AnswerOff(name))
        return
    source = _own_source(stack, skb)
    if source is not None:
        reply = answers.echo_reply(host, packet, source)
        yield from answer(stack, skb, reply, "echo-reply")
    if skb.said.answer:
        yield from delivered(stack, skb, ends.KernelEchoes())
    else:
        yield from delivered(stack, skb, ends.KernelItself(), ends.AnswerNoWay())


def _own_source(stack: Stack, skb: Skb) -> Address | None:
    """What the host answers as: the address asked, or, if many were, one of its own."""
    headers = skb.packet.headers
    if not came_to_many(skb):
        return headers.dst
    if headers.family == 4:
        return select4(stack.runtime.host, skb.in_iface, headers.src)
    return stack.routing.lookup(headers.src, oif=skb.in_iface).src


def _timestamp(stack: Stack, skb: Skb) -> Iterator[Step]:
    runtime = stack.runtime
    source = _own_source(stack, skb)
    if source is not None and len(skb.packet.payload) >= 12:
        now = runtime.epoch * 1_000_000_000 + runtime.now
        reply = answers.timestamp_reply(runtime.host, skb.packet, source, now)
        yield from answer(stack, skb, reply, "timestamp-reply")
    yield from delivered(stack, skb, ends.KernelTellsTime())


def _solicited(stack: Stack, skb: Skb) -> Iterator[Step]:
    """A neighbour asks for a MAC; the kernel advertises it if the address is its own."""
    packet = skb.packet
    host = stack.runtime.host
    interface = host.interface(skb.in_iface)
    if packet.headers.ttl != 255 or len(packet.payload) < 24 or interface is None:
        yield from dropped(stack, skb, ends.SolicitationFromAfar())
        return
    target = IPv6Address(packet.payload[8:24])
    own = {entry.address.ip for entry in interface.addresses}
    if target not in own or not has_ipv6(host, interface):
        yield from delivered(stack, skb, ends.KernelItself(), ends.NotItsAddress())
        return
    is_router = forwards6(host, interface)
    reply = answers.advertisement(packet, target, interface.mac, is_router=is_router)
    yield from answer(stack, skb, reply, "neighbour-advertisement", skb.in_iface)
    yield from delivered(stack, skb, ends.KernelAdvertises())
