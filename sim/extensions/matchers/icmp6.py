"""-m icmp6: type and code of an ICMPv6 header (net/ipv6/netfilter/ip6_tables.c, icmp6_match).

Other than ICMP's, type 255 is an ordinary type.
"""

from __future__ import annotations

from sim.extensions.comparison import WHOLE_PACKET, compares
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Context, Judgement, MatchType, Option
from sim.extensions.listing import Listing, ListingPart
from sim.extensions.matchers.icmp_types import (
    ICMPV6,
    all_codes,
    judge_type,
    listed_types,
    parse_type,
    wanted_types,
)
from sim.extensions.traits import Steady
from sim.model.rules import Args
from sim.packet.headers import IPPROTO_ICMPV6


def _judge(args: Args, ctx: Context) -> Judgement:
    return judge_type("icmp6", "--icmpv6-type", ICMPV6, args, ctx)


def _draw(place: DrawPlace) -> str | None:
    if place.protocol != "icmpv6":
        return None
    kind = place.world.pick(
        ("128", "129", "1", "1/4", "echo-request", "3", "135", "packet-too-big")
    )
    return f"{place.negation()}--icmpv6-type {kind}"


MATCH = MatchType(
    "icmp6",
    options=(
        Option("--icmpv6-type", parse_type(ICMPV6, any_type=False), required=True, invert=True,
               metavar="TYPE[/CODE]", help="type by number or name, and its code",
               show=all_codes, compares=compares("icmp", wanted=wanted_types)),
    ),
    families=frozenset({6}),
    protocols=frozenset({IPPROTO_ICMPV6}),
    judge=_judge,
    aliases=("icmpv6",),
    help="type and code of ICMPv6",
    steady=Steady.ALWAYS,
    presumes=WHOLE_PACKET,
    listing=Listing(
        parts={"--icmpv6-type": ListingPart("ipv6-icmp{b}type {}", listed_types)}, of_all=True
    ),
    draw=_draw,
    examples=("--icmpv6-type 128",),
)  # fmt: skip
