"""-j TRACE: log every rule that the packet matches from here on (net/netfilter/xt_TRACE.c)."""

from __future__ import annotations

from sim.extensions.extension import Answer, Context, TargetType
from sim.extensions.listing import Listing
from sim.extensions.traits import Changes
from sim.model.rules import Args, Verdict


def apply(args: Args, ctx: Context) -> Answer:
    text = "every rule that matches from here on is logged"
    return Answer(Verdict.CONTINUE, ctx.packet, text)


TARGET = TargetType(
    "TRACE",
    tables=frozenset({"raw"}),
    apply=apply,
    help="log every rule that the packet matches from here on",
    reservation="goes on; every step is told anyway",
    changes=Changes.NOTHING,
    listing=Listing(),
    draw=lambda place: "",
    examples=("",),
)
