"""-m icmp: type and code of an ICMP header (net/netfilter/xt_tcpudp.c, icmp_match)."""

from __future__ import annotations

from sim.extensions.extension import Context, Judgement, MatchType, Option
from sim.extensions.matchers.icmp_types import ICMP, judge_type, parse_type
from sim.extensions.traits import Steady
from sim.model.rules import Args
from sim.packet.headers import IPPROTO_ICMP


def _judge(args: Args, ctx: Context) -> Judgement:
    return judge_type("icmp", "--icmp-type", ICMP, args, ctx)


MATCH = MatchType(
    "icmp",
    options=(
        Option("--icmp-type", parse_type(ICMP, any_type=True), required=True, invert=True,
               metavar="TYPE[/CODE]", help="type by number or name, and its code"),
    ),
    families=frozenset({4}),
    protocols=frozenset({IPPROTO_ICMP}),
    judge=_judge,
    help="type and code of ICMP",
    steady=Steady.ALWAYS,
)  # fmt: skip
