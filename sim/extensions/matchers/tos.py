"""-m tos: the whole TOS or traffic-class byte under a mask (net/netfilter/xt_dscp.c).

A number looks at all eight bits unless a mask is given, a name at the lower six.
"""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.base.values import Masked
from sim.extensions.args import integer
from sim.extensions.comparison import compares
from sim.extensions.drawing import TOS, DrawPlace
from sim.extensions.extension import Field, MatchType, Option, RuleContext
from sim.extensions.listing import Listing
from sim.extensions.traits import Steady

NAMES = {
    "minimize-delay": 0x10, "maximize-throughput": 0x08, "maximize-reliability": 0x04,
    "minimize-cost": 0x02, "normal-service": 0x00,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TosMask(Masked):
    def __str__(self) -> str:
        return f"0x{self.value:02x}/0x{self.mask:02x}"


def tos_mask(text: str, rule: RuleContext) -> TosMask:
    """``VALUE[/MASK]`` or a name (XTTYPE_TOSMASK)."""
    if text.lower() in NAMES:
        return TosMask(NAMES[text.lower()], 0x3F)
    value, slash, mask = text.partition("/")
    try:
        return TosMask(integer(value, 0, 255), integer(mask, 0, 255) if slash else 255)
    except ValueError:
        raise ValueError(
            f'"{text}" is not VALUE[/MASK] (0 to 255 each) or one of {", ".join(NAMES)}'
        ) from None


def _draw(place: DrawPlace) -> str:
    value = place.world.pick(TOS)
    return f"{place.negation()}--tos " + place.world.pick((
        f"{value:#x}", f"{value:#x}/{place.world.pick((0xFC, 0x1E, 0x3)):#x}", "Minimize-Delay",
    ))  # fmt: skip


MATCH = MatchType(
    "tos",
    options=(
        Option("--tos", tos_mask, required=True, invert=True, metavar="VALUE[/MASK]",
               field=Field("TOS", lambda ctx: ctx.packet.headers.tos, "0x{:02x}".format),
               help="TOS byte AND MASK equals VALUE", compares=compares("tos")),
    ),
    by_fields=True,
    help="the TOS or traffic-class byte",
    steady=Steady.UNTIL_CHANGED,
    listing=Listing(parts={"--tos": "tos match{n}{}"}),
    draw=_draw,
    examples=("--tos 0x10/0xff",),
)  # fmt: skip
