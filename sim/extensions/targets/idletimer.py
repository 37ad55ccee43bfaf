"""-j IDLETIMER: start a timer anew that reports when no packet came (net/netfilter/xt_IDLETIMER.c).

Rules with the same label share one timer.
"""

from __future__ import annotations

from sim.extensions.args import number
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Answer, Context, Option, Refusal, RuleContext, TargetType
from sim.extensions.listing import Listing
from sim.model.rules import Args, Verdict

_SECOND = 1_000_000_000
LONGEST_TIMEOUT = (2**31 - 1) // 1000 - 1
# The label becomes a file beside these in sysfs.
_TAKEN = frozenset({"power", "subsystem", "uevent", ".", ".."})


def _label(text: str, rule: RuleContext) -> str:
    return text.encode()[:27].decode(errors="ignore")


def load(args: Args, rule: RuleContext) -> None:
    if not 0 < args.value("--timeout") <= LONGEST_TIMEOUT:
        raise Refusal(f"a timeout is 1 to {LONGEST_TIMEOUT} seconds", "--timeout")
    label = args.value("--label")
    if not label or "/" in label or label in _TAKEN:
        raise Refusal(f'"{label}" cannot be a label: it names a file in sysfs', "--label")


def save(args: Args, family: int) -> str:
    words = f"--timeout {args.value('--timeout')} --label {args.value('--label')}"
    return f"{words} --alarm" if "--alarm" in args else words


def apply(args: Args, ctx: Context) -> Answer:
    label, seconds = args.value("--label"), args.value("--timeout")
    timers = ctx.runtime.state.setdefault("IDLETIMER", {})
    was_idle = timers.get(label, 0) <= ctx.runtime.now and label in timers
    timers[label] = ctx.runtime.now + seconds * _SECOND
    text = f"timer {label} started anew, idle in {seconds} s"
    if was_idle:
        text += " (it had run out)"
    return Answer(Verdict.CONTINUE, ctx.packet, text)


def _draw(place: DrawPlace) -> str:
    return f"--timeout 600 --label cw{place.random.randrange(3)}"


TARGET = TargetType(
    "IDLETIMER",
    options=(
        Option(
            "--timeout",
            number(),
            required=True,
            metavar="SECONDS",
            help="report after this time without a packet",
        ),
        Option("--label", _label, required=True, metavar="NAME", help="name of the timer"),
        Option("--alarm", help="go on counting while the machine sleeps"),
    ),
    load=load,
    save=save,
    apply=apply,
    help="report when an interface has been idle for some time",
    reservation="goes on; nobody is told when the timer runs out",
    listing=Listing(parts={"--timeout": "timeout:{}", "--label": "label:{}", "--alarm": "alarm"}),
    draw=_draw,
    examples=("--timeout 5 --label x", "--timeout 5 --label woken --alarm"),
)
