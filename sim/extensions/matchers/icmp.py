"""-m icmp: type and code of an ICMP header (net/netfilter/xt_tcpudp.c, icmp_match)."""

from __future__ import annotations

from sim.extensions.comparison import WHOLE_PACKET, compares
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Context, Judgement, MatchType, Option
from sim.extensions.listing import Listing, ListingPart
from sim.extensions.matchers.icmp_types import (
    ICMP,
    all_codes,
    judge_type,
    listed_types,
    parse_type,
    wanted_types,
)
from sim.extensions.traits import Steady
from sim.model.rules import Args
from sim.packet.headers import IPPROTO_ICMP


def _judge(args: Args, ctx: Context) -> Judgement:
    return judge_type("icmp", "--icmp-type", ICMP, args, ctx)


def _draw(place: DrawPlace) -> str | None:
    if place.protocol != "icmp":
        return None
    kind = place.world.pick(("8", "0", "3", "3/3", "echo-request", "any", "11/0", "time-exceeded"))
    return f"{place.negation()}--icmp-type {kind}"


MATCH = MatchType(
    "icmp",
    options=(
        Option("--icmp-type", parse_type(ICMP, any_type=True), required=True, invert=True,
               metavar="TYPE[/CODE]", help="type by number or name, and its code",
               show=all_codes, compares=compares("icmp", wanted=wanted_types)),
    ),
    families=frozenset({4}),
    protocols=frozenset({IPPROTO_ICMP}),
    judge=_judge,
    help="type and code of ICMP",
    steady=Steady.ALWAYS,
    presumes=WHOLE_PACKET,
    listing=Listing(
        parts={"--icmp-type": ListingPart("icmp{b}type {}", listed_types)}, of_all=True),
    draw=_draw,
    examples=("--icmp-type any",),
)  # fmt: skip
