"""The way out: OUTPUT for what the host sends, POSTROUTING, fragments, the next hop, the wire.

net/ipv4/ip_output.c, net/ipv6/ip6_output.c; the local copies of ip_mc_output. What goes out
through ``lo`` is queued and comes back in when the kernel gets round to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from sim.base.frozen import replace
from sim.base.values import address_text
from sim.extensions.runtime import RouteResult
from sim.kernel.routing.input import has_joined
from sim.kernel.routing.output import Way, route_output
from sim.kernel.stack.answering import end_told, send_error
from sim.kernel.stack.answers import DISCOVERY, KERNEL
from sim.kernel.stack.bridge_out import has_ports, left_as, transmit
from sim.kernel.stack.core import Stack, Steps
from sim.kernel.stack.fitting import fitted, is_not_cut, link_mtu
from sim.kernel.stack.ipsec_path import REFUSED, choose, refused
from sim.kernel.stack.ipsec_path import transform as pack
from sim.kernel.stack.neighbours import is_deaf, meet, wait_for_neighbour
from sim.kernel.stack.skb import Skb
from sim.model.host import TUNNELS, RouteKind
from sim.model.ipsec import XfrmMode
from sim.model.kernel_settings import Met
from sim.model.replies import ReplyKind
from sim.model.rules import Hook
from sim.packet.icmp import DEST_UNREACH, V6_TOO_BIG
from sim.packet.kinds import PacketType
from sim.packet.packet import Link, Packet
from sim.trace.outcomes.decided import ByDevice, ByPart, FateVerdict
from sim.trace.outcomes.departures import Left, OuterNotMade
from sim.trace.outcomes.ipsec import LookUp
from sim.trace.outcomes.routing import (
    CameBack,
    DoesNotFitMtu,
    HeadersApart,
    InFragments,
    MulticastStays,
    NotCutOnTheWay,
    NotSent,
)
from sim.trace.steps import Emitted, Originated, Sent, Step

NODE_LOCAL = 1  # IPV6_ADDR_SCOPE_NODELOCAL


def originate(stack: Stack, packet: Packet) -> Iterator[Step]:
    """A process sends a packet: routed before any hook sees it."""
    way = route_output(stack.routing, _asked(packet), any_source=True)
    packet = _with_source(packet, way.route)
    stack.conversation.note_local(packet)
    skb = Skb(packet)
    yield stack.recorder.step(Originated, packet, stack.where(skb))
    yield stack.routed(skb, way.route)
    if not (yield from meets_way(stack, skb, way.route)):
        return
    errno = way.errno or REFUSED.get(stack.xfrm.out(packet, way.route).outcome, "")
    if (
        not errno
        and packet.headers.dont_fragment
        and len(packet.data) > stack.routing.mtu_of(way.route, packet.family)
    ):
        errno = "EMSGSIZE"
    if errno:
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, NotSent(errno))
        return
    stack.sockets.note_local(packet)
    yield from local_out(stack, skb, way)


def _asked(packet: Packet) -> Packet:
    """To a socket ``::`` means the loopback address (rawv6_sendmsg: "BSD'ism")."""
    is_nowhere = packet.family == 6 and not int(packet.headers.dst)
    return packet.with_destination(IPv6Address("::1")) if is_nowhere else packet


def _with_source(packet: Packet, route: RouteResult) -> Packet:
    """A process whose IPv4 socket has no address sends from the one its route prefers."""
    headers = packet.headers
    if packet.family == 6 or int(headers.src):
        return packet
    source = route.src
    if not int(headers.dst):
        source = IPv4Address("127.0.0.1")
    return packet.with_source(source) if source is not None else packet


def meets_way(stack: Stack, skb: Skb, route: RouteResult) -> Steps:
    """Settings say how packets are spread over the next hops of a route; false: it ended."""
    if not any(
        (hop.via, hop.dev) == (route.via, route.dev)
        for known in stack.runtime.host.routes
        for hop in known.nexthops
    ):
        return True
    return (yield from stack.meets(skb, Met.SPREAD, ByPart.ROUTING))


def local_out(stack: Stack, skb: Skb, way: Way, *, by_policy: bool = True) -> Iterator[Step]:
    """IPsec's lookup; __ip_local_out: OUTPUT, then POSTROUTING and out."""
    skb.take(way.route)
    outcome = None
    if by_policy:
        outcome = yield from choose(stack, skb, way.route)
    if outcome is not None and outcome is not LookUp.ACQUIRE:
        yield from refused(stack, skb, outcome)
        return
    if not (yield from stack.hook(skb, Hook.OUTPUT, "", skb.out_iface)):
        return
    if outcome is not None:  # its route is a black hole (make_blackhole), found only behind OUTPUT
        yield from refused(stack, skb, outcome)
    else:
        yield from post_routing(stack, skb)


