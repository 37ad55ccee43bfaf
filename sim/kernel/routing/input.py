"""The routing decision about a packet from the wire, with every check that can refuse it.

IPv4: ip_route_input_slow (net/ipv4/route.c) and fib_validate_source (fib_frontend.c), in their
order. IPv6: ip6_route_input (net/ipv6/route.c), which has no source checks.
"""

from __future__ import annotations

from enum import Enum
from ipaddress import IPv6Address

from sim.base.frozen import dataclass, replace
from sim.extensions.runtime import RouteResult
from sim.kernel.routing.core import (
    ERRNO,
    FibResult,
    Routing,
    either_setting,
    forwards4,
    setting,
    setting_everywhere,
)
from sim.kernel.routing.fib import anycast_addresses, forwards6, hops_of
from sim.kernel.routing.policy_rules import query_of, rule_text
from sim.model.host import NO_WAY, Host, RouteKind
from sim.model.routing import Query
from sim.packet.packet import Address, Packet
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.routing import (
    ForwardingOff,
    LoopbackFromWire,
    LoopbackSource,
    NobodyJoined,
    NoDestination,
    NoReverse,
    NoSource,
    NotOneSource,
    OwnSource,
    ReverseByOther,
    RouteOfType,
    SourceOfKind,
    SourceRoutedHere,
)


class Heading(Enum):
    """What becomes of an incoming packet."""

    LOCAL = "local"
    FORWARD = "forward"
    MARTIAN = "martian"  # dropped in silence
    UNROUTABLE = "unroutable"  # an ICMP error may follow


@dataclass(frozen=True, slots=True)
class Decision:
    """Where an incoming packet goes on.

    ``cause`` says which check a martian failed, ``errno`` why there is no way. ``kind`` is
    UNICAST, BROADCAST or MULTICAST. ``turns_back``: it leaves as it came and the sender could
    have sent it straight there.
    """

    action: Heading
    route: RouteResult
    cause: Cause | None = None
    errno: str = ""
    kind: RouteKind = RouteKind.UNICAST
    turns_back: bool = False


IPPROTO_IGMP = 2


def route_input(routing: Routing, packet: Packet, dev: str) -> Decision:
    """Decide about a packet that came in on ``dev``."""
    if packet.family == 6:
        return _route_input6(routing, packet, dev)
    destination = packet.headers.dst
    if int(destination) >> 28 == 0xE:
        return _multicast4(routing, packet, dev)
    return _unicast4(routing, packet, dev)


def _martian(cause: Cause, route: RouteResult | None = None) -> Decision:
    return Decision(Heading.MARTIAN, route or RouteResult(RouteKind.NONE), cause)


def _unicast4(routing: Routing, packet: Packet, dev: str) -> Decision:
    host, headers = routing.host, packet.headers
    source, destination = int(headers.src), int(headers.dst)
    if source >> 28 == 0xE or source == 0xFFFFFFFF:
        return _martian(NotOneSource(headers.src))
    if destination == 0xFFFFFFFF or (source == 0 and destination == 0):
        return _broadcast4(routing, packet, dev, RouteResult(RouteKind.BROADCAST, dev))
    if source == 0:
        return _martian(NoSource())
    if destination == 0:
        return _martian(NoDestination())
    if 127 in (destination >> 24, source >> 24) and not either_setting(host, dev, "route_localnet"):
        which = "destination" if destination >> 24 == 127 else "source"
        return _martian(LoopbackFromWire(which))
    query = query_of(packet, dev)
    found = routing.find(query)
    route = routing.result(found, query)
    forwarding = forwards4(host, dev)
    if found.kind in NO_WAY:
        errno = ERRNO[found.kind] if forwarding else "EHOSTUNREACH"
        return Decision(Heading.UNROUTABLE, route, _off(dev, forwarding), errno)
    if found.kind is RouteKind.BROADCAST:
        return _broadcast4(routing, packet, dev, route)
    if found.kind is RouteKind.LOCAL:
        cause, _ = check_source(routing, packet, dev, out="")
        route = _with_realm(routing, packet, dev, replace(route, realm=0), "")
        return _martian(cause, route) if cause else Decision(Heading.LOCAL, route)
    if not forwarding:
        return Decision(Heading.UNROUTABLE, route, _off(dev, forwarding), "EHOSTUNREACH")
    if found.kind is not RouteKind.UNICAST:
        return _martian(RouteOfType(headers.dst, found.kind), route)
    cause, is_neighbour = check_source(routing, packet, dev, out=found.hop.dev)
    if cause:
        return _martian(cause, route)
    route = _with_realm(routing, packet, dev, route, found.hop.dev)
    turns_back = is_neighbour and found.hop.dev == dev
    turns_back = turns_back and _may_send_straight(host, dev, headers.src, found.hop.via)
    return Decision(Heading.FORWARD, route, turns_back=turns_back)


