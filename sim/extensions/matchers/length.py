"""-m length: bytes of the whole packet, IP header included (net/netfilter/xt_length.c)."""

from __future__ import annotations

from sim.extensions.comparison import compares
from sim.extensions.extension import Field, MatchType, Option
from sim.extensions.listing import Listing
from sim.extensions.matchers.parsing import range_of
from sim.extensions.traits import Steady

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
    examples=("--length 5",),
)  # fmt: skip
