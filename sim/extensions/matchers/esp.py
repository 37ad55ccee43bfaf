"""-m esp: the SPI of an ESP header (net/netfilter/xt_esp.c)."""

from __future__ import annotations

from sim.extensions.comparison import compares
from sim.extensions.extension import Context, Judgement, MatchType, Option
from sim.extensions.listing import SPI, Listing
from sim.extensions.matchers.parsing import UINT32, range_of
from sim.extensions.matchers.spi import drawn_spi, saved_spi, spi_clause, transport_word
from sim.extensions.traits import Steady
from sim.model.rules import Args
from sim.packet.headers import IPPROTO_ESP


def _judge(args: Args, ctx: Context) -> Judgement:
    spi = transport_word("esp", ctx, 8, 0, 4)
    if isinstance(spi, Judgement):
        return spi
    return Judgement((spi_clause("esp", "--espspi", args, spi),))


MATCH = MatchType(
    "esp",
    options=(
        Option("--espspi", range_of(UINT32), invert=True, metavar="SPI[:SPI]",
               help="security parameter index", compares=compares("esp_spi")),
    ),
    protocols=frozenset({IPPROTO_ESP}),
    save=lambda args, family: saved_spi("--espspi", args),
    judge=_judge,
    help="SPI of an ESP packet",
    steady=Steady.ALWAYS,
    listing=Listing("esp", {"--espspi": SPI}, of_all=True),
    draw=drawn_spi("espspi", "esp"),
    examples=("", "--espspi 256"),
)  # fmt: skip
