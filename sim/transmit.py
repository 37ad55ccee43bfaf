"""The way out: OUTPUT for what the host sends, POSTROUTING, fragments, the next hop, the wire.

net/ipv4/ip_output.c, net/ipv6/ip6_output.c; the local copies of ip_mc_output. What goes out
through ``lo`` is queued and comes back in when the kernel gets round to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv6Address

from sim.answers import KERNEL, Limits, default_ttl, reply_mark, solicitation
from sim.bridge_out import has_ports, transmit
from sim.defrag import fragments
from sim.extension import Emit
from sim.host import Socket
from sim.icmp import DEST_UNREACH, V6_DEST_UNREACH, icmp_error, is_error_allowed
from sim.model import Hook
from sim.packet import Address, Link, Packet
from sim.recorder import Place
from sim.route_input import has_joined
from sim.route_output import MESSAGES, REFUSALS, Way, route_output
from sim.routing import Query
from sim.source_address import link_local
from sim.stack import Skb, Stack, Steps
from sim.trace import Emitted, Originated, Sent, Step
from sim.values import address_text
from sim.words import left_text, route_sentence

# A copy that comes back through lo may be copied again, for ever. The kernel would go on.
MOST_ANSWERS = 300

# Devices on which the next hop must be found by ARP or neighbour discovery.
NEEDS_NEIGHBOUR = frozenset(
    {"ethernet", "bridge", "vlan", "veth", "bond", "dummy", "macvlan", "wlan"}
)


def originate(stack: Stack, packet: Packet) -> Iterator[Step]:
    """A process sends a packet: routed before any hook sees it."""
    skb = Skb(packet)
    yield stack.recorder.step(Originated, packet, stack.where(skb))
    way = route_output(stack.routing, packet, any_source=True)
    yield stack.routed(skb, way.route, route_sentence(packet, way.route))
    errno = way.errno
    if not errno and packet.headers.dont_fragment and len(packet.data) > mtu_of(stack, way):
        errno = "EMSGSIZE"
    if errno:
        sentence = f"Not sent: the sender gets {errno} ({MESSAGES[errno]}); no hook sees a packet."
        yield from stack.end(skb, "dropped", "routing", sentence)
        return
    stack.sockets.note_local(packet)
    yield from local_out(stack, skb, way)


def mtu_of(stack: Stack, way: Way) -> int:
    interface = stack.runtime.host.interface(way.route.dev)
    return way.route.mtu or (interface.mtu if interface is not None else 1500)


def local_out(stack: Stack, skb: Skb, way: Way) -> Iterator[Step]:
    """__ip_local_out: OUTPUT, then POSTROUTING and out."""
    skb.take(way.route)
    if (yield from stack.hook(skb, Hook.OUTPUT, "", skb.out_iface)):
        yield from post_routing(stack, skb)


# ---- answers -------------------------------------------------------------------------------


def emit(stack: Stack, skb: Skb, place: Place, request: Emit) -> Iterator[Step]:
    """The host sends a packet because of ``skb``, which waits meanwhile.

    Its source may be left to the route; without a way back there is no packet.
    """
    packet = request.packet
    stack.emitted += 1
    if stack.emitted > MOST_ANSWERS:
        text = f"Left out: more than {MOST_ANSWERS} packets of the host's own because of one line."
        yield stack.note(skb, "endless", text)
        return
    if request.path == "direct":
        yield from _emit_direct(stack, skb, request)
        return
    uses_icmp_socket = _uses_icmp_socket(request)
    if uses_icmp_socket and packet.family in stack.sending_icmp:
        yield stack.note(
            skb, "answer", f"No {request.reason} is sent: the kernel is sending an ICMP already."
        )
        return
    way = _way_back(stack, skb, request)
    if way.errno or (request.source_from_route and way.route.src is None):
        to = address_text(packet.headers.dst)
        yield stack.note(skb, "answer", f"No {request.reason} is sent: there is no way to {to}.")
        return
    if not _within_limit(stack, skb, place, request, way):
        to = address_text(packet.headers.dst)
        yield stack.note(
            skb, "answer", f"No {request.reason} is sent: too many ICMP errors to {to} lately."
        )
        return
    if request.source_from_route and way.route.src is not None:
        packet = packet.with_source(_source(stack, skb, packet) or way.route.src)
    packet = replace(packet, id=stack.runtime.new_packet_id())
    if request.related:
        packet = stack.tracker.attach(packet, skb.packet)
    out = Skb(packet, is_main=False, depth=place.depth + 1, about=skb.packet)
    if request.gateway is not None or request.dev:
        out.dev = way.route.dev  # neighbour discovery and TEE set skb->dev themselves
    if request.gateway is not None:
        # A copy knows that it was gathered from fragments, but not how they were cut.
        out.largest_fragment = skb.largest_fragment
        out.physin, out.physout = skb.physin, skb.physout
        out.fragments_had_df = skb.fragments_had_df
    yield stack.recorder.step(
        Emitted, packet, stack.where(out), parent=skb.packet.id, reason=request.reason
    )
    yield stack.routed(out, way.route, route_sentence(packet, way.route))
    stack.conversation.note_local(packet)
    if not uses_icmp_socket:
        yield from local_out(stack, out, way)
        return
    stack.busy += 1
    stack.sending_icmp.add(packet.family)
    yield from local_out(stack, out, way)
    stack.sending_icmp.discard(packet.family)
    stack.busy -= 1
    if not stack.busy:
        yield from stack.drain()


def _uses_icmp_socket(request: Emit) -> bool:
    """icmp_xmit_lock: one ICMP at a time, so none is sent because of one that is being sent.

    Neighbour discovery has a socket of its own, a copy (TEE) none.
    """
    icmp = request.packet.headers.icmp
    if icmp is None or request.gateway is not None:
        return False
    return request.packet.family == 4 or not 133 <= icmp.type <= 137


def _way_back(stack: Stack, skb: Skb, request: Emit) -> Way:
    packet = request.packet
    if request.gateway is not None:
        # Neither the source nor the mark of a copy counts (nf_dup_ipv4_route).
        query = Query(request.gateway, oif=request.dev, tos=packet.headers.tos)
        found = stack.routing.find(query)
        route = replace(stack.routing.result(found, query), via=request.gateway)
        return Way(route, REFUSALS.get(found.kind, ""))
    destination = packet.headers.dst
    oif = request.dev
    is_reset = packet.headers.tcp is not None
    if packet.family == 6 and (destination.is_link_local or (is_reset and destination.is_loopback)):
        oif = _real_device(stack, skb)  # rt6_need_strict; ICMPv6 leaves ::1 out
    return route_output(
        stack.routing,
        packet,
        any_source=request.source_from_route or _may_use_any_source(stack, skb, packet),
        choose_source=request.source_from_route,
        oif=oif,
    )


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


def _source(stack: Stack, skb: Skb, packet: Packet) -> Address | None:
    """An ICMPv6 error prefers the addresses of the device that its cause came in on."""
    if packet.family == 4 or not skb.in_iface:
        return None
    return stack.routing.masquerade_address(6, skb.in_iface, None, packet.headers.dst)


def _within_limit(stack: Stack, skb: Skb, place: Place, request: Emit, way: Way) -> bool:
    """ICMP errors are limited by receiver, unless they are about what came through ``lo``.

    What IPv6 rejects in OUTPUT counts as that (nf_send_unreach6).
    """
    headers = request.packet.headers
    if headers.icmp is None or not request.related or skb.in_iface == "lo":
        return True
    if headers.family == 6 and place.hook is Hook.OUTPUT:
        return True
    length = _prefix_length(stack, headers.dst)
    return limits_of(stack).allows_icmp(headers.icmp.type, headers.dst, way.route.dev, length)


def _prefix_length(stack: Stack, address: Address) -> int:
    found = stack.routing.find(Query(address))
    return found.route.prefix.prefixlen if found.route is not None else 0


def limits_of(stack: Stack) -> Limits:
    """The run's record of what it sent to whom."""
    limits = stack.runtime.state.get(Limits)
    if not isinstance(limits, Limits):
        limits = stack.runtime.state[Limits] = Limits(stack.runtime)
    return limits


