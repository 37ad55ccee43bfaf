"""-m mark: the packet's mark, under an optional mask (net/netfilter/xt_mark.c)."""

from __future__ import annotations

from sim.extensions.args import mark_mask
from sim.extensions.comparison import compares
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Field, MatchType, Option
from sim.extensions.listing import Listing
from sim.extensions.traits import Steady


def _draw(place: DrawPlace) -> str:
    return f"{place.negation()}--mark {place.mark()}"


MATCH = MatchType(
    "mark",
    options=(
        Option("--mark", mark_mask, required=True, invert=True, metavar="VALUE[/MASK]",
               field=Field("mark", lambda ctx: ctx.packet.mark, hex),
               help="mark AND MASK equals VALUE", compares=compares("mark")),
    ),
    by_fields=True,
    help="the packet's mark",
    steady=Steady.UNTIL_CHANGED,
    listing=Listing(parts={"--mark": "mark match {N}{}"}),
    draw=_draw,
    examples=("--mark 0x1",),
)  # fmt: skip
