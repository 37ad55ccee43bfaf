"""-j AUDIT: write a record about the packet to the audit log (net/netfilter/xt_AUDIT.c)."""

from __future__ import annotations

from sim.extensions.args import one_of
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Answer, Context, Log, Option, TargetType
from sim.extensions.listing import Listing
from sim.extensions.traits import Changes
from sim.model.rules import Args, Verdict


def apply(args: Args, ctx: Context) -> Answer:
    """``--type`` is only noted in the record: the packet goes on whatever it says."""
    text = f"an audit record of type {args.value('--type')} is written"
    return Answer(Verdict.CONTINUE, ctx.packet, text, (Log("", "audit log"),))


def _draw(place: DrawPlace) -> str:
    return f"--type {place.world.pick(('accept', 'drop', 'reject'))}"


TARGET = TargetType(
    "AUDIT",
    options=(
        Option(
            "--type",
            one_of("accept", "drop", "reject", fold=True),
            required=True,
            metavar="accept|drop|reject",
            help="the action to note",
        ),
    ),
    apply=apply,
    help="write a record about the packet to the audit log",
    reservation="goes on; nobody reads the record",
    changes=Changes.NOTHING,
    listing=Listing(parts={"--type": "AUDIT {}"}),
    draw=_draw,
    examples=("--type accept",),
)