def _emit_direct(stack: Stack, skb: Skb, request: Emit) -> Iterator[Step]:
    link = skb.packet.link
    back = Link(link.dst_mac, link.src_mac) if link is not None else None
    packet = replace(request.packet, id=stack.runtime.new_packet_id(), link=back)
    out = Skb(packet, out_iface=request.dev, is_main=False, depth=skb.depth + 1)
    yield stack.recorder.step(
        Emitted, packet, stack.where(out), parent=skb.packet.id, reason=request.reason
    )
    yield stack.recorder.step(Sent, packet, stack.where(out), iface=request.dev)
    yield from stack.end(
        out, "sent", request.dev, f"Sent straight out of {request.dev}.", out=request.dev
    )


# ---- POSTROUTING and the wire --------------------------------------------------------------


def post_routing(stack: Stack, skb: Skb) -> Iterator[Step]:
    """POSTROUTING and what follows; of a broadcast or joined group the host gets a copy."""
    copies = skb.route is not None and not skb.is_forwarded and _wants_copy(stack, skb)
    if copies and skb.packet.family == 4:
        yield from _copy_to_self(stack, skb)
        if skb.kind == "multicast" and skb.packet.headers.ttl == 0:
            sentence = "A multicast with TTL 0 does not leave the host."
            yield from stack.end(skb, "dropped", "ttl", sentence)
            return
    if not (yield from stack.hook(skb, Hook.POSTROUTING, skb.dev, skb.out_iface)):
        return
    if copies and skb.packet.family == 6:
        yield from _copy_to_self(stack, skb)
    yield from _leave(stack, skb)


