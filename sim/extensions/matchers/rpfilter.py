"""-m rpfilter: would an answer go back by the device this packet came in by?

net/ipv4/netfilter/ipt_rpfilter.c and net/ipv6/netfilter/ip6t_rpfilter.c. Loopback packets pass;
so do packets without a source (IPv4: to 255.255.255.255 or 224.0.0.x). A source of this very
host fails unless ``--accept-local``. Raw and mangle PREROUTING only.
"""

from __future__ import annotations

from ipaddress import IPv6Address

from sim.base.frozen import replace
from sim.base.values import address_text
from sim.extensions.drawing import DrawPlace, P
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option
from sim.extensions.listing import Listing, switches
from sim.extensions.runtime import RouteResult
from sim.extensions.traits import Opaque, Steady
from sim.model.host import RouteKind
from sim.model.routing import Query
from sim.model.rules import Args, Hook
from sim.packet.kinds import PacketType
from sim.packet.packet import Address

_FLAGS = ("--loose", "--validmark", "--accept-local", "--invert")


def _judge(args: Args, ctx: Context) -> Judgement:
    passed, seen = _passes(args, ctx)
    inverted = "--invert" in args
    want = "any way back" if "--loose" in args else f"a way back by {ctx.in_iface}"
    flag = "--invert" if inverted else ""
    clause = Clause("rpfilter", flag, want, seen, inverted, passed != inverted)
    return Judgement((clause,))


def _is_loopback(ctx: Context) -> bool:
    link, device = ctx.packet.link, ctx.host.interface(ctx.in_iface)
    if link is not None and link.kind is PacketType.LOOPBACK:
        return True
    return ctx.in_iface == "lo" or (device is not None and device.kind == "loopback")


def _needs_no_way_back(source: Address, destination: Address) -> bool:
    if int(source):
        return False
    if isinstance(source, IPv6Address):
        return True
    return int(destination) == 0xFFFFFFFF or int(destination) >> 8 == 0xE00000


def _passes(args: Args, ctx: Context) -> tuple[bool, str]:
    headers = ctx.packet.headers
    source, destination = headers.src, headers.dst
    if _is_loopback(ctx):
        return True, "a loopback packet"
    if _needs_no_way_back(source, destination):
        return True, "no source address yet"
    query = Query(
        source,
        None if _unusable(destination) else destination,
        mark=ctx.packet.mark if "--validmark" in args else 0,
        tos=headers.tos if headers.family == 4 else 0,
        protocol=headers.protocol if headers.family == 6 else 0,
    )
    passes = _passes4 if headers.family == 4 else _passes6
    return passes(ctx, query, "--loose" in args, "--accept-local" in args)


def _route_by(ctx: Context, query: Query, dev: str) -> RouteResult:
    return ctx.runtime.routing.lookup(replace(query, oif=dev))


def _unusable(destination: Address) -> bool:
    """Group and broadcast destinations are not used as the source of the way back."""
    value = int(destination)
    return destination.is_multicast or value in (0, 0xFFFFFFFF if destination.version == 4 else 0)


def _passes4(ctx: Context, back: Query, loose: bool, local: bool) -> tuple[bool, str]:
    """Each next hop of a route of several ways will do."""

    source = back.destination
    route = _route_by(ctx, back, "")
    if not loose and route.kind is RouteKind.UNICAST and route.dev != ctx.in_iface:
        other = _route_by(ctx, back, ctx.in_iface)
        if (other.table, other.route) == (route.table, route.route):
            route = other  # one of several next hops goes there
    where = f"{address_text(source)} is {route.kind}"
    if route.kind is RouteKind.LOCAL and local:
        own = ctx.runtime.routing.address_type(source, ctx.in_iface) == "LOCAL"
        return own or loose, f"{where} on {ctx.in_iface}" if own else f"{where} elsewhere"
    if route.kind is not RouteKind.UNICAST:
        return False, where
    return loose or route.dev == ctx.in_iface, f"{where} by {route.dev}"


def _passes6(ctx: Context, back: Query, loose: bool, local: bool) -> tuple[bool, str]:
    """A device of two with the same prefix is preferred, but never a shorter prefix."""

    source = back.destination
    is_link_local = int(source) >> 118 == 0xFE80 >> 6
    route = _route_by(ctx, back, ctx.in_iface if is_link_local else "")
    if not loose and route.kind is RouteKind.UNICAST and route.dev != ctx.in_iface:
        other = _route_by(ctx, back, ctx.in_iface)
        if other.kind is RouteKind.UNICAST and _prefix(other) == _prefix(route):
            route = other
    where = f"{address_text(source)} is {route.kind}"
    if route.kind is RouteKind.LOCAL:
        return local, where
    if route.kind is not RouteKind.UNICAST:
        return False, where
    return loose or route.dev == ctx.in_iface, f"{where} by {route.dev}"


def _prefix(route: RouteResult) -> str:
    return route.route.partition(" ")[0]


def _draw(place: DrawPlace) -> str | None:
    if not place.within(P) or place.table not in ("raw", "mangle"):
        return None
    return place.words("--loose", "--validmark", "--accept-local", "--invert")


MATCH = MatchType(
    "rpfilter",
    options=(
        Option("--loose", help="a route by any device will do"),
        Option("--validmark", help="look the route up with the packet's mark"),
        Option("--accept-local", help="a source of this host is all right"),
        Option("--invert", help="hold for packets that fail the test"),
    ),
    tables=frozenset({"raw", "mangle"}),
    hooks=frozenset({Hook.PREROUTING}),
    judge=_judge,
    help="the reverse path test",
    steady=Steady.ALWAYS,
    listing=Listing("rpfilter", switches("loose validmark accept-local invert")),
    opaque=Opaque.HOST,
    draw=_draw,
    examples=("", "--loose --invert", "--loose --validmark --accept-local --invert"),
)
