"""-j LED: blink a light (net/netfilter/xt_LED.c)."""

from __future__ import annotations

from sim.extensions.args import integer, text_up_to
from sim.extensions.extension import Answer, Context, Option, RuleContext, TargetType
from sim.extensions.traits import Changes
from sim.model.rules import Args, Verdict

INFINITE = -1


def _delay(text: str, rule: RuleContext) -> int:
    if text[:3].lower() == "inf":
        return INFINITE
    try:
        return integer(text)
    except ValueError:
        raise ValueError(f'"{text}" is not a time in ms, nor "inf"') from None


def save(args: Args, family: int) -> str:
    """The name is always quoted; a delay that a C int holds as negative is not printed."""
    name = args.value("--led-trigger-id").replace("\\", "\\\\").replace('"', '\\"')
    words = [f'--led-trigger-id "{name}"']
    if 0 < args.value("--led-delay", 0) < 2**31:
        words.append(f"--led-delay {args.value('--led-delay')}")
    if "--led-always-blink" in args:
        words.append("--led-always-blink")
    return " ".join(words)


def apply(args: Args, ctx: Context) -> Answer:
    text = f"the light netfilter-{args.value('--led-trigger-id')} goes on"
    return Answer(Verdict.CONTINUE, ctx.packet, text)


TARGET = TargetType(
    "LED",
    options=(
        Option(
            "--led-trigger-id",
            text_up_to(16),
            required=True,
            metavar="NAME",
            help="name of the light",
        ),
        Option("--led-delay", _delay, metavar="MS|inf", help="how long it stays on"),
        Option("--led-always-blink", help="blink also when it is on already"),
    ),
    save=save,
    apply=apply,
    help="blink a light",
    reservation="goes on; the kernel that we compare with has none and refuses it",
    not_built="has no LED triggers",
    changes=Changes.NOTHING,
    examples=("--led-trigger-id web",),
)