def _wants_copy(stack: Stack, skb: Skb) -> bool:
    """IPv4 goes by the route, IPv6 by the destination address."""
    destination = skb.packet.headers.dst
    if skb.out_iface == "lo":
        return False
    if skb.kind == "broadcast":
        return True
    is_multicast = skb.kind == "multicast" if destination.version == 4 else destination.is_multicast
    return is_multicast and has_joined(stack.routing, destination, skb.out_iface)


def _copy_to_self(stack: Stack, skb: Skb) -> Iterator[Step]:
    """The clone that the host gets itself: POSTROUTING, then PREROUTING and INPUT."""
    packet = replace(skb.packet, id=stack.runtime.new_packet_id(), owner=None)
    copy = Skb(
        packet, out_iface=skb.out_iface, route=skb.route, is_main=False, depth=skb.depth + 1,
        kind="broadcast" if skb.kind == "broadcast" else "multicast", about=skb.packet,
    )  # fmt: skip
    yield stack.recorder.step(
        Emitted, packet, stack.where(copy), parent=skb.packet.id, reason="local-copy"
    )
    if not (yield from stack.hook(copy, Hook.POSTROUTING, "", copy.out_iface)):
        return
    if skb.physin:
        need = "what the host does with its own copy of TEE's copy of a bridged frame"
        yield from stack.end(copy, "undetermined", "bridge", "Nobody can say.", need=need)
        return
    copy.packet = replace(copy.packet, link=Link(kind="loopback"))
    yield from _loop(stack, copy, copy.out_iface)


