"""-m dscp: the upper six bits of TOS or traffic class (net/netfilter/xt_dscp.c)."""

from __future__ import annotations

from sim.base.values import Exactly
from sim.extensions.args import integer
from sim.extensions.comparison import Bits, compares
from sim.extensions.drawing import TOS, DrawPlace
from sim.extensions.extension import Context, Field, MatchType, Option, RuleContext
from sim.extensions.listing import Listing
from sim.extensions.traits import Steady
from sim.model.rules import Args

CLASSES = {
    "CS0": 0x00, "CS1": 0x08, "CS2": 0x10, "CS3": 0x18, "CS4": 0x20, "CS5": 0x28, "CS6": 0x30,
    "CS7": 0x38, "BE": 0x00, "AF11": 0x0A, "AF12": 0x0C, "AF13": 0x0E, "AF21": 0x12,
    "AF22": 0x14, "AF23": 0x16, "AF31": 0x1A, "AF32": 0x1C, "AF33": 0x1E, "AF41": 0x22,
    "AF42": 0x24, "AF43": 0x26, "EF": 0x2E,
}  # fmt: skip


def code_point(text: str, rule: RuleContext) -> Exactly:
    """A number from 0 to 63."""
    value = integer(text, 0, 63)
    return Exactly(value, f"0x{value:02x}")


def class_point(text: str, rule: RuleContext) -> Exactly:
    """A DiffServ class; what follows the name is not looked at."""
    for name, value in CLASSES.items():
        if text.upper().startswith(name):
            return Exactly(value, f"0x{value:02x}")
    raise ValueError(f'"{text}" is no DiffServ class: BE, EF, CS0 to CS7, AF11 to AF43')


def _seen(ctx: Context) -> int:
    return ctx.packet.headers.tos >> 2


def _save(args: Args, family: int) -> str:
    arg = args.items[0]
    return f"{'! ' * arg.negated}--dscp {arg.value}"


_UPPER_SIX = compares("tos", wanted=lambda point: Bits(point.value << 2, 0xFC))
_FIELD = Field("DSCP", _seen, "0x{:02x}".format)


def _draw(place: DrawPlace) -> str:
    value = place.world.pick(TOS) >> 2
    kind = place.world.pick((f"--dscp {value:#x}", "--dscp-class EF", "--dscp-class CS1"))
    return f"{place.negation()}{kind}"


MATCH = MatchType(
    "dscp",
    options=(
        Option("--dscp", code_point, invert=True, excludes=("--dscp-class",), field=_FIELD,
               metavar="N", help="code point from 0 to 63", compares=_UPPER_SIX),
        Option("--dscp-class", class_point, invert=True, excludes=("--dscp",), field=_FIELD,
               metavar="CLASS", help="code point by its class: EF, AF11, CS1, ...",
               compares=_UPPER_SIX),
    ),
    save=_save,
    by_fields=True,
    at_least_one=True,
    help="the DiffServ code point",
    steady=Steady.UNTIL_CHANGED,
    listing=Listing(parts={"--dscp": "DSCP match {n}{}"}),
    draw=_draw,
    examples=("--dscp 0x2e",),
)  # fmt: skip