def _may_send_straight(host: Host, dev: str, source: Address, gateway: Address | None) -> bool:
    """__mkroute_input: all on one wire are taken to reach each other; without ``shared_media``
    only those whose network the gateway shares (inet_addr_onlink).
    """
    if either_setting(host, dev, "shared_media", "1"):
        return True
    interface = host.interface(dev)
    return interface is not None and any(
        source in entry.address.network and (gateway is None or gateway in entry.address.network)
        for entry in interface.addresses
        if entry.address.version == 4
    )


def _way_back(host: Host, packet: Packet, dev: str, peer: Address | None, out: str) -> Query:
    """The question about the route to the source, as if an answer left now."""
    headers = packet.headers
    mark = packet.mark if either_setting(host, dev, "src_valid_mark") else 0
    return Query(
        headers.src, peer, out or "lo", mark=mark, tos=headers.tos, uid=0,
        protocol=headers.protocol, sport=headers.dport or 0, dport=headers.sport or 0,
    )  # fmt: skip


def _with_realm(
    routing: Routing, packet: Packet, dev: str, route: RouteResult, out: str
) -> RouteResult:
    """fib_combine_itag: the way back to the source has a realm too, in the upper half."""
    host = routing.host
    if not any(known.realm for known in host.routes):
        return route
    found = routing.find(_way_back(host, packet, dev, packet.headers.dst, out))
    if found.route is None or found.kind not in (RouteKind.UNICAST, RouteKind.LOCAL):
        return route
    return replace(route, realm=route.realm | found.route.realm << 16)


def _off(dev: str, forwarding: bool) -> Cause | None:
    return None if forwarding else ForwardingOff(dev)


def _broadcast4(routing: Routing, packet: Packet, dev: str, route: RouteResult) -> Decision:
    if int(packet.headers.src) != 0:
        cause, _ = check_source(routing, packet, dev, out="", to_all=True)
        if cause:
            return _martian(cause, route)
    return Decision(Heading.LOCAL, route, kind=RouteKind.BROADCAST)


def _multicast4(routing: Routing, packet: Packet, dev: str) -> Decision:
    host, headers = routing.host, packet.headers
    route = RouteResult(RouteKind.MULTICAST, dev)
    if not has_joined(routing, headers.dst, dev):
        return _martian(NobodyJoined(headers.dst, dev), route)
    source = int(headers.src)
    if source >> 28 == 0xE or source == 0xFFFFFFFF:
        return _martian(NotOneSource(headers.src), route)
    if source >> 24 == 127 and not either_setting(host, dev, "route_localnet"):
        return _martian(LoopbackSource(), route)
    if source == 0:
        is_local_group = int(headers.dst) >> 8 == 0xE00000
        if not is_local_group and headers.protocol != IPPROTO_IGMP:
            return _martian(NoSource(), route)
    else:
        cause, _ = check_source(routing, packet, dev, out="", to_all=True)
        if cause:
            return _martian(cause, route)
    return Decision(Heading.LOCAL, route, kind=RouteKind.MULTICAST)


def has_joined(routing: Routing, group: Address, dev: str) -> bool:
    """Is the host a member of a multicast group on a device?

    Every host listens to all hosts; a socket bound to a group stands for having joined it.
    """
    if isinstance(group, IPv6Address):
        if group in (IPv6Address("ff02::1"), IPv6Address("ff01::1")):
            return True
        if group in _solicited_nodes(routing, dev):
            return True
        routers = (IPv6Address("ff01::2"), IPv6Address("ff02::2"), IPv6Address("ff05::2"))
        interface = routing.host.interface(dev)
        if group in routers and interface is not None and interface.kind != "loopback":
            return forwards6(routing.host, interface) or _is_bound(routing.host, group, dev)
    elif int(group) == 0xE0000001:
        return True
    return _is_bound(routing.host, group, dev)


def _is_bound(host: Host, group: Address, dev: str) -> bool:
    return any(socket.address == group and socket.dev in ("", dev) for socket in host.sockets)


def _solicited_nodes(routing: Routing, dev: str) -> set[IPv6Address]:
    """ff02::1:ffXX:XXXX of each address of the device (RFC 4291, 2.7.1), anycast ones too.

    A device without neighbour discovery joins none (addrconf_join_solict).
    """
    interface = routing.host.interface(dev)
    if interface is None or interface.noarp or interface.kind == "loopback":
        return set()
    own = {entry.address.ip for entry in interface.addresses if entry.address.version == 6}
    base = int(IPv6Address("ff02::1:ff00:0"))
    return {
        IPv6Address(base | int(address) & 0xFFFFFF)
        for address in own | anycast_addresses(routing.host, interface)
    }


