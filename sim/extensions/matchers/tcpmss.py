"""-m tcpmss: the MSS option of a TCP header (net/netfilter/xt_tcpmss.c).

A header without the option fails (inverted: holds). Fragments are not told apart: what stands
at the header's place is read as one. Cut-off headers are dropped on the spot.
"""

from __future__ import annotations

from sim.base.values import Range
from sim.extensions.comparison import compares
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Context, Judgement, MatchType, Option, RuleContext
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import fails, header_bytes, told
from sim.extensions.matchers.parsing import range_of
from sim.extensions.traits import Steady
from sim.model.rules import Args
from sim.packet.headers import IPPROTO_TCP


def _mss(text: str, rule: RuleContext) -> Range:
    sizes = range_of(0xFFFF)(text, rule)
    if sizes.high < sizes.low:
        raise ValueError(f"the range {text} is backwards")
    return sizes


def _judge(args: Args, ctx: Context) -> Judgement:
    part = header_bytes(ctx)
    size = (part[12] >> 4) * 4 if len(part) >= 20 else 0
    if not 20 <= size <= len(part):
        return fails("tcpmss", "a whole TCP header", f"{len(part)} bytes", hotdrop=True)
    arg = args.items[0]
    mss = mss_option(part[20:size])
    seen = "no MSS option" if mss is None else str(mss)
    held = mss is not None and mss in arg.value
    return Judgement((told("tcpmss", arg, str(arg.value), seen, held),))


def mss_option(options: bytes) -> int | None:
    """The value of the first well-formed MSS option, ``None`` if there is none."""
    at = 0
    while at < len(options):
        if options[at] == 2 and len(options) - at >= 4 and options[at + 1] == 4:
            return int.from_bytes(options[at + 2 : at + 4], "big")
        if options[at] < 2:
            at += 1
        else:
            at += (options[at + 1] if at + 1 < len(options) else 0) or 1
    return None


def _draw(place: DrawPlace) -> str | None:
    if place.protocol != "tcp":
        return None
    low = place.world.pick((500, 536, 1200, 1400))
    return f"{place.negation()}--mss {low}:{low + place.world.pick((0, 100, 300))}"


MATCH = MatchType(
    "tcpmss",
    options=(
        Option("--mss", _mss, required=True, invert=True, metavar="N[:N]",
               help="maximum segment size in the header's options",
               compares=compares("mss")),
    ),
    protocols=frozenset({IPPROTO_TCP}),
    judge=_judge,
    help="the MSS that a TCP SYN announces",
    steady=Steady.UNTIL_CHANGED,
    listing=Listing(parts={"--mss": "tcpmss match {n}{}"}),
    draw=_draw,
    examples=("--mss 1400",),
)  # fmt: skip
