"""-m connbytes: how much a connection has carried so far (net/netfilter/xt_connbytes.c).

This packet is counted already. Loading the match switches nf_conntrack_acct on; a packet without
conntrack entry, or whose entry has no counters, never matches, inverted or not.
"""

from __future__ import annotations

from sim.base.values import Range
from sim.extensions.args import one_of
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option, RuleContext
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import fails
from sim.extensions.matchers.parsing import UINT64, range_of
from sim.extensions.traits import Opaque
from sim.model.rules import Args

_range = range_of(UINT64)


def _from_to(text: str, rule: RuleContext) -> Range:
    value = _range(text, rule)
    if ":" not in text:
        value = Range(value.low, UINT64)
    if value.high < value.low:
        raise ValueError(f"the range {text} is backwards")
    return value


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--connbytes")
    assert arg is not None
    direction, mode = args.value("--connbytes-dir"), args.value("--connbytes-mode")
    flow = ctx.flow
    negated = _negated(args)
    want = f"{_saved(arg.value)} {mode}, {direction}"
    if flow is None:
        return fails("connbytes", want, "no connection")
    if flow.packets == (0, 0):
        return fails("connbytes", want, "a connection without counters")
    packets, size = _pick(flow.packets, direction), _pick(flow.bytes, direction)
    if mode == "packets":
        seen = packets
    elif mode == "bytes":
        seen = size
    else:
        seen = size // packets if packets else 0
    held = (seen in arg.value) != negated
    return Judgement((Clause("connbytes", "--connbytes", want, f"{seen}", negated, held),))


def _pick(pair: tuple[int, int], direction: str) -> int:
    return {"original": pair[0], "reply": pair[1], "both": sum(pair)}[direction]


def _negated(args: Args) -> bool:
    """The tool swaps the two ends to negate, so that a range of one number cannot be."""
    arg = args.get("--connbytes")
    assert arg is not None
    return arg.negated and arg.value.low != arg.value.high


def _saved(value: Range) -> str:
    return f"{value.low}" + (f":{value.high}" if 0 < value.high < UINT64 else "")


def _save(args: Args, family: int) -> str:
    value = _saved(args.value("--connbytes"))
    return (
        f"{'! ' * _negated(args)}--connbytes {value}"
        f" --connbytes-mode {args.value('--connbytes-mode')}"
        f" --connbytes-dir {args.value('--connbytes-dir')}"
    )


def _draw(place: DrawPlace) -> str:
    low = place.world.pick((0, 1, 2, 60))
    amount = place.world.pick((f"{low}:", f"{low}:{low + place.random.randrange(200)}", str(low)))
    direction = place.world.pick(("original", "reply", "both"))
    mode = place.world.pick(("packets", "bytes", "avgpkt"))
    return (
        f"{place.negation()}--connbytes {amount} --connbytes-dir {direction} "
        f"--connbytes-mode {mode}"
    )


MATCH = MatchType(
    "connbytes",
    options=(
        Option("--connbytes", _from_to, required=True, invert=True, metavar="FROM[:TO]",
               help="at least FROM, at most TO"),
        Option("--connbytes-dir", one_of("original", "reply", "both"), required=True,
               metavar="original|reply|both", help="which direction is counted"),
        Option("--connbytes-mode", one_of("packets", "bytes", "avgpkt"), required=True,
               metavar="packets|bytes|avgpkt", help="what is counted"),
    ),
    save=_save,
    judge=_judge,
    needs_conntrack=True,
    help="packets or bytes of the connection so far",
    needs_accounting=True,
    listing=Listing(parts={"--connbytes": "{N}connbytes {}",
        "--connbytes-mode": "connbytes mode {}", "--connbytes-dir": "connbytes direction {}"}),
    opaque=Opaque.MEMORY,
    draw=_draw,
    examples=("--connbytes 10:20 --connbytes-mode packets --connbytes-dir both",),
)  # fmt: skip
