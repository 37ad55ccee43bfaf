"""-m ipcomp: the index (CPI) of an IP compression header (net/netfilter/xt_ipcomp.c).

Without --ipcompspi the tool asks for index 0. --compres is printed but the kernel ignores it.
"""

from __future__ import annotations

from sim.extensions.comparison import compares
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option
from sim.extensions.listing import SPI, Listing
from sim.extensions.matchers.parsing import UINT32, range_of
from sim.extensions.matchers.spi import WHOLE, spi_clause, transport_word
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Args

IPPROTO_COMP = 108


def _judge(args: Args, ctx: Context) -> Judgement:
    index = transport_word("ipcomp", ctx, 4, 2, 2)
    if isinstance(index, Judgement):
        return index
    if "--ipcompspi" not in args:
        clause = Clause("ipcomp", "--ipcompspi", "0", f"{index:#x}", held=index == 0)
    else:
        clause = spi_clause("ipcomp", "--ipcompspi", args, index)
    return Judgement((clause,))


def _save(args: Args, family: int) -> str:
    arg = args.get("--ipcompspi")
    words = []
    if arg is None:
        words.append("--ipcompspi 0")
    elif arg.value != WHOLE:
        words.append(f"{'! ' * arg.negated}--ipcompspi {arg.value}")
    if "--compres" in args:
        words.append("--compres")
    return " ".join(words)


def _draw(place: DrawPlace) -> str | None:
    if place.protocol != "ipcomp":
        return None
    return f"{place.negation()}--ipcompspi 0:200"


MATCH = MatchType(
    "ipcomp",
    options=(
        Option("--ipcompspi", range_of(UINT32), invert=True, metavar="CPI[:CPI]",
               help="compression parameter index", compares=compares("ipcomp_cpi")),
        Option("--compres", help="without effect: kernels never looked at it"),
    ),
    protocols=frozenset({IPPROTO_COMP}),
    save=_save,
    judge=_judge,
    help="index of an IP compression header",
    steady=Steady.ALWAYS,
    listing=Listing("comp", {"--ipcompspi": SPI, "--compres": "reserved"}),
    opaque=Opaque.HEADERS,
    draw=_draw,
    examples=("--ipcompspi 0", "! --ipcompspi 18:20 --compres"),
)  # fmt: skip
