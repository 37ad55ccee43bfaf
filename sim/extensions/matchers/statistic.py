"""-m statistic: by chance, or every n-th packet (net/netfilter/xt_statistic.c).

``nth`` counts the packets that reach the match: it holds for number ``--packet`` + 1 and then
for every n-th. ``random`` draws 31 bits from the scenario's seed; the kernel may draw others.
"""

from __future__ import annotations

import math
import re

from sim.extensions.args import number, one_of
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
)
from sim.extensions.listing import Listing, ListingPart
from sim.extensions.traits import Opaque
from sim.model.rules import Args

DRAWN_BITS = 31
_ONE = 1 << DRAWN_BITS
_DECIMAL = re.compile(r"[ \t]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")


def _probability(text: str, rule: RuleContext) -> int:
    """A number from 0 to 1, kept as 31-bit fraction; read as strtod reads it."""
    try:
        if _DECIMAL.match(text):
            value = float(text)
        elif text.strip(" \t").lower().lstrip("+-") == "nan":
            return 0
        else:
            value = float.fromhex(text) if "x" in text.lower() else math.inf
    except (ValueError, OverflowError):
        value = math.inf
    if not 0 <= value <= 1:
        raise ValueError(f'"{text}" is no number from 0 to 1')
    return math.floor(_ONE * value + 0.5)


def _check(args: Args, rule: RuleContext) -> None:
    mode = args.value("--mode", "random")
    if mode == "random" and "--probability" not in args:
        raise Refusal("mode random needs --probability", "--mode")
    if mode == "nth" and "--every" not in args:
        raise Refusal("mode nth needs --every and --packet", "--mode")
    if mode == "nth" and args.value("--packet", 0) >= args.value("--every"):
        raise Refusal("--packet must be below --every (it counts from 0)", "--packet")


def _judge(args: Args, ctx: Context) -> Judgement:
    if args.value("--mode") == "nth":
        return _judge_nth(args, ctx)
    wanted, negated = args.value("--probability"), args.negated("--probability")
    drawn = ctx.runtime.random.getrandbits(DRAWN_BITS)
    held = (drawn < wanted) != negated
    seen = f"drew {drawn / _ONE:.4f} at random"
    want = f"below {wanted / _ONE:.4g}"
    return Judgement((Clause("statistic", "--probability", want, seen, negated, held),))


def _judge_nth(args: Args, ctx: Context) -> Judgement:
    every, packet = args.value("--every"), args.value("--packet", 0)
    negated = args.negated("--every")
    key = ("statistic", ctx.key)
    count = ctx.runtime.state.get(key, every - 1 - packet)
    count = 0 if count == every - 1 else count + 1
    ctx.runtime.state[key] = count
    seen = f"packet {count} of 0 to {every - 1}"
    clause = Clause("statistic", "--every", str(every), seen, negated, (count == 0) != negated)
    return Judgement((clause,))


def _save(args: Args, family: int) -> str:
    mode = args.value("--mode")
    flag = "--every" if mode == "nth" else "--probability"
    mark = "! " if args.negated(flag) else ""
    if mode == "nth":
        return f"--mode nth {mark}--every {args.value(flag)} --packet {args.value('--packet', 0)}"
    return f"--mode random {mark}--probability {args.value(flag) / _ONE:.11f}"


def _draw(place: DrawPlace) -> str:
    if place.chance(0.2):
        return f"--mode random {place.negation()}--probability {place.world.pick((0, 1))}"
    every = place.random.randint(1, 4)
    return f"--mode nth {place.negation()}--every {every} --packet {place.random.randrange(every)}"


MATCH = MatchType(
    "statistic",
    options=(
        Option("--mode", one_of("random", "nth"), required=True, metavar="random|nth",
               help="by chance, or counting packets"),
        Option("--probability", _probability, invert=True, excludes=("--every", "--packet"),
               metavar="P", help="chance from 0 (never) to 1 (always)"),
        Option("--every", number(1), invert=True, excludes=("--probability",),
               also=("--packet",), metavar="N", help="one packet of N"),
        Option("--packet", number(0), excludes=("--probability",), also=("--every",),
               metavar="P", help="which of the first N packets, from 0"),
    ),
    check=_check,
    save=_save,
    judge=_judge,
    help="by chance, or every n-th packet",
    listing=Listing("statistic", {"--mode": "mode {}", "--probability": "{N}probability {}",
        "--every": "{N}every {}", "--packet": ListingPart("packet {}", skip="0")}),
    opaque=Opaque.MEMORY,
    draw=_draw,
    examples=("--mode random --probability 0.50000000000", "--mode nth --every 3 --packet 0"),
    since="2.6.18",
)  # fmt: skip