def _leave(stack: Stack, skb: Skb) -> Iterator[Step]:
    """ip_finish_output: fit the MTU, find the neighbour, send."""
    if skb.out_iface == "lo":
        skb.packet = replace(skb.packet, link=Link(), owner=None)
        yield from _loop(stack, skb, "lo")
        return
    pieces = fitted(stack, skb)
    if pieces is None:
        yield from _too_big(stack, skb)
        return
    if _is_deaf(stack, skb):
        stack.unanswered.append(skb)
        if skb.packet.family == 6:
            yield from _solicit(stack, skb)
        return
    bridge = has_ports(stack, skb.out_iface)
    if bridge is not None:
        yield from transmit(stack, skb, bridge, pieces)
        return
    hop = address_text(skb.next_hop) if skb.next_hop is not None else ""
    where = stack.where(skb)
    if len(pieces) > 1:
        text = f"It is sent in {len(pieces)} fragments."
        yield stack.note(skb, "fragmentation", text)
    for piece in pieces:
        yield stack.recorder.step(Sent, piece, where, iface=skb.out_iface, next_hop=hop)
    stack.conversation.note_sent(skb.out_iface, skb.packet)
    verdict = "forwarded" if skb.is_forwarded else "sent"
    sentence = left_text(verdict, skb.out_iface, skb.packet, skb.rewrites)
    yield from stack.end(skb, verdict, skb.out_iface, sentence, out=skb.out_iface)


def _loop(stack: Stack, skb: Skb, dev: str) -> Iterator[Step]:
    """Into the backlog: it is the kernel's next packet, or, if it is busy, one after that."""
    yield stack.note(skb, "loopback", f"It comes back to this host through {dev}.")
    skb.in_iface, skb.out_iface, skb.is_looped = dev, "", True
    # TEE keeps from copying copies while it sends one; by now it has sent it.
    skb.packet = replace(skb.packet, is_copy=False)
    stack.backlog.append(skb)
    if not stack.busy:
        yield from stack.drain()


def fitted(stack: Stack, skb: Skb) -> list[Packet] | None:
    """The packet in pieces that fit; ``None``: it must not be cut."""
    mtu = _link_mtu(stack, skb)
    packet = skb.packet
    length = len(packet.data)
    if packet.family == 6:
        limit = min(mtu, skb.largest_fragment or mtu)
        if length <= limit:
            return [packet]
        ident = stack.runtime.random.getrandbits(32)
        return fragments(packet, max(limit, 1280), ident, skb.fragment_sizes)
    if length <= mtu and not skb.largest_fragment:
        return [packet]
    if packet.headers.dont_fragment and (not skb.largest_fragment or skb.largest_fragment > mtu):
        return None
    return fragments(
        packet,
        min(mtu, skb.largest_fragment or mtu),
        sizes=skb.fragment_sizes,
        df=skb.fragments_had_df,
    )


def _link_mtu(stack: Stack, skb: Skb) -> int:
    if skb.route is not None and skb.route.mtu:
        return skb.route.mtu
    interface = stack.runtime.host.interface(skb.out_iface)
    return interface.mtu if interface is not None else 1500


def _too_big(stack: Stack, skb: Skb) -> Iterator[Step]:
    mtu = _link_mtu(stack, skb)
    yield from send_error(stack, skb, DEST_UNREACH, 4, "icmp-fragmentation-needed", mtu)
    sentence = f"Dropped: {len(skb.packet.data)} bytes do not fit the MTU of {mtu} and DF is set."
    verdict = "rejected" if skb.is_answered else "dropped"
    yield from stack.end(skb, verdict, "mtu", sentence, reason=skb.is_answered)


def _is_deaf(stack: Stack, skb: Skb) -> bool:
    """Is the next hop one of which the host text says that it does not answer?"""
    host = stack.runtime.host
    interface = host.interface(skb.out_iface)
    if interface is None or interface.noarp or interface.kind not in NEEDS_NEIGHBOUR:
        return False
    if skb.kind in ("broadcast", "multicast"):
        return False
    target = skb.next_hop or skb.packet.headers.dst
    return any(
        entry.failed and entry.address == target and entry.dev == skb.out_iface
        for entry in host.neighbours
    )


