"""-m rt: the IPv6 routing header (net/ipv6/netfilter/ip6t_rt.c).

--rt-0-addrs without --rt-0-not-strict wants exactly these addresses; with it they must all be
there, in this order.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address

from sim.base.values import address_text
from sim.extensions.args import ipv6, number
from sim.extensions.drawing import DrawPlace
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
from sim.extensions.matchers.clauses import fails
from sim.extensions.matchers.parsing import UINT32, flagged, range_of
from sim.extensions.matchers.skipping import ROUTING, Malformed, find_header
from sim.extensions.matchers.spi import WHOLE, saved_spi
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args

MOST = 16
OLD_ONLY = ("--rt-0-res", "--rt-0-addrs", "--rt-0-not-strict")


class Hops(tuple[IPv6Address, ...]):
    __slots__ = ()

    def __str__(self) -> str:
        return ",".join(address_text(address) for address in self)


def _addresses(text: str, rule: RuleContext) -> Hops:
    words = text.split(",")
    if len(words) > MOST:
        raise ValueError(f"at most {MOST} addresses")
    return Hops(ipv6(word) for word in words)


def _judge(args: Args, ctx: Context) -> Judgement:
    data = ctx.packet.data
    try:
        at = find_header(data, ROUTING)
    except Malformed:
        return fails("rt", "a routing header", "a packet that ends early", hotdrop=True)
    if at is None:
        return fails("rt", "a routing header", "none")
    size = (data[at + 1] + 1) * 8
    if len(data) - at < size:
        return fails("rt", "a routing header", "one that is cut off", hotdrop=True)
    return in_order(_clauses(args, data[at : at + size]))


def _clauses(args: Args, header: bytes) -> Iterator[Clause]:
    left = args.get("--rt-segsleft")
    if left is None:
        yield Clause("rt", "", "a routing header", f"type {header[2]}")
    else:
        held = (header[3] in left.value) != left.negated
        want = "any" if left.value == WHOLE else str(left.value)
        yield Clause("rt", "--rt-segsleft", want, f"{header[3]}", left.negated, held)
    for flag, seen in (("--rt-len", len(header)), ("--rt-type", header[2])):
        arg = args.get(flag)
        if arg is not None:
            held = (seen == arg.value) != arg.negated
            yield Clause("rt", flag, f"{arg.value}", f"{seen}", arg.negated, held)
    if "--rt-0-res" in args:
        reserved = int.from_bytes(header[4:8], "big")
        yield Clause("rt", "--rt-0-res", "reserved field 0", f"{reserved:#x}", held=not reserved)
    wanted = args.get("--rt-0-addrs")
    if wanted is not None:
        hops = Hops(
            IPv6Address(header[place : place + 16]) for place in range(8, len(header) - 15, 16)
        )
        loose = "--rt-0-not-strict" in args
        held = _in_this_order(wanted.value, hops) if loose else wanted.value == hops
        want = f"{wanted.value}, others between them allowed" if loose else str(wanted.value)
        yield Clause("rt", "--rt-0-addrs", want, str(hops) or "no address", held=held)


def _in_this_order(wanted: Hops, hops: Hops) -> bool:
    rest = iter(hops)
    return all(address in rest for address in wanted)


def _check(args: Args, rule: RuleContext) -> None:
    typed: list[str] = []
    for arg in args:
        if arg.flag in ("--rt-0-res", "--rt-0-addrs"):
            kind = args.get("--rt-type")
            if "--rt-type" not in typed or kind is None or kind.value or kind.negated:
                raise Refusal(f"{arg.flag} needs --rt-type 0 before it", arg.flag)
        elif arg.flag == "--rt-0-not-strict" and "--rt-0-addrs" not in typed:
            raise Refusal(f"{arg.flag} needs --rt-0-addrs before it", arg.flag)
        typed.append(arg.flag)


def _save(args: Args, family: int) -> str:
    words = [flagged(arg, arg.value) for arg in args if arg.flag == "--rt-type"]
    words.append(saved_spi("--rt-segsleft", args))
    words += [flagged(arg, arg.value) for arg in args if arg.flag == "--rt-len"]
    for flag in OLD_ONLY:
        arg = args.get(flag)
        if arg is not None:
            words.append(flagged(arg, arg.value if flag == "--rt-0-addrs" else None))
    return " ".join(filter(None, words))


def _draw(place: DrawPlace) -> str:
    return place.words(
        f"{place.negation()}--rt-type {place.world.pick((0, 2))}",
        f"{place.negation()}--rt-segsleft 0:2",
        f"{place.negation()}--rt-len {place.world.pick((8, 24))}",
    )


MATCH = MatchType(
    "rt",
    options=(
        Option("--rt-type", number(), invert=True, metavar="TYPE", help="type of routing header"),
        Option("--rt-segsleft", range_of(UINT32), invert=True, metavar="NUM[:NUM]",
               help="segments left"),
        Option("--rt-len", number(), invert=True, metavar="BYTES", help="length of the header"),
        Option("--rt-0-res", help="type 0: the reserved field is zero"),
        Option("--rt-0-addrs", _addresses, metavar="ADDRESS,...", help="type 0: the addresses"),
        Option("--rt-0-not-strict", help="other addresses may stand between these"),
    ),
    families=frozenset({6}),
    check=_check,
    save=_save,
    judge=_judge,
    help="the IPv6 routing header",
    steady=Steady.ALWAYS,
    listing=Listing("rt", {"--rt-type": "type:{n}{}", "--rt-segsleft": "segsleft{s}:{n}{}",
        "--rt-len": "length:{n}{}", "--rt-0-res": "reserved", "--rt-0-addrs": "0-addrs {}",
        "--rt-0-not-strict": "0-not-strict"}),
    opaque=Opaque.HEADERS,
    draw=_draw,
    examples=(
        "",
        "! --rt-type 2 ! --rt-segsleft 5 ! --rt-len 24",
        "--rt-type 0 --rt-0-addrs 2001:db8::1,::ffff:192.0.2.1",
    ),
)  # fmt: skip
