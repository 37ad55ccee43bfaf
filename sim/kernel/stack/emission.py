"""The host sends a packet of its own because of another: whether, by which way, as what.

Targets (REJECT, TEE, SYNPROXY) and the stack's answers come through here. The packet walks as
an skb of its own while the one it is about waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address

from sim.base.frozen import replace
from sim.extensions.extension import Emit
from sim.extensions.runtime import RouteResult
from sim.kernel.routing.core import ERRNO
from sim.kernel.routing.fib import anycast_addresses
from sim.kernel.routing.output import Way, reroute, route_output
from sim.kernel.routing.source_address import select4
from sim.kernel.stack.answering import limits_of
from sim.kernel.stack.answers import DISCOVERY, hop_limit
from sim.kernel.stack.core import Stack
from sim.kernel.stack.ipsec_path import REFUSED
from sim.kernel.stack.skb import Skb
from sim.kernel.stack.transmit import local_out
from sim.model.host import RouteKind, Socket
from sim.model.kernel_settings import Met
from sim.model.replies import ReplyKind
from sim.model.routing import Query
from sim.model.rules import Hook
from sim.packet.chance import drawn, united
from sim.packet.kinds import PacketType
from sim.packet.packet import Address, Link, Packet
from sim.trace.outcomes.answers import (
    AnswerBlocked,
    AnycastReceiver,
    IcmpBusy,
    NoWayBack,
    TooManyAnswers,
    TooManyErrors,
)
from sim.trace.outcomes.decided import ByDevice, ByPart, FateVerdict
from sim.trace.outcomes.departures import SentStraight
from sim.trace.recorder import Place
from sim.trace.steps import Emitted, Sent, Step

# A copy that comes back through lo may be copied again, for ever. The kernel would go on.
MOST_ANSWERS = 300


def emit(stack: Stack, skb: Skb, place: Place, request: Emit) -> Iterator[Step]:
    """The host sends a packet because of ``skb``, which waits meanwhile.

    Its source may be left to the route; without a way back there is no packet.
    """
    packet = request.packet
    stack.emitted += 1
    if stack.emitted > MOST_ANSWERS:
        yield stack.note(skb, TooManyAnswers(MOST_ANSWERS))
        return
    if request.is_direct:
        yield from _emit_direct(stack, skb, request)
        return
    if _lacks_source(request):
        request = replace(request, source_from_route=True)
    uses_icmp_socket = _uses_icmp_socket(request)
    if uses_icmp_socket and packet.family in stack.sending_icmp:
        yield stack.note(skb, IcmpBusy(request.reason))
        return
    if _is_error(request):
        request = _with_own_source(stack, skb, request)
        packet = request.packet
    way = _way_back(stack, skb, request)
    if _is_error(request) and _goes_to_anycast(stack, packet):
        yield stack.note(skb, AnycastReceiver(request.reason, packet.headers.dst))
        return
    if way.errno or (request.source_from_route and way.route.src is None):
        yield stack.note(skb, NoWayBack(request.reason, packet.headers.dst))
        return
    if request.gateway is None and stack.xfrm.out(packet, way.route).outcome in REFUSED:
        yield stack.note(skb, AnswerBlocked(request.reason))
        return
    if not _within_limit(stack, skb, place, request, way):
        yield stack.note(skb, TooManyErrors(request.reason, packet.headers.dst))
        return
    if request.source_from_route and way.route.src is not None:
        packet = packet.with_source(way.route.src)
    if request.ttl_from_route and packet.family == 6:
        packet = packet.with_ttl(hop_limit(stack.runtime.host, way.route.dev))
    # While a copy is on its way TEE copies nothing, not what is said about the copy either.
    is_copy = packet.is_copy or skb.packet.is_copy
    if request.gateway is None:
        mask = drawn(packet, skb.packet if request.related else None)
        packet = replace(packet, unknown=united(mask, packet.unknown))
    packet = replace(packet, id=stack.runtime.new_packet_id(), is_copy=is_copy)
    if request.related:
        packet = stack.tracker.attach(packet, skb.packet)
    out = Skb(packet, is_main=False, depth=place.depth + 1)
    if request.gateway is not None or request.dev:
        # Neighbour discovery (ndisc_alloc_skb) and TEE set skb->dev themselves.
        out.dev = way.route.dev if request.gateway is not None else request.dev
    if request.gateway is not None:
        # A copy knows that it was gathered from fragments, but not how they were cut.
        out.fragments = replace(skb.fragments, sizes=())
        out.bridge = skb.bridge
        out.came_by = skb.came_by or skb.in_iface  # IP6CB(skb)->iif stays as it was
        out.is_kept_whole = bool(out.came_by)
    skb.said = replace(skb.said, last=request.reason)
    yield stack.recorder.step(
        Emitted, packet, stack.where(out), parent=skb.packet.id, reason=request.reason
    )
    yield stack.routed(out, way.route)
    if _is_error(request) and not (yield from stack.meets(out, Met.ERROR, ByPart.ROUTING)):
        return
    stack.conversation.note_local(packet)
    if not uses_icmp_socket:
        yield from local_out(stack, out, way, by_policy=request.gateway is None)
        return
    with stack.icmp_socket(packet.family):
        yield from local_out(stack, out, way)
    if not stack.busy:
        yield from stack.drain()


def _uses_icmp_socket(request: Emit) -> bool:
    """icmp_xmit_lock: one ICMP at a time, so none is sent because of one that is being sent.

    Neighbour discovery has a socket of its own, a copy (TEE) none.
    """
    icmp = request.packet.headers.icmp
    if icmp is None or request.gateway is not None:
        return False
    return request.packet.family == 4 or icmp.type not in DISCOVERY


def _way_back(stack: Stack, skb: Skb, request: Emit) -> Way:
    packet = request.packet
    if request.gateway is not None:
        # Neither the source nor the mark of a copy counts (nf_dup_ipv4_route). Its next hop is
        # the gateway, or where the route to that one leads first.
        query = Query(request.gateway, oif=request.dev, tos=packet.headers.tos)
        found = stack.routing.find(query)
        route = stack.routing.result(found, query)
        route = replace(route, via=route.via or request.gateway)
        return Way(route, ERRNO.get(found.kind, ""))
    destination = packet.headers.dst
    if request.dev and request.reason is not ReplyKind.ICMP6_REDIRECT:
        # icmp6_dst_alloc: neighbour discovery asks no routing table.
        kind = RouteKind.MULTICAST if destination.is_multicast else RouteKind.UNICAST
        return Way(RouteResult(kind, request.dev))
    oif, near, was_chosen = "", request.dev, False
    is_reset = request.reason in (ReplyKind.TCP_RESET, ReplyKind.ACK) and not request.related
    if packet.family == 6 and (destination.is_link_local or (is_reset and destination.is_loopback)):
        oif = _real_device(stack, skb)  # rt6_need_strict; ICMPv6 leaves ::1 out
        if _is_error(request):  # icmp6_iif: a bridged frame is at its port, a copy (TEE) has one
            oif = skb.physout or (skb.dev if skb.packet.is_copy else "") or oif
    if packet.family == 6 and request.reason is ReplyKind.ECHO_REPLY:
        near = _real_device(stack, skb)  # icmpv6_echo_reply; with a source to choose it must
        if packet.headers.src != skb.packet.headers.dst and not destination.is_loopback:
            oif, was_chosen = near, True
    any_source = request.source_from_route or _may_use_any_source(stack, skb, packet)
    if was_chosen:  # ip6_dst_lookup_tail: after the route, which stays if there is one
        way = route_output(stack.routing, packet, choose_source=True, oif=oif, near=near)
        if not way.errno:
            return way
    return route_output(
        stack.routing, packet, any_source=any_source, choose_source=request.source_from_route,
        oif=oif, near=near,
    )  # fmt: skip


def _real_device(stack: Stack, skb: Skb) -> str:
    """Where IPv6 thinks a packet came in: through ``lo``, the device that has its destination."""
    if skb.in_iface != "lo":
        return skb.in_iface
    found = stack.routing.find(Query(skb.packet.headers.dst))
    return found.hop.dev or "lo"


def _may_use_any_source(stack: Stack, skb: Skb, packet: Packet) -> bool:
    """Netfilter's own packets may; in IPv4 the stack's may not, save a transparent socket's.

    A foreign source comes up when only a local route made the packet this host's.
    """
    if packet.family == 6 or packet.owner is None:
        return True
    socket = skb.packet.given_to
    if not isinstance(socket, Socket) and packet.owner.has_file:
        headers = packet.headers
        socket = stack.sockets.listener("tcp", headers.src, headers.sport or 0, skb.in_iface)
    return isinstance(socket, Socket) and socket.transparent


def _is_error(request: Emit) -> bool:
    return request.related and request.packet.headers.icmp is not None


def _with_own_source(stack: Stack, skb: Skb, request: Emit) -> Emit:
    """Where an ICMP error comes from, if that is settled before its route is looked up.

    icmp6_send: the address of this host that was asked, else the one of the device that its cause
    came in on. __icmp_send, for what was routed on: that device's with
    ``icmp_errors_use_inbound_ifaddr``.
    """
    if not request.source_from_route:
        return request
    host, to = stack.runtime.host, request.packet.headers.dst
    source: Address | None = None
    if isinstance(to, IPv6Address):
        source = _asked(stack, skb)
        dev = skb.came_by or skb.in_iface
        if source is None and dev and not _has_source(stack, skb, request):
            source = stack.routing.masquerade_address(6, dev, None, to)
    elif host.sysctl("net.ipv4.icmp_errors_use_inbound_ifaddr", "0") != "0":
        was_routed = skb.route is not None and skb.route.kind is not RouteKind.LOCAL
        if was_routed and skb.in_iface:
            source = select4(host, skb.in_iface, to, "link")
    if source is None:
        return request
    return replace(request, packet=request.packet.with_source(source), source_from_route=False)


def _lacks_source(request: Emit) -> bool:
    """ip6_dst_lookup_tail chooses one in place of ``::``, except for copies and discovery."""
    is_nobody = request.packet.family == 6 and request.packet.headers.src.is_unspecified
    return is_nobody and not request.related and not request.dev and request.gateway is None


def _has_source(stack: Stack, skb: Skb, request: Emit) -> bool:
    """icmpv6_rt_has_prefsrc: does the route back name its source?"""
    return _way_back(stack, skb, request).route.names_source


def _asked(stack: Stack, skb: Skb) -> Address | None:
    """The destination of what the error is about, if it is an address of this host's.

    One that names a link counts on its own device only, ::1 on lo; an anycast address counts too.
    """
    host, link = stack.runtime.host, skb.packet.link
    asked = skb.packet.headers.dst
    if asked.is_multicast or (link is not None and link.kind is not PacketType.HOST):
        return None
    device = skb.in_iface or skb.dev or "lo"
    for interface in host.interfaces.values():
        is_near = asked.is_link_local or asked.is_loopback
        if not interface.up or (is_near and interface.name != device):
            continue
        own = {entry.address.ip for entry in interface.addresses if not entry.tentative}
        if asked in own or asked in anycast_addresses(host, interface):
            return asked
    return None


def _goes_to_anycast(stack: Stack, packet: Packet) -> bool:
    """ipv6_anycast_destination: a router's address of a network, or a network's own."""
    host, to = stack.runtime.host, packet.headers.dst
    if packet.family == 4 or host.sysctl("net.ipv6.icmp.error_anycast_as_unicast", "0") != "0":
        return False
    return stack.routing.is_anycast(to)


def _within_limit(stack: Stack, skb: Skb, place: Place, request: Emit, way: Way) -> bool:
    """ICMP errors are limited by receiver, unless they are about what came through ``lo``.

    What IPv6 rejects in OUTPUT counts as that (nf_send_unreach6).
    """
    headers = request.packet.headers
    if headers.icmp is None or not request.related or skb.in_iface == "lo":
        return True
    if headers.family == 6 and place.hook is Hook.OUTPUT:
        return True
    kind = headers.icmp.type, headers.icmp.code
    return limits_of(stack).allows_icmp(kind, headers.dst, way.route.dev)


def _emit_direct(stack: Stack, skb: Skb, request: Emit) -> Iterator[Step]:
    link, packet = skb.packet.link, request.packet
    if request.related:  # nf_send_reset: it is routed all the same
        way = (
            reroute(stack.routing, packet, "")
            if packet.family == 4
            else _way_back(stack, skb, replace(request, dev=""))
        )
        if way.errno:
            yield stack.note(skb, NoWayBack(request.reason, packet.headers.dst))
            return
        if request.ttl_from_route and packet.family == 6:
            packet = packet.with_ttl(hop_limit(stack.runtime.host, way.route.dev))
    back = Link(link.dst_mac, link.src_mac) if link is not None else None
    packet = replace(packet, id=stack.runtime.new_packet_id(), link=back)
    out = Skb(packet, out_iface=request.dev, is_main=False, depth=skb.depth + 1)
    skb.said = replace(skb.said, last=request.reason)
    yield stack.recorder.step(
        Emitted, packet, stack.where(out), parent=skb.packet.id, reason=request.reason
    )
    yield stack.recorder.step(Sent, packet, stack.where(out), iface=request.dev)
    why = SentStraight(request.dev)
    yield from stack.end(out, FateVerdict.SENT, ByDevice(request.dev), why, out=request.dev)