def post_routing(stack: Stack, skb: Skb) -> Iterator[Step]:
    """POSTROUTING and what follows; of a broadcast or joined group the host gets a copy."""
    copies = skb.route is not None and not skb.is_forwarded and _wants_copy(stack, skb)
    if copies and skb.packet.family == 4:
        yield from _copy_to_self(stack, skb)
        if skb.kind is RouteKind.MULTICAST and skb.packet.headers.ttl == 0:
            yield from stack.end(skb, FateVerdict.DROPPED, ByPart.TTL, MulticastStays())
            return
    was_plain, out = skb.ipsec.bundle is None, skb.out_iface
    if not (yield from stack.hook(skb, Hook.POSTROUTING, skb.dev, skb.out_iface)):
        return
    if was_plain and skb.ipsec.bundle is not None:
        skb.dev = out  # ip_output has set it already; xfrm4_output would have left it
    if copies and skb.packet.family == 6:
        yield from _copy_to_self(stack, skb)
    if _stays(skb, copies):
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.TTL, MulticastStays())
        return
    if skb.ipsec.bundle is not None:
        yield from _packed(stack, skb)
    else:
        yield from _leave(stack, skb)


def _stays(skb: Skb, copied: bool) -> bool:
    """ip6_finish_output2: a group of this node alone, or a hop limit of 0 and the copy was it."""
    packet = skb.packet
    if packet.family == 4 or not packet.headers.dst.is_multicast or skb.out_iface == "lo":
        return False
    scope = packet.data[25] & 15
    return scope <= NODE_LOCAL or (copied and packet.headers.ttl == 0)


def _packed(stack: Stack, skb: Skb) -> Iterator[Step]:
    """xfrm_output: IPsec's work, then OUTPUT and POSTROUTING again for what has become of it."""
    while skb.ipsec.bundle is not None:
        is_tunnel = skb.ipsec.bundle.states[0].mode is XfrmMode.TUNNEL
        if (
            is_tunnel
            and skb.packet.headers.dont_fragment
            and len(skb.packet.data) > skb.ipsec.bundle.mtu
        ):
            yield from _too_big(stack, skb, skb.ipsec.bundle.mtu)
            return
        if not (yield from pack(stack, skb)):
            return
        if not (yield from stack.hook(skb, Hook.OUTPUT, "", skb.out_iface)):
            return
        if skb.ipsec.bundle is not None and not (
            yield from stack.hook(skb, Hook.POSTROUTING, "", skb.out_iface)
        ):
            return
    yield from post_routing(stack, skb)


def _wants_copy(stack: Stack, skb: Skb) -> bool:
    """IPv4 goes by the route, IPv6 by the destination address."""
    destination = skb.packet.headers.dst
    if skb.out_iface == "lo" or _is_discovery(skb.packet):
        return False
    if skb.kind is RouteKind.BROADCAST:
        return True
    is_multicast = (
        skb.kind is RouteKind.MULTICAST if destination.version == 4 else destination.is_multicast
    )
    return is_multicast and has_joined(stack.routing, destination, skb.out_iface)


def _is_discovery(packet: Packet) -> bool:
    """The kernel's socket of neighbour discovery wants no copies (ndisc_net_init)."""
    icmp = packet.headers.icmp
    return (
        packet.family == 6
        and packet.owner is KERNEL
        and icmp is not None
        and icmp.type in DISCOVERY
    )


