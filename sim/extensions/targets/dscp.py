"""-j DSCP: change the upper six bits of TOS, keep the ECN bits (net/netfilter/xt_DSCP.c)."""

from __future__ import annotations

from sim.extensions.args import number
from sim.extensions.drawing import TOS, DrawPlace
from sim.extensions.extension import Answer, Context, Option, Refusal, RuleContext, TargetType
from sim.extensions.listing import Listing
from sim.model.rules import Args, Verdict

CLASSES = {
    "CS0": 0x00, "CS1": 0x08, "CS2": 0x10, "CS3": 0x18, "CS4": 0x20, "CS5": 0x28, "CS6": 0x30,
    "CS7": 0x38, "BE": 0x00, "AF11": 0x0A, "AF12": 0x0C, "AF13": 0x0E, "AF21": 0x12,
    "AF22": 0x14, "AF23": 0x16, "AF31": 0x1A, "AF32": 0x1C, "AF33": 0x1E, "AF41": 0x22,
    "AF42": 0x24, "AF43": 0x26, "EF": 0x2E,
}  # fmt: skip


def dscp_class(text: str, rule: RuleContext) -> int:
    """A class by name, whatever its case."""
    value = CLASSES.get(text.upper())
    if value is None:
        raise ValueError(f'"{text}" is not a DSCP class ({", ".join(CLASSES)})')
    return value


def _wanted(args: Args) -> int:
    value: int = args.value("--set-dscp", args.value("--set-dscp-class", 0))
    return value


def check(args: Args, rule: RuleContext) -> None:
    if not len(args):
        raise Refusal("DSCP needs --set-dscp or --set-dscp-class")


def save(args: Args, family: int) -> str:
    return f"--set-dscp {_wanted(args):#04x}"


def apply(args: Args, ctx: Context) -> Answer:
    wanted, tos = _wanted(args), ctx.packet.headers.tos
    if tos >> 2 == wanted:
        return Answer(Verdict.CONTINUE, ctx.packet, f"DSCP stays {wanted:#04x}")
    packet = ctx.packet.with_tos(wanted << 2 | tos & 3)
    return Answer(Verdict.CONTINUE, packet, f"DSCP becomes {wanted:#04x}")


def _draw(place: DrawPlace) -> str:
    return place.world.pick(
        (f"--set-dscp {place.world.pick(TOS) >> 2:#x}", "--set-dscp-class AF41")
    )


TARGET = TargetType(
    "DSCP",
    options=(
        Option(
            "--set-dscp",
            number(0, 63),
            excludes=("--set-dscp-class",),
            metavar="VALUE",
            help="the new value",
        ),
        Option(
            "--set-dscp-class",
            dscp_class,
            excludes=("--set-dscp",),
            metavar="CLASS",
            help="the new value by the name of its class",
        ),
    ),
    tables=frozenset({"mangle"}),
    check=check,
    save=save,
    apply=apply,
    help="change the DSCP value",
    listing=Listing(parts={"--set-dscp": "DSCP set {}"}),
    draw=_draw,
    examples=("--set-dscp 0x00",),
)
