"""-j TOS: change the TOS byte or IPv6 traffic class (net/netfilter/xt_DSCP.c, tos_tg).

Every form is stored as ``--set-tos VALUE/MASK``: new = (tos & ~MASK) ^ VALUE.
"""

from __future__ import annotations

from sim.base.values import Masked
from sim.extensions.args import integer, number
from sim.extensions.drawing import TOS, DrawPlace
from sim.extensions.extension import Answer, Context, Option, Refusal, RuleContext, TargetType
from sim.extensions.listing import Listing, ListingPart
from sim.model.rules import Args, Verdict

NAMES = {
    "Minimize-Delay": 0x10,
    "Maximize-Throughput": 0x08,
    "Maximize-Reliability": 0x04,
    "Minimize-Cost": 0x02,
    "Normal-Service": 0x00,
}
_BY_NAME = {name.lower(): value for name, value in NAMES.items()}
_FLAGS = ("--set-tos", "--and-tos", "--or-tos", "--xor-tos")


def tos_value(text: str, rule: RuleContext) -> Masked:
    """A number with an optional mask (0xff without), or a name, which leaves the ECN-side bits.

    A name stands for the mask 0x3f.
    """
    named = _BY_NAME.get(text.lower())
    if named is not None:
        return Masked(named, 0x3F, 8)
    value, found, mask = text.partition("/")
    try:
        return Masked(integer(value, 0, 255), integer(mask, 0, 255) if found else 0xFF, 8)
    except ValueError:
        names = ", ".join(NAMES)
        raise ValueError(f'"{text}" is not VALUE[/MASK] up to 255, nor one of {names}') from None


def _wanted(args: Args) -> tuple[int, int]:
    for arg in args:
        if arg.flag == "--set-tos":
            return arg.value.value, arg.value.mask
        if arg.flag == "--and-tos":
            return 0, ~arg.value & 0xFF
        if arg.flag == "--or-tos":
            return arg.value, arg.value
        return arg.value, 0
    return 0, 0


def check(args: Args, rule: RuleContext) -> None:
    if not len(args):
        raise Refusal("TOS needs one of " + ", ".join(_FLAGS))


def save(args: Args, family: int) -> str:
    value, mask = _wanted(args)
    return f"--set-tos {value:#04x}/{mask:#04x}"


def apply(args: Args, ctx: Context) -> Answer:
    value, mask = _wanted(args)
    old = ctx.packet.headers.tos
    new = (old & ~mask) ^ value
    if new == old:
        return Answer(Verdict.CONTINUE, ctx.packet, f"TOS stays {old:#04x}")
    return Answer(Verdict.CONTINUE, ctx.packet.with_tos(new), f"TOS becomes {new:#04x}")


def _option(flag: str, help: str) -> Option:
    others = tuple(other for other in _FLAGS if other != flag)
    if flag == "--set-tos":
        return Option(flag, tos_value, excludes=others, metavar="VALUE[/MASK]", help=help)
    return Option(flag, number(0, 255), excludes=others, metavar="BITS", help=help)


def _listed(text: str) -> str:
    return f"set {text}"


def _draw(place: DrawPlace) -> str:
    value = place.world.pick(TOS)
    return place.world.pick((
        f"--set-tos {value:#x}", f"--set-tos {value:#x}/0xfc", f"--and-tos {value:#x}",
        f"--or-tos {value:#x}", f"--xor-tos {value:#x}", "--set-tos Maximize-Throughput",
    ))  # fmt: skip


TARGET = TargetType(
    "TOS",
    options=(
        _option("--set-tos", "clear the bits of MASK, then xor with VALUE"),
        _option("--and-tos", "keep only these bits"),
        _option("--or-tos", "set these bits"),
        _option("--xor-tos", "flip these bits"),
    ),
    tables=frozenset({"mangle"}),
    check=check,
    save=save,
    apply=apply,
    help="change the TOS byte or traffic class",
    listing=Listing(parts={"--set-tos": ListingPart("TOS {}", _listed)}),
    draw=_draw,
    examples=("--set-tos 0x10/0xff",),
)
