"""-j CONNMARK: set the connection's mark, or copy it to or from the packet's.

net/netfilter/xt_connmark.c, connmark_tg_shift.
"""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.extensions.args import number
from sim.extensions.ct_template import entry
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Answer,
    Context,
    Option,
    Refusal,
    RuleContext,
    SetFlow,
    TargetType,
)
from sim.extensions.listing import mark_change, mark_pair, saved_options
from sim.extensions.targets.mark import ALL_ONES, as_xmark, drawn_mark, mark_options
from sim.model.rules import Args, Verdict

_MODES = ("--save-mark", "--restore-mark")
_SETS = ("--set-xmark", "--set-mark", "--and-mark", "--or-mark", "--xor-mark")


@dataclass(frozen=True, slots=True)
class Operation:
    """What the options add up to. ``mode``: set, save, restore; ``shift`` > 0 is to the left."""

    mode: str
    value: int = 0
    ctmask: int = ALL_ONES
    nfmask: int = ALL_ONES
    shift: int = 0

    def shifted(self, value: int) -> int:
        return (value << self.shift if self.shift >= 0 else value >> -self.shift) & ALL_ONES


def operation(args: Args) -> Operation | None:
    """The options in the order typed, each overwriting what earlier ones left."""
    mode, value, ctmask, nfmask, shift = "", 0, ALL_ONES, ALL_ONES, 0
    for arg in args:
        pair = as_xmark(arg.flag, arg.value)
        if pair is not None:
            mode, (value, ctmask) = "set", pair
        elif arg.flag in _MODES:
            mode = "save" if arg.flag == "--save-mark" else "restore"
        elif arg.flag == "--mask":
            ctmask = nfmask = arg.value
        elif arg.flag == "--ctmask":
            ctmask = arg.value
        elif arg.flag == "--nfmask":
            nfmask = arg.value
        elif arg.flag == "--left-shift-mark":
            shift = arg.value
        elif arg.flag == "--right-shift-mark":
            shift = -arg.value
    return Operation(mode, value, ctmask, nfmask, shift) if mode else None


def check(args: Args, rule: RuleContext) -> None:
    if operation(args) is None:
        raise Refusal(
            "CONNMARK needs an operation: --set-mark, --save-mark, --restore-mark or the like"
        )


def load(args: Args, rule: RuleContext) -> None:
    found = operation(args)
    if found is not None and abs(found.shift) >= 32:
        flag = "--left-shift-mark" if found.shift > 0 else "--right-shift-mark"
        raise Refusal("a mark of 32 bits can be shifted by 31 at most", flag)


def save(args: Args, family: int) -> str:
    found = operation(args)
    assert found is not None
    if found.mode == "set":
        words = f"--set-xmark {found.value:#x}/{found.ctmask:#x}"
    else:
        words = f"--{found.mode}-mark --nfmask {found.nfmask:#x} --ctmask {found.ctmask:#x}"
    if found.shift:
        words += f" --{'left' if found.shift > 0 else 'right'}-shift-mark {abs(found.shift)}"
    return words


def apply(args: Args, ctx: Context) -> Answer:
    found, packet, flow = operation(args), ctx.packet, entry(ctx)
    assert found is not None
    if flow is None:
        return Answer(Verdict.CONTINUE, packet, "nothing: the packet has no connection")
    if found.mode == "restore":
        mark = (packet.mark & ~found.nfmask) ^ found.shifted(flow.mark & found.ctmask)
        text = f"mark becomes {mark & ALL_ONES:#x} (the connection's is {flow.mark:#x})"
        return Answer(Verdict.CONTINUE, packet.with_mark(mark), text)
    if found.mode == "set":
        mark = found.shifted((flow.mark & ~found.ctmask) ^ found.value)
    else:
        mark = (flow.mark & ~found.ctmask) ^ found.shifted(packet.mark & found.nfmask)
    mark &= ALL_ONES
    if mark == flow.mark:
        return Answer(Verdict.CONTINUE, packet, f"connection mark stays {mark:#x}")
    text = f"connection mark becomes {mark:#x}"
    return Answer(Verdict.CONTINUE, packet, text, (SetFlow((("mark", mark),)),))


def _listing(text: str) -> str:
    shifts = [f"{option.flag[2:]} {option.value}" for option in saved_options(text)
              if "shift" in option.flag]  # fmt: skip
    return " ".join((_listed(text), *shifts))


def _listed(text: str) -> str:
    given = {option.flag: option.value for option in saved_options(text)}
    if "--set-xmark" in given:
        return f"CONNMARK {mark_change(*mark_pair(given['--set-xmark']))}"
    ct, nf = (int(given.get(flag, "0xffffffff"), 16) for flag in ("--ctmask", "--nfmask"))
    mode = "save" if "--save-mark" in given else "restore"
    if ct == nf:
        return f"CONNMARK {mode}" + (f" mask {ct:#x}" if ct != ALL_ONES else "")
    first, second = (f"nfmask {nf:#x}", f"ctmask ~{ct:#x}")
    if mode == "restore":
        first, second = f"ctmask {ct:#x}", f"nfmask ~{nf:#x}"
    return f"CONNMARK {mode} {first} {second}"


def _draw(place: DrawPlace) -> str:
    if place.chance(0.5):
        return drawn_mark(place)
    masks = place.words("--nfmask 0xff --ctmask 0xff", "")
    return f"{place.world.pick(('--save-mark', '--restore-mark'))} {masks}"


TARGET = TargetType(
    "CONNMARK",
    options=(
        *mark_options(*_MODES),
        Option(
            "--save-mark",
            excludes=("--restore-mark", *_SETS),
            help="copy the packet's mark to the connection",
        ),
        Option(
            "--restore-mark",
            excludes=("--save-mark", *_SETS),
            help="copy the connection's mark to the packet",
        ),
        Option("--left-shift-mark", number(0, 32), metavar="BITS", help="shift the mark left"),
        Option("--right-shift-mark", number(0, 32), metavar="BITS", help="shift the mark right"),
        Option("--ctmask", number(), excludes=("--mask",), metavar="BITS"),
        Option("--nfmask", number(), excludes=("--mask",), metavar="BITS"),
        Option("--mask", number(), excludes=("--ctmask", "--nfmask"), metavar="BITS"),
    ),
    check=check,
    load=load,
    save=save,
    apply=apply,
    needs_conntrack=True,
    help="set, save or restore the connection's mark",
    listing=_listing,
    draw=_draw,
    examples=(
        "--set-xmark 0x1/0xffffffff",
        "--save-mark --nfmask 0xffffffff --ctmask 0xffffffff",
        "--restore-mark --nfmask 0xffffffff --ctmask 0xffffffff",
        "--set-xmark 0x1/0xffffffff --left-shift-mark 2",
    ),
)
