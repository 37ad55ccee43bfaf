"""-m connmark: the mark of the connection (net/netfilter/xt_connmark.c).

Without a conntrack entry it fails, inverted too.
"""

from __future__ import annotations

from sim.extensions.args import mark_mask
from sim.extensions.comparison import compares
from sim.extensions.ct_template import entry
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Context, Field, MatchType, Option
from sim.extensions.listing import Listing
from sim.extensions.traits import Steady


def _mark(ctx: Context) -> int | None:
    flow = entry(ctx)
    return None if flow is None else flow.mark


def _draw(place: DrawPlace) -> str:
    return f"{place.negation()}--mark {place.mark()}"


MATCH = MatchType(
    "connmark",
    options=(
        Option("--mark", mark_mask, required=True, invert=True, metavar="VALUE[/MASK]",
               field=Field("conntrack entry", _mark, hex),
               help="the connection's mark AND MASK equals VALUE", compares=compares("ctmark")),
    ),
    by_fields=True,
    needs_conntrack=True,
    help="the mark of the connection",
    steady=Steady.UNTIL_CHANGED,
    listing=Listing(parts={"--mark": "connmark match {N}{}"}),
    draw=_draw,
    examples=("--mark 0x1",),
)  # fmt: skip
