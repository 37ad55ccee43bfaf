"""The routing decision about what the host itself sends.

IPv4: ip_route_output_key_hash_rcu and __mkroute_output (net/ipv4/route.c), ip_route_me_harder
(net/ipv4/netfilter.c). IPv6: ip6_route_output_flags (net/ipv6/route.c).
"""

from __future__ import annotations

from sim.base.frozen import dataclass, replace
from sim.extensions.runtime import RouteResult
from sim.kernel.routing.core import ERRNO, Routing, either_setting
from sim.kernel.routing.policy_rules import query_of
from sim.kernel.routing.source_address import select4
from sim.model.host import NO_WAY, Host, RouteKind
from sim.packet.packet import Packet


@dataclass(frozen=True, slots=True)
class Way:
    """Where a packet of our own goes. ``errno`` not empty: nowhere, and that is why."""

    route: RouteResult
    errno: str = ""


def route_output(
    routing: Routing,
    packet: Packet,
    *,
    any_source: bool = False,
    choose_source: bool = False,
    oif: str = "",
    near: str = "",
) -> Way:
    """Route a packet that is to leave; ``lo`` takes what is for the host itself.

    ``any_source``: the source need not be an address of this host (FLOWI_FLAG_ANYSRC).
    ``choose_source``: the source in the packet is a placeholder; the route's ``src`` is it.
    ``oif``: the device it must leave by (IPv6, link-local destinations); ``near``: if it can.
    """
    uid = packet.owner.uid if packet.owner is not None else 0
    if packet.family == 6:
        return _output6(routing, packet, uid, choose_source, oif, near)
    return _output4(routing, packet, uid, any_source, choose_source)


def _output4(
    routing: Routing, packet: Packet, uid: int, any_source: bool, choose_source: bool
) -> Way:
    host, headers = routing.host, packet.headers
    destination, source = int(headers.dst), int(headers.src)
    to_many = destination >> 28 == 0xE or destination == 0xFFFFFFFF
    if not choose_source and (source >> 28 == 0xE or source == 0xFFFFFFFF):
        if not any_source:
            return Way(RouteResult(RouteKind.NONE), "EINVAL")
        choose_source = True  # a socket that is bound to such an address has none (inet_bind)
    if not choose_source and source:
        dev = device_of(host, packet)
        if not dev and (to_many or not any_source):
            if to_many or not routing.is_local(headers.src):
                return Way(RouteResult(RouteKind.NONE), "EINVAL")
        elif to_many:
            return _to_many(routing, packet, RouteResult(RouteKind.UNICAST, dev, src=headers.src))
    if destination == 0:
        return Way(RouteResult(RouteKind.LOCAL, "lo", src=headers.src))
    query = query_of(packet, "lo", uid=uid)
    if choose_source or not source:
        query = replace(query, source=None)
    found = routing.find(query)
    route = routing.result(found, query)
    if found.kind in NO_WAY:
        return Way(route, ERRNO[found.kind])
    if found.kind is RouteKind.LOCAL:
        return Way(route)
    leaks = source >> 24 == 127 and route.dev != "lo" and not choose_source
    if leaks and not either_setting(host, route.dev, "route_localnet"):
        return Way(route, "EINVAL")
    if to_many or found.kind is RouteKind.BROADCAST:
        return _to_many(routing, packet, route)
    return Way(route)


def _to_many(routing: Routing, packet: Packet, route: RouteResult) -> Way:
    """Out of one device, and a copy for ourselves: of every broadcast, of joined groups."""
    destination = packet.headers.dst
    if int(destination) >> 28 != 0xE:
        src = route.src or select4(routing.host, route.dev, None, "link")
        return Way(replace(route, kind=RouteKind.BROADCAST, src=src))
    return Way(replace(route, kind=RouteKind.MULTICAST, via=None))


def device_of(host: Host, packet: Packet) -> str:
    """The device that has the packet's source address, or nothing."""
    source = packet.headers.src
    for interface in host.interfaces.values():
        if any(entry.address.ip == source for entry in interface.addresses):
            return interface.name
    return ""


def _output6(
    routing: Routing, packet: Packet, uid: int, choose_source: bool, oif: str, near: str
) -> Way:
    headers = packet.headers
    if headers.src.is_multicast:
        return Way(RouteResult(RouteKind.NONE), "EINVAL")
    # A process that has a link-local address as its source is bound to its device (inet6_bind).
    by_process = packet.owner is not None and packet.owner.has_file
    is_bound = by_process and headers.src.is_link_local
    is_strict = headers.dst.is_multicast or headers.dst.is_link_local
    if not choose_source and (is_bound or (is_strict and not oif)):
        oif = device_of(routing.host, packet) or oif
    query = replace(query_of(packet, "lo", uid=uid, oif=oif), near=near)
    if choose_source or not int(headers.src):
        query = replace(query, source=None)
    found = routing.find(query)
    route = routing.result(found, query)
    if found.kind in NO_WAY:
        return Way(route, ERRNO[found.kind])
    if found.kind in (RouteKind.LOCAL, RouteKind.ANYCAST):
        return Way(replace(route, dev="lo"))
    if headers.dst.is_multicast:
        return Way(replace(route, kind=RouteKind.MULTICAST, via=None))
    return Way(route)


def reroute(routing: Routing, packet: Packet, dev: str) -> Way:
    """ip_route_me_harder: OUTPUT changed what routing looks at.

    A foreign source is no obstacle then; one that is no host address is left out of account.
    IPv4 does not say whose socket it is, so policy rules take it for root's. What has a meaning
    on one link only stays on ``dev``, where it was going (ip6_route_me_harder); on ``lo`` no
    route of such an address is found again.
    """
    if packet.family == 6:
        to = packet.headers.dst
        strict = to.is_multicast or to.is_link_local
        return route_output(routing, packet, oif=dev if strict else "")
    packet = replace(packet, owner=None)
    kind = routing.address_type(packet.headers.src)
    if kind in ("LOCAL", "UNICAST"):
        return route_output(routing, packet, any_source=True)
    return route_output(routing, packet, choose_source=True)
