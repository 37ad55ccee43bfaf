"""-m osf: the operating system that a SYN betrays (net/netfilter/xt_osf.c, nfnetlink_osf.c).

Fingerprints are loaded by a program (nfnl_osf -f pf.os). A scenario's host has none, and without
any nothing ever matches; the kernel ignores the inversion altogether.
"""

from __future__ import annotations

from sim.args import number
from sim.extension import Clause, Context, Judgement, MatchType, Option
from sim.matchers.parsing import cut_text, flagged
from sim.model import Args, Hook
from sim.wire.headers import IPPROTO_TCP, SYN


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--genre")
    assert arg is not None
    tcp = ctx.packet.headers.tcp
    seen = "no fingerprints are loaded (nfnl_osf)"
    if tcp is None or not tcp.flags & SYN:
        seen = "not a SYN"
    return Judgement((Clause("osf", "--genre", f"sent by {arg.value}", seen, arg.negated, False),))


def _save(args: Args, family: int) -> str:
    order = ("--genre", "--ttl", "--log")
    return " ".join(flagged(arg, arg.value) for flag in order for arg in args if arg.flag == flag)


MATCH = MatchType(
    "osf",
    options=(
        Option("--genre", cut_text(31), required=True, invert=True, metavar="NAME",
               help="name of the system, as in pf.os"),
        Option("--ttl", number(0, 2), metavar="0|1|2", help="how the TTL is compared"),
        Option("--log", number(0, 2), metavar="0|1|2", help="what is written to the kernel log"),
    ),
    families=frozenset({4}),
    hooks=frozenset({Hook.PREROUTING, Hook.INPUT, Hook.FORWARD}),
    protocols=frozenset({IPPROTO_TCP}),
    save=_save,
    judge=_judge,
    help="operating system of the sender, by its SYN",
)  # fmt: skip