def _solicit(stack: Stack, skb: Skb) -> Iterator[Step]:
    """ndisc_solicit: the question is an IPv6 packet of its own (told once, though repeated)."""
    host, dev = stack.runtime.host, skb.out_iface
    interface = host.interfaces[dev]
    target = skb.next_hop or skb.packet.headers.dst
    own = {entry.address.ip for entry in interface.addresses}
    source = skb.packet.headers.src if skb.packet.headers.src in own else link_local(host, dev)
    if source is None or not isinstance(target, IPv6Address):
        return
    if any(other.waits_for == (dev, target) for other in stack.unanswered):
        skb.waits_for = (dev, target)
        return
    skb.waits_for = (dev, target)
    answered = skb.is_answered
    packet = solicitation(target, source, interface.mac)
    yield from answer(stack, skb, packet, "neighbour-solicitation", dev)
    skb.is_answered = answered


def give_up(stack: Stack) -> Iterator[Step]:
    """Some seconds later: what waited for a neighbour in vain ends, in order."""
    while stack.unanswered:
        first = _asked_for(stack.unanswered[0])
        together = [skb for skb in stack.unanswered if _asked_for(skb) == first]
        stack.unanswered = [skb for skb in stack.unanswered if _asked_for(skb) != first]
        stack.busy += 1
        for skb in together:
            yield from _no_neighbour(stack, skb)
        stack.busy -= 1
        yield from stack.drain()


def _asked_for(skb: Skb) -> tuple[str, Address]:
    return skb.out_iface, skb.next_hop or skb.packet.headers.dst


def _no_neighbour(stack: Stack, skb: Skb) -> Iterator[Step]:
    """ipv4_link_failure, ndisc_error_report: after about three seconds of asking."""
    target = address_text(skb.next_hop or skb.packet.headers.dst)
    yield stack.note(
        skb, "neighbour", f"{target} does not answer on {skb.out_iface}; the host gives up asking."
    )
    whole = skb.packet
    skb.packet = (fitted(stack, skb) or [whole])[0]  # it was cut before it had to wait
    if whole.family == 4:
        yield from send_error(stack, skb, DEST_UNREACH, 1, "icmp-host-unreachable")
    else:
        yield from send_error(stack, skb, V6_DEST_UNREACH, 3, "icmp6-addr-unreachable")
    skb.packet = whole
    verdict = "rejected" if skb.is_answered else "dropped"
    sentence = f"Not delivered: nobody answers for {target} on {skb.out_iface}."
    yield from stack.end(skb, verdict, "neighbour", sentence, reason=skb.is_answered)


def send_error(
    stack: Stack, skb: Skb, type: int, code: int, reason: str, info: int = 0
) -> Iterator[Step]:
    """icmp_send: tell the sender, where the rules for such answers allow it.

    ``skb.is_answered`` becomes ``reason`` if something was sent.
    """
    about, host = skb.packet, stack.runtime.host
    if not is_error_allowed(about, type) or (about.family == 4 and skb.kind != "unicast"):
        return
    is_ours = skb.route is not None and skb.route.kind in ("local", "anycast")
    if not skb.in_iface:
        is_ours = False
    elif skb.route is None:
        is_ours = stack.routing.is_local(about.headers.dst)
    source = about.headers.dst if is_ours else None
    packet = Packet(
        icmp_error(about, type, code, source, info, ttl=default_ttl(host, about.family)),
        mark=reply_mark(host, about),
        owner=KERNEL,
    )
    request = Emit(packet, reason, related=True, source_from_route=source is None)
    before = stack.runtime.next_packet
    yield from emit(stack, skb, stack.place(skb), request)
    if stack.runtime.next_packet != before:
        skb.is_answered = reason


def answer(stack: Stack, skb: Skb, packet: Packet, reason: str, dev: str = "") -> Steps:
    """A plain answer (no error): echo reply, reset, SYN+ACK. True if it was sent.

    ``dev``: neighbour discovery names the device it leaves by.
    """
    before = stack.runtime.next_packet
    yield from emit(stack, skb, stack.place(skb), Emit(packet, reason, dev=dev))
    if stack.runtime.next_packet == before:
        return False
    skb.is_answered = reason
    return True
