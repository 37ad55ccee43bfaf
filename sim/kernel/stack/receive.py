"""The way in: the first checks, PREROUTING, the routing decision, INPUT or FORWARD.

net/ipv4/{ip_input,ip_forward}.c, net/ipv6/{ip6_input,ip6_output}.c (ip6_forward).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address

from sim.base.frozen import replace
from sim.kernel.routing.core import either_setting, setting
from sim.kernel.routing.fib import has_ipv6
from sim.kernel.routing.input import Decision, Heading, has_joined, route_input
from sim.kernel.stack.answering import limits_of, send_error
from sim.kernel.stack.core import Stack
from sim.kernel.stack.defrag import DefragUser
from sim.kernel.stack.deliver import deliver
from sim.kernel.stack.forward import forward
from sim.kernel.stack.ipsec_path import Undone, check, undo
from sim.kernel.stack.option_check import check_extensions, check_hop_by_hop, check_options4
from sim.kernel.stack.skb import Skb
from sim.kernel.stack.transmit import meets_way
from sim.model.host import RouteKind
from sim.model.ipsec import XfrmDirection
from sim.model.kernel_settings import Met
from sim.model.replies import ReplyKind
from sim.model.rules import Hook
from sim.packet.checksum import checksum
from sim.packet.headers import HOP_BY_HOP, IPPROTO_TCP
from sim.packet.icmp import DEST_UNREACH, TIME_EXCEEDED, V6_DEST_UNREACH, V6_TIME_EXCEEDED
from sim.packet.kinds import PacketType
from sim.packet.packet import Packet
from sim.trace.outcomes.arrival import (
    Before,
    DeviceDown,
    Discarded,
    IpChecksum,
    IpCut,
    Ipv6Cut,
    Ipv6Off,
    LengthClaimed,
    LoopbackOnWire,
    MulticastSource,
    NoIp,
    OtherFrame,
    PreroutingSkipped,
    ScopeOfSender,
    UnicastToMany,
)
from sim.trace.outcomes.base import Cause, Why
from sim.trace.outcomes.decided import ByPart, FateVerdict
from sim.trace.outcomes.fragments import NeverCame
from sim.trace.outcomes.routing import (
    CopyNotTaken,
    Martian,
    NobodyJoined,
    NotForwardingTo,
    UnicastInMulticast,
    Unroutable,
    UnroutableUnheard,
)
from sim.trace.steps import Arrived, Step

LOOPBACK6 = IPv6Address("::1")


def arrive(stack: Stack, packet: Packet, iface: str) -> Iterator[Step]:
    """A packet comes from the wire."""
    skb = Skb(packet, in_iface=iface, dev=iface)
    yield stack.recorder.step(Arrived, packet, stack.where(skb))
    cause = why_discarded(stack, packet, iface)
    if cause is not None:
        yield from discard(stack, skb, cause)
        return
    skb.packet = trimmed(packet)
    stack.conversation.note_arrived(iface, skb.packet)
    with stack.busy:
        yield from receive(stack, skb)
    yield from stack.drain()


def drain(stack: Stack) -> Iterator[Step]:
    """What came back through ``lo`` meanwhile is handled now, in order."""
    while stack.backlog and not stack.busy:
        skb = stack.backlog.popleft()
        with stack.busy:
            yield from receive(stack, skb)


def discard(stack: Stack, skb: Skb, cause: Cause, before: Before = Before.HOOKS) -> Iterator[Step]:
    """It is thrown away on its way in."""
    why = Discarded(cause, before)
    yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ARRIVAL, why)


def why_discarded(stack: Stack, packet: Packet, iface: str) -> Cause | None:
    """ip_rcv_core, ip6_rcv_core: what is thrown away before the first hook, and why."""
    interface = stack.runtime.host.interface(iface)
    if interface is None or not interface.up:
        return DeviceDown(iface)
    if packet.link is not None and packet.link.kind is PacketType.OTHERHOST:
        return OtherFrame(packet.link.dst_mac, iface)
    data = packet.data
    if not data or data[0] >> 4 not in (4, 6):
        return NoIp()
    return discarded4(data) if data[0] >> 4 == 4 else _discarded6(stack, packet, iface)


def discarded4(data: bytes) -> Cause | None:
    """The same of the bytes of an IPv4 packet."""
    size = (data[0] & 15) * 4
    if len(data) < 20 or size < 20 or len(data) < size:
        return IpCut()
    if checksum(data[:size]) != 0:
        return IpChecksum()
    length = int.from_bytes(data[2:4], "big")
    if length > len(data) or length < size:
        return LengthClaimed(length, len(data))
    return None


def _discarded6(stack: Stack, packet: Packet, iface: str) -> Cause | None:
    data = packet.data
    interface = stack.runtime.host.interface(iface)
    if interface is not None and not has_ipv6(stack.runtime.host, interface):
        return Ipv6Off(iface)
    if len(data) < 40:
        return Ipv6Cut()
    headers = packet.headers
    src, dst = headers.src, headers.dst
    to_many = packet.link is not None and packet.link.kind in (
        PacketType.BROADCAST,
        PacketType.MULTICAST,
    )
    drops = setting(stack.runtime.host, iface, "drop_unicast_in_l2_multicast", family=6)
    if to_many and drops and not dst.is_multicast:
        return UnicastToMany()
    if LOOPBACK6 in (src, dst):
        return LoopbackOnWire()
    if src.is_multicast:
        return MulticastSource()
    if dst.is_multicast and dst.packed[1] & 15 in (0, 1):
        return ScopeOfSender()
    if headers.length > len(data):
        return LengthClaimed(headers.length, len(data))
    return None


def trimmed(packet: Packet) -> Packet:
    """Without what stands behind the end that the IP header names (Ethernet padding).

    An IPv6 header that names none has it named by the hop-by-hop header (ip6_rcv_core).
    """
    length = packet.headers.length
    if packet.family == 6 and length == 40 and packet.data[6] == HOP_BY_HOP:
        return packet
    return replace(packet, data=packet.data[:length]) if len(packet.data) > length else packet


def receive(stack: Stack, skb: Skb) -> Iterator[Step]:
    """PREROUTING and the routing decision."""
    if skb.is_looped and skb.packet.family == 6 and skb.packet.headers.src.is_multicast:
        yield from discard(stack, skb, MulticastSource())  # ip6_rcv_core; NAT can make such
        return
    if not (yield from check_hop_by_hop(stack, skb)):
        return
    if skb.bridge is not None and skb.bridge.skips():
        if skb.is_looped:
            yield stack.note(skb, PreroutingSkipped())
    elif not (yield from stack.hook(skb, Hook.PREROUTING, skb.in_iface, "")):
        return
    if skb.is_looped and skb.packet.family == 6 and _has_wrong_route(skb):
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, CopyNotTaken())
        return
    if _came_for_nobody(stack, skb):
        cause = NobodyJoined(skb.packet.headers.dst, "lo")
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, Martian(cause))
        return
    if not skb.is_looped:
        yield from route_in(stack, skb)
    elif (yield from check_options4(stack, skb)):
        yield from local_in(stack, skb)


def _came_for_nobody(stack: Stack, skb: Skb) -> bool:
    """__mkroute_output: an IPv4 group that is sent to from an address of ``lo`` is delivered
    there if it was joined there, and else discarded."""
    destination = skb.packet.headers.dst
    is_to_group = skb.packet.family == 4 and destination.is_multicast
    on_lo = skb.is_looped and skb.in_iface == "lo"
    return is_to_group and on_lo and not has_joined(stack.routing, destination, "lo")


def route_in(stack: Stack, skb: Skb) -> Iterator[Step]:
    """The routing decision about a packet that has passed PREROUTING, and what follows it."""
    _look_for_socket(stack, skb)
    decision = route_input(stack.routing, skb.packet, skb.in_iface)
    skb.route = decision.route
    skb.kind = decision.kind
    yield stack.routed(skb, decision.route)
    if not (yield from meets_way(stack, skb, decision.route)):
        return
    if skb.kind is RouteKind.BROADCAST and not (
        yield from stack.meets(skb, Met.BROADCAST, ByPart.ROUTING)
    ):
        return
    if decision.kind is RouteKind.UNICAST and _is_unicast_to_many(stack, skb, decision):
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, UnicastInMulticast())
        return
    if decision.action is not Heading.MARTIAN and not (yield from check_options4(stack, skb)):
        return
    if decision.action is Heading.LOCAL:
        yield from local_in(stack, skb)
    elif decision.action is Heading.FORWARD:
        yield from forward(stack, skb, decision)
    elif decision.action is Heading.MARTIAN:
        assert decision.cause is not None
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, Martian(decision.cause))
    else:
        yield from _unroutable(stack, skb, decision)


def _look_for_socket(stack: Stack, skb: Skb) -> None:
    """tcp_v4_early_demux, tcp_v6_early_demux: the TCP header is put together for that."""
    host, packet = stack.runtime.host, skb.packet
    names = ("net.ipv4.ip_early_demux", "net.ipv4.tcp_early_demux")
    if any(host.sysctl(name, "1") == "0" for name in names):
        return
    named = packet.headers.protocol if packet.family == 4 else packet.data[6]
    is_host = packet.link is None or packet.link.kind == "host"
    if named == IPPROTO_TCP and is_host:
        skb.pull_headers()


def _is_unicast_to_many(stack: Stack, skb: Skb, decision: Decision) -> bool:
    """ip_rcv_finish_core, for IPv4."""
    link = skb.packet.link
    if (
        skb.packet.family == 6
        or link is None
        or link.kind not in (PacketType.BROADCAST, PacketType.MULTICAST)
    ):
        return False
    if decision.action is Heading.MARTIAN:
        return False
    return either_setting(stack.runtime.host, skb.in_iface, "drop_unicast_in_l2_multicast")


def _has_wrong_route(skb: Skb) -> bool:
    """TEE gave it the route to its gateway, so ip6_forward gets it, which wants PACKET_HOST."""
    return skb.packet.headers.dst.is_multicast and skb.next_hop is not None


def local_in(stack: Stack, skb: Skb) -> Iterator[Step]:
    """ip_local_deliver: whole packets only, then INPUT, then a socket."""
    if skb.packet.family == 4 and skb.packet.headers.is_fragment:
        whole = yield from stack.gather(skb, DefragUser.LOCAL_DELIVER, stack.where(skb))
        if not whole:
            return
    if not (yield from stack.hook(skb, Hook.INPUT, skb.in_iface, "")):
        return
    if skb.packet.family == 6 and not (yield from check_extensions(stack, skb)):
        return
    unpacked = yield from undo(stack, skb)
    if unpacked is Undone.NONE:
        if (yield from check(stack, skb, XfrmDirection.IN)):
            yield from deliver(stack, skb)
    elif unpacked is Undone.TUNNEL:
        yield from _unpacked(stack, skb)
    elif unpacked is Undone.TRANSPORT:
        yield from _unwrapped(stack, skb)


def _unpacked(stack: Stack, skb: Skb) -> Iterator[Step]:
    """What was in a tunnel comes in like a new packet, on the same device (gro_cells_receive)."""
    cause = why_discarded(stack, skb.packet, skb.in_iface)
    if cause is not None:
        yield from discard(stack, skb, cause)
        return
    skb.packet = trimmed(skb.packet)
    skb.route, skb.is_looped, skb.kind = None, False, RouteKind.UNICAST
    stack.conversation.note_arrived(skb.in_iface, skb.packet)
    yield from receive(stack, skb)


def _unwrapped(stack: Stack, skb: Skb) -> Iterator[Step]:
    """Transport mode: PREROUTING again, but routed again only if its destination changes there."""
    before = skb.packet.headers.dst
    stack.conversation.note_arrived(skb.in_iface, skb.packet)
    if not (yield from stack.hook(skb, Hook.PREROUTING, skb.in_iface, "")):
        return
    if skb.packet.headers.dst == before:
        yield from local_in(stack, skb)
    else:
        yield from route_in(stack, skb)


# ---- no way --------------------------------------------------------------------------------

_ERRORS4 = {
    "ENETUNREACH": (0, ReplyKind.ICMP_NET_UNREACHABLE),
    "EHOSTUNREACH": (1, ReplyKind.ICMP_HOST_UNREACHABLE),
    "EACCES": (13, ReplyKind.ICMP_ADMIN_PROHIBITED),
}
_ERRORS6 = {
    "ENETUNREACH": (0, ReplyKind.ICMP6_NO_ROUTE),
    "EHOSTUNREACH": (0, ReplyKind.ICMP6_NO_ROUTE),
    "EACCES": (1, ReplyKind.ICMP6_ADM_PROHIBITED),
}


def _unroutable(stack: Stack, skb: Skb, decision: Decision) -> Iterator[Step]:
    """ip_error, ip6_pkt_discard: the sender is told, unless this host does not forward."""
    to = skb.packet.headers.dst
    if decision.cause is not None:
        yield from stack.end(
            skb, FateVerdict.DROPPED, ByPart.ROUTING, NotForwardingTo(to, decision.cause)
        )
        return
    table = _ERRORS4 if skb.packet.family == 4 else _ERRORS6
    error = table.get(decision.errno)
    type = DEST_UNREACH if skb.packet.family == 4 else V6_DEST_UNREACH
    if error is not None and (
        skb.packet.family == 6 or limits_of(stack).allows_route_error(skb.packet.headers.src)
    ):
        yield from send_error(stack, skb, type, *error)
    if error is not None and skb.said.answer:
        reason = error[1]
        why: Why = Unroutable(to, reason)
        yield from stack.end(skb, FateVerdict.REJECTED, ByPart.ROUTING, why, reason=reason)
    else:
        why = UnroutableUnheard(to)
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, why)


# ---- fragments that wait in vain -----------------------------------------------------------


def give_up_fragments(stack: Stack) -> Iterator[Step]:
    """ip_expire, ip6frag_expire_frag_queue: the sender is told if the first fragment is here.

    An IPv4 host tells it only about packets that were for itself.
    """
    for queue in stack.defragmenter.expire(stack.runtime.now):
        if queue.first is None:
            continue
        skb = Skb(queue.first, in_iface=queue.iface, dev=queue.iface)
        if skb.packet.family == 4:
            decision = route_input(stack.routing, skb.packet, skb.in_iface)
            if decision.action is not Heading.LOCAL:
                continue
            skb.route, skb.kind = decision.route, decision.kind
        type = TIME_EXCEEDED if skb.packet.family == 4 else V6_TIME_EXCEEDED
        yield stack.note(skb, NeverCame())
        with stack.busy:
            yield from send_error(stack, skb, type, 1, ReplyKind.REASSEMBLY_TIME_EXCEEDED)
        yield from stack.drain()
