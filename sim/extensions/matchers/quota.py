"""-m quota: as long as a number of bytes lasts (net/netfilter/xt_quota.c).

A packet that is larger than what is left ends it: nothing matches any more, however small.
"""

from __future__ import annotations

from sim.extensions.args import number
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option
from sim.extensions.listing import Listing
from sim.extensions.matchers.parsing import UINT64
from sim.extensions.traits import Opaque
from sim.model.rules import Args


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--quota")
    assert arg is not None
    left: int = ctx.runtime.state.get(ctx.key, arg.value)
    size = len(ctx.packet.data)
    enough = left >= size
    ctx.runtime.state[ctx.key] = left - size if enough else 0
    seen = f"{size} bytes, {left} left"
    want = f"within {arg.value} bytes"
    return Judgement((Clause("quota", "--quota", want, seen, arg.negated, enough != arg.negated),))


def _draw(place: DrawPlace) -> str:
    return f"{place.negation()}--quota {place.world.pick((0, 60, 100, 200, 1000))}"


MATCH = MatchType(
    "quota",
    options=(
        Option("--quota", number(0, UINT64), required=True, invert=True, metavar="BYTES",
               help="true until this many bytes have passed"),
    ),
    judge=_judge,
    help="until a number of bytes is used up",
    listing=Listing(parts={"--quota": "quota: {} bytes"}),
    opaque=Opaque.MEMORY,
    draw=_draw,
    examples=("--quota 1000000",),
)  # fmt: skip
