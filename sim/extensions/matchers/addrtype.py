"""-m addrtype: what kind of address it is to this host (net/netfilter/xt_addrtype.c).

IPv4 asks the local table alone: an unreachable or blackhole route is UNICAST to it. IPv6 looks
at the address itself for UNSPEC, UNICAST and MULTICAST (each of them must hold) and does a real
route lookup for LOCAL, ANYCAST and UNREACHABLE (one of them must).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address

from sim.base.values import address_text
from sim.extensions.drawing import DrawPlace, F, I, O, P, S
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
    in_order,
)
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import told
from sim.extensions.matchers.ct_states import listed
from sim.extensions.traits import Opaque, Steady
from sim.model.host import NO_WAY, RouteKind
from sim.model.routing import Query
from sim.model.rules import Args, Hook
from sim.packet.packet import Address

TYPES = (
    "UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE", "UNREACHABLE",
    "PROHIBIT", "THROW", "NAT", "XRESOLVE",
)  # fmt: skip
_BY_ROUTE = ("LOCAL", "ANYCAST", "UNREACHABLE")
_NO_INPUT = {Hook.OUTPUT, Hook.POSTROUTING}
_NO_OUTPUT = {Hook.PREROUTING, Hook.INPUT}


def _check(args: Args, rule: RuleContext) -> None:
    if "--src-type" not in args and "--dst-type" not in args:
        raise Refusal("say --src-type or --dst-type, or both")


def _load(args: Args, rule: RuleContext) -> None:
    for flag, hooks in (("--limit-iface-in", _NO_INPUT), ("--limit-iface-out", _NO_OUTPUT)):
        wrong = rule.hooks & hooks
        if flag in args and wrong:
            which = "incoming" if flag.endswith("in") else "outgoing"
            names = ", ".join(sorted(wrong))
            raise Refusal(f"{flag}: there is no {which} device in {names}", flag)
    if rule.family == 4:
        return
    for flag in ("--src-type", "--dst-type"):
        asked = args.value(flag)
        for name in asked.members if asked is not None else ():
            if name in ("BLACKHOLE", "BROADCAST") or TYPES.index(name) >= TYPES.index("PROHIBIT"):
                raise Refusal(
                    f"IPv6 knows no {name} here",
                    flag,
                    "UNREACHABLE covers all routes that refuse",
                )


def plain_type6(address: IPv6Address) -> str:
    """UNSPEC, MULTICAST or UNICAST by the bits alone (__ipv6_addr_type); empty for IPv4-mapped."""
    value = int(address)
    if value == 0:
        return "UNSPEC"
    if value >> 120 == 0xFF:
        return "MULTICAST"
    return "" if value >> 32 == 0xFFFF else "UNICAST"


def _route_types6(ctx: Context, address: IPv6Address, dev: str) -> set[str]:
    routing = ctx.runtime.routing
    found = set()
    if dev and routing.address_type(address, dev) == "LOCAL":
        found.add("LOCAL")
    route = routing.lookup(Query(address, oif=dev))
    if route.kind in NO_WAY:
        return {"UNREACHABLE"}
    if route.kind is RouteKind.LOCAL and not dev:
        found.add("LOCAL")
    if routing.is_anycast(address, dev):
        found.add("ANYCAST")
    return found


def _is_one_of(
    ctx: Context, address: Address, dev: str, asked: tuple[str, ...]
) -> tuple[bool, str]:
    """Does it hold, and what is the address?"""
    if not isinstance(address, IPv6Address):
        seen = ctx.runtime.routing.address_type(address, dev)
        return seen in asked, seen
    plain = plain_type6(address)
    if any(name in asked and plain != name for name in ("UNSPEC", "UNICAST", "MULTICAST")):
        return False, plain or "none of them"
    if not any(name in asked for name in _BY_ROUTE):
        return True, plain
    by_route = _route_types6(ctx, address, dev)
    return bool(by_route & set(asked)), ",".join([*filter(None, [plain]), *sorted(by_route)])


def _clauses(args: Args, ctx: Context, dev: str) -> Iterator[Clause]:
    headers = ctx.packet.headers
    where = f" on {dev}" if dev else ""
    for flag, address in (("--src-type", headers.src), ("--dst-type", headers.dst)):
        arg = args.get(flag)
        if arg is None:
            continue
        held, seen = _is_one_of(ctx, address, dev, arg.value.members)
        text = f"{address_text(address)} is {seen}"
        yield told("addrtype", arg, f"{arg.value}{where}", text, held)


def _judge(args: Args, ctx: Context) -> Judgement:
    dev = ""
    if "--limit-iface-in" in args:
        dev = ctx.in_iface
    elif "--limit-iface-out" in args:
        dev = ctx.out_iface
    return in_order(_clauses(args, ctx, dev))


_TYPE_LIST = listed(TYPES, TYPES, "address type")


def _draw(place: DrawPlace) -> str:
    types: tuple[str, ...] = ("UNICAST", "LOCAL", "MULTICAST", "ANYCAST", "UNREACHABLE")
    if place.family == 4:
        types = ("UNICAST", "LOCAL", "BROADCAST", "MULTICAST", "UNREACHABLE", "ANYCAST", "PROHIBIT")
    words = place.words(
        f"{place.negation()}--src-type {place.world.pick(types)}",
        f"{place.negation()}--dst-type {place.words(*types[:-1], least=1).replace(' ', ',')}",
        least=1,
    )
    if place.within(P, I, F) and place.chance(0.2):
        words += " --limit-iface-in"
    elif place.within(F, O, S) and place.chance(0.2):
        words += " --limit-iface-out"
    return words


MATCH = MatchType(
    "addrtype",
    options=(
        Option("--src-type", _TYPE_LIST, invert=True, metavar="TYPE,...",
               help="what the source address is to this host: LOCAL, UNICAST, BROADCAST, ..."),
        Option("--dst-type", _TYPE_LIST, invert=True, metavar="TYPE,...",
               help="what the destination address is to this host"),
        Option("--limit-iface-in", excludes=("--limit-iface-out",),
               help="only addresses of the incoming device count"),
        Option("--limit-iface-out", excludes=("--limit-iface-in",),
               help="only addresses of the outgoing device count"),
    ),
    check=_check,
    load=_load,
    judge=_judge,
    help="the kind of an address: local, broadcast, ...",
    steady=Steady.ALWAYS,
    listing=Listing("ADDRTYPE match", {"--src-type": "src-type {n}{}",
        "--dst-type": "dst-type {n}{}", "--limit-iface-in": "limit-in",
        "--limit-iface-out": "limit-out"}),
    opaque=Opaque.HOST,
    draw=_draw,
    examples=(
        "--src-type LOCAL",
        "--dst-type BROADCAST",
        "--dst-type LOCAL --limit-iface-in",
        "--dst-type LOCAL --limit-iface-out",
    ),
)  # fmt: skip
