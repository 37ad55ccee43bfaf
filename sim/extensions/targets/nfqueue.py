"""-j NFQUEUE: let a program decide about the packet (net/netfilter/xt_NFQUEUE.c).

No program listens on the simulated host. The packet is then dropped or, with --queue-bypass,
accepted for this hook: later rules of the chain are not run (nf_queue.c).
"""

from __future__ import annotations

from sim.base.values import Range
from sim.extensions.args import number, number_range
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Answer, Context, Option, Refusal, RuleContext, TargetType
from sim.extensions.listing import Listing
from sim.extensions.traits import Changes
from sim.model.rules import Args, Verdict

_parse_range = number_range(0, 65535)


def _balance(text: str, rule: RuleContext) -> Range:
    if ":" not in text:
        raise ValueError(f'"{text}" is not a range of queues, FIRST:LAST')
    queues: Range = _parse_range(text, rule)
    if queues.low >= queues.high:
        raise ValueError(f"the first queue ({queues.low}) must be below the last ({queues.high})")
    return queues


def load(args: Args, rule: RuleContext) -> None:
    queues = args.value("--queue-balance")
    if queues is not None and queues.high - queues.low == 65535:
        raise Refusal("at most 65535 queues can share the packets", "--queue-balance")


def save(args: Args, family: int) -> str:
    queues = args.value("--queue-balance")
    words = [f"--queue-num {args.value('--queue-num', 0)}"]
    if queues is not None:
        words = [f"--queue-balance {queues}"]
    words += [flag for flag in ("--queue-bypass", "--queue-cpu-fanout") if flag in args]
    return " ".join(words)


def apply(args: Args, ctx: Context) -> Answer:
    queues = args.value("--queue-balance")
    name = f"queue {args.value('--queue-num', 0)}" if queues is None else f"queues {queues}"
    if "--queue-bypass" in args:
        text = f"nobody listens on {name}: accepted here (--queue-bypass)"
        return Answer(Verdict.ACCEPT, ctx.packet, text, is_bypass=True)
    return Answer(Verdict.DROP, ctx.packet, f"nobody listens on {name}: dropped")


def _draw(place: DrawPlace) -> str:
    return f"--queue-num {place.random.randrange(1, 5)} " + place.words("--queue-bypass")


TARGET = TargetType(
    "NFQUEUE",
    options=(
        Option(
            "--queue-num",
            number(0, 65535),
            excludes=("--queue-balance",),
            metavar="NUMBER",
            help="the queue",
        ),
        Option(
            "--queue-balance",
            _balance,
            excludes=("--queue-num",),
            metavar="FIRST:LAST",
            help="share connections among these queues",
        ),
        Option("--queue-bypass", help="accept if nobody listens"),
        Option(
            "--queue-cpu-fanout", also=("--queue-balance",), help="choose the queue by processor"
        ),
    ),
    load=load,
    save=save,
    apply=apply,
    help="let a program decide about the packet",
    reservation="no program listens: dropped, or accepted with --queue-bypass",
    ends=True,
    changes=Changes.NOTHING,
    listing=Listing(
        "NFQUEUE",
        {
            "--queue-num": "num {}",
            "--queue-balance": "balance {}",
            "--queue-bypass": "bypass",
            "--queue-cpu-fanout": "cpu-fanout",
        },
    ),
    draw=_draw,
    examples=(
        "--queue-num 0",
        "--queue-balance 0:5",
        "--queue-num 0 --queue-bypass",
        "--queue-balance 0:3 --queue-cpu-fanout",
    ),
)
