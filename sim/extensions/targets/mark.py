"""-j MARK: change the packet's mark (net/netfilter/xt_mark.c, mark_tg).

Every form is stored as ``--set-xmark value/mask``: new = (mark & ~MASK) ^ VALUE.
"""

from __future__ import annotations

from sim.base.values import Masked
from sim.extensions.args import mark_mask, number
from sim.extensions.drawing import MARKS, DrawPlace
from sim.extensions.extension import (
    Answer,
    Context,
    Option,
    ParseValue,
    Refusal,
    RuleContext,
    TargetType,
)
from sim.extensions.listing import Listing, ListingPart, mark_change, mark_pair
from sim.model.rules import Args, Verdict

ALL_ONES = 0xFFFFFFFF
_FLAGS = ("--set-xmark", "--set-mark", "--and-mark", "--or-mark", "--xor-mark")


def _others(flag: str, *more: str) -> tuple[str, ...]:
    return tuple(other for other in (*_FLAGS, *more) if other != flag)


def mark_options(*more: str) -> tuple[Option, ...]:
    """The five ways to say it; ``more`` are options that exclude them too."""

    def option(flag: str, parse: ParseValue, metavar: str, help: str) -> Option:
        return Option(flag, parse, excludes=_others(flag, *more), metavar=metavar, help=help)

    masked, bits = "VALUE[/MASK]", "BITS"
    return (
        option("--set-xmark", mark_mask, masked, "clear the bits of MASK, then xor with VALUE"),
        option("--set-mark", mark_mask, masked, "clear the bits of MASK, then set those of VALUE"),
        option("--and-mark", number(), bits, "keep only these bits"),
        option("--or-mark", number(), bits, "set these bits"),
        option("--xor-mark", number(), bits, "flip these bits"),
    )


def as_xmark(flag: str, value: Masked | int) -> tuple[int, int] | None:
    """(value, mask) of the ``--set-xmark`` that an option stands for; ``None``: not one of them."""
    if isinstance(value, Masked):
        if flag == "--set-xmark":
            return value.value, value.mask
        if flag == "--set-mark":
            return value.value, value.value | value.mask
        return None
    if flag == "--and-mark":
        return 0, ~value & ALL_ONES
    if flag == "--or-mark":
        return value, value
    if flag == "--xor-mark":
        return value, 0
    return None


def wanted(args: Args) -> tuple[int, int]:
    """(value, mask) of the rule; the last option counts."""
    found = (0, 0)
    for arg in args:
        found = as_xmark(arg.flag, arg.value) or found
    return found


def check(args: Args, rule: RuleContext) -> None:
    if not len(args):
        raise Refusal(
            "MARK needs one of --set-xmark, --set-mark, --and-mark, --or-mark, --xor-mark"
        )


def save(args: Args, family: int) -> str:
    value, mask = wanted(args)
    return f"--set-xmark {value:#x}/{mask:#x}"


def apply(args: Args, ctx: Context) -> Answer:
    value, mask = wanted(args)
    mark = (ctx.packet.mark & ~mask) ^ value
    text = f"mark becomes {mark:#x}" if mark != ctx.packet.mark else f"mark stays {mark:#x}"
    return Answer(Verdict.CONTINUE, ctx.packet.with_mark(mark), text)


def _listed(text: str) -> str:
    return mark_change(*mark_pair(text))


def drawn_mark(place: DrawPlace) -> str:
    """The same words for CONNMARK."""
    option = place.world.pick(("--set-mark", "--set-xmark", "--set-mark"))
    if place.chance(0.2):
        option = place.world.pick(("--and-mark", "--or-mark", "--xor-mark"))
        return f"{option} {place.world.pick(MARKS):#x}"
    return f"{option} {place.mark()}"


TARGET = TargetType(
    "MARK",
    options=mark_options(),
    check=check,
    save=save,
    apply=apply,
    help="change the packet's mark, which routing and later rules can use",
    listing=Listing(parts={"--set-xmark": ListingPart("MARK {}", _listed)}),
    draw=drawn_mark,
    examples=("--set-xmark 0x1/0xffffffff",),
)