def check_source(
    routing: Routing, packet: Packet, dev: str, *, out: str, to_all: bool = False
) -> tuple[Cause | None, bool]:
    """fib_validate_source: why the source is refused (``None``: it is not), and whether it is a
    neighbour on ``dev``.

    ``out`` is the device the packet would be forwarded to, empty for local delivery.
    A packet ``to_all`` has no address of ours that the way back would start from.
    """
    host, headers = routing.host, packet.headers
    source = headers.src
    mode = reverse_path_mode(host, dev) if not packet.secpath else 0
    redirects = either_setting(host, dev, "send_redirects", "1")
    if not mode and (out != dev or not redirects):
        if either_setting(host, dev, "accept_local"):
            return None, False
        if not routing.fib.has_own_local_routes and not routing.has_own_rules:
            if routing.is_own(source):
                return OwnSource(source), False
            return None, False
    return _check_reverse(routing, packet, dev, mode, out, to_all)


def reverse_path_mode(host: Host, dev: str) -> int:
    """rp_filter as it counts: the greater of ``all``'s and the device's. 1 strict, 2 loose."""
    return max(setting_everywhere(host, "rp_filter"), setting(host, dev, "rp_filter"))


def _check_reverse(
    routing: Routing, packet: Packet, dev: str, mode: int, out: str, to_all: bool
) -> tuple[Cause | None, bool]:
    host, headers = routing.host, packet.headers
    source = headers.src
    peer = None if to_all else headers.dst
    mark = packet.mark if either_setting(host, dev, "src_valid_mark") else 0
    question = _way_back(host, packet, dev, peer, out)
    interface = host.interface(dev)
    has_address = interface is not None and any(a.address.version == 4 for a in interface.addresses)
    found = routing.find(question)
    if found.kind in NO_WAY:
        return _last_resort(mode, source)
    if found.kind not in (RouteKind.UNICAST, RouteKind.LOCAL):
        return SourceOfKind(source, found.kind), False
    if found.kind is RouteKind.LOCAL and not either_setting(host, dev, "accept_local"):
        if routing.is_own(source) or found.rule is None:
            return OwnSource(source), False
        return SourceRoutedHere(source, rule_text(found.rule), mark), False
    if _uses(found, dev):
        return None, _is_neighbour(found)
    if not has_address:
        return _last_resort(mode, source)
    if mode == 1:
        rule = rule_text(found.rule) if found.rule is not None else ""
        return ReverseByOther(source, found.hop.dev, dev, rule, packet.mark & ~mark), False
    again = Query(
        source, peer, out or "lo", dev, mark, headers.tos, 0,
        headers.protocol, headers.dport or 0, headers.sport or 0,
    )  # fmt: skip
    there = routing.find(again)
    return None, there.kind is RouteKind.UNICAST and _is_neighbour(there)


def _last_resort(mode: int, source: Address) -> tuple[Cause | None, bool]:
    return (NoReverse(source) if mode else None), False


def _uses(found: FibResult, dev: str) -> bool:
    if found.kind is RouteKind.LOCAL and dev == "lo":
        return True
    return found.route is not None and any(hop.dev == dev for hop in hops_of(found.route))


def _is_neighbour(found: FibResult) -> bool:
    return found.kind is RouteKind.LOCAL or found.is_onlink


def _route_input6(routing: Routing, packet: Packet, dev: str) -> Decision:
    headers = packet.headers
    destination = headers.dst
    if destination.is_multicast:
        route = RouteResult(RouteKind.MULTICAST, dev)
        if not has_joined(routing, destination, dev):
            return _martian(NobodyJoined(destination, dev), route)
        return Decision(Heading.LOCAL, route, kind=RouteKind.MULTICAST)
    # rt6_need_strict: such a destination can only be on the device it came from.
    oif = dev if destination.is_link_local or destination.is_loopback else ""
    query = query_of(packet, dev, oif=oif)
    found = routing.find(query)
    route = routing.result(found, query)
    if found.kind in (RouteKind.LOCAL, RouteKind.ANYCAST):
        return Decision(Heading.LOCAL, route)
    if found.kind in NO_WAY:
        return Decision(Heading.UNROUTABLE, route, errno=ERRNO[found.kind])
    return Decision(Heading.FORWARD, route, turns_back=found.hop.dev == dev)
