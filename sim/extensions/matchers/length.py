"""-m length: bytes of the whole packet, IP header included (net/netfilter/xt_length.c)."""

from __future__ import annotations

from sim.extensions.comparison import compares
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Field, MatchType, Option
from sim.extensions.listing import Listing
from sim.extensions.matchers.parsing import range_of
from sim.extensions.traits import Steady


def _draw(place: DrawPlace) -> str:
    low = place.world.pick((28, 40, 44, 48, 60, 84, 100))
    return f"{place.negation()}--length " + place.world.pick(
        (f"{low}:", f":{low}", f"{low}:{low + 9}")
    )


MATCH = MatchType(
    "length",
    options=(
        Option("--length", range_of(0xFFFF), required=True, invert=True, metavar="N[:N]",
               field=Field("length", lambda ctx: ctx.packet.headers.length),
               help="length of the packet in bytes, IP header included",
               compares=compares("length")),
    ),
    by_fields=True,
    help="length of the packet",
    steady=Steady.ALWAYS,
    listing=Listing(parts={"--length": "length {n}{}"}),
    draw=_draw,
    examples=("--length 5",),
)  # fmt: skip