def _copy_to_self(stack: Stack, skb: Skb) -> Iterator[Step]:
    """The clone that the host gets itself: POSTROUTING, then PREROUTING and INPUT."""
    packet = replace(skb.packet, id=stack.runtime.new_packet_id(), owner=None)
    is_broadcast = skb.kind is RouteKind.BROADCAST
    copy = Skb(
        packet, out_iface=skb.out_iface, route=skb.route, is_main=False, depth=skb.depth + 1,
        kind=RouteKind.BROADCAST if is_broadcast else RouteKind.MULTICAST, bridge=skb.bridge,
    )  # fmt: skip
    yield stack.recorder.step(
        Emitted, packet, stack.where(copy), parent=skb.packet.id, reason=ReplyKind.LOCAL_COPY
    )
    if not (yield from stack.hook(copy, Hook.POSTROUTING, "", copy.out_iface)):
        return
    copy.packet = replace(copy.packet, link=Link(kind=PacketType.LOOPBACK))
    yield from _loop(stack, copy, copy.out_iface)


def _leave(stack: Stack, skb: Skb) -> Iterator[Step]:
    """ip_finish_output: fit the MTU, find the neighbour, send."""
    if skb.out_iface == "lo":
        kind = skb.packet.link.kind if skb.packet.link is not None else PacketType.HOST
        skb.packet = replace(skb.packet, link=Link(kind=kind), owner=None)
        yield from _loop(stack, skb, "lo")
        return
    if skb.packet.family == 6 and not skb.packet.headers.dst.is_multicast:
        meet(stack, skb.next_hop or skb.packet.headers.dst, skb.out_iface)
    if is_not_cut(stack, skb):
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.MTU, HeadersApart())
        return
    pieces = fitted(stack, skb)
    if pieces is None:
        yield from _too_big(stack, skb)
        return
    if is_deaf(stack, skb):
        yield from wait_for_neighbour(stack, skb, pieces[0])
        return
    bridge = has_ports(stack, skb.out_iface)
    if bridge is not None:
        yield from transmit(stack, skb, bridge, pieces)
        return
    hop = address_text(skb.next_hop) if skb.next_hop is not None else ""
    where = stack.where(skb)
    if len(pieces) > 1:
        yield stack.note(skb, InFragments(len(pieces)))
    for piece in pieces:
        yield stack.recorder.step(Sent, piece, where, iface=skb.out_iface, next_hop=hop)
    device = stack.runtime.host.interface(skb.out_iface)
    if device is not None and device.kind in TUNNELS:
        yield stack.note(skb, OuterNotMade(device.name, device.kind))
    stack.conversation.note_sent(skb.out_iface, skb.packet, skb.ipsec.carried)
    verdict, out = left_as(skb), skb.out_iface
    why = Left(verdict, out, skb.packet, skb.because)
    yield from stack.end(skb, verdict, ByDevice(out), why, out=out)


def _loop(stack: Stack, skb: Skb, dev: str) -> Iterator[Step]:
    """Into the backlog: it is the kernel's next packet, or, if it is busy, one after that."""
    yield stack.note(skb, CameBack(dev))
    skb.in_iface, skb.out_iface, skb.is_looped = dev, "", True
    skb.because = replace(
        skb.because, accepted=None
    )  # OUTPUT's word is no reason for what comes of it here
    # TEE keeps from copying copies while it sends one; by now it has sent it.
    skb.packet = replace(skb.packet, is_copy=False)
    stack.backlog.append(skb)
    if not stack.busy:
        yield from stack.drain()


def _too_big(stack: Stack, skb: Skb, mtu: int = 0) -> Iterator[Step]:
    mtu = mtu or link_mtu(stack, skb)
    size = len(skb.packet.data)
    if skb.packet.family == 6:
        yield from send_error(stack, skb, V6_TOO_BIG, 0, ReplyKind.PACKET_TOO_BIG, mtu)
        yield from end_told(stack, skb, ByPart.MTU, NotCutOnTheWay(size, mtu))
        return
    yield from send_error(stack, skb, DEST_UNREACH, 4, ReplyKind.ICMP_FRAGMENTATION_NEEDED, mtu)
    yield from end_told(stack, skb, ByPart.MTU, DoesNotFitMtu(size, mtu))
