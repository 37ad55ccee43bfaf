"""-j CHECKSUM: fill in a checksum that was left to the hardware (net/netfilter/xt_CHECKSUM.c)."""

from __future__ import annotations

from sim.extensions.extension import Answer, Context, Option, TargetType
from sim.extensions.listing import Listing
from sim.model.rules import Args, Verdict


def apply(args: Args, ctx: Context) -> Answer:
    """Packets here carry their checksums always, so nothing is left to do."""
    return Answer(Verdict.CONTINUE, ctx.packet, "the checksum is filled in already")


TARGET = TargetType(
    "CHECKSUM",
    options=(Option("--checksum-fill", required=True, help="fill in the checksum"),),
    tables=frozenset({"mangle"}),
    apply=apply,
    help="fill in a checksum that was left to the hardware",
    reservation="goes on; packets here carry their checksums always",
    listing=Listing(parts={"--checksum-fill": "CHECKSUM fill"}),
    draw=lambda place: "--checksum-fill",
    examples=("--checksum-fill",),
)
