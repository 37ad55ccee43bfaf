"""-m cpu: the CPU that handles the packet (net/netfilter/xt_cpu.c).

Which one that is cannot be told from a scenario.
"""

from __future__ import annotations

from sim.extensions.args import number
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option
from sim.extensions.listing import Listing
from sim.extensions.traits import Opaque
from sim.model.rules import Args


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--cpu")
    assert arg is not None
    need = "which CPU handles the packet"
    return Judgement((Clause("cpu", "--cpu", f"CPU {arg.value}", "", arg.negated, None, need),))


def _draw(place: DrawPlace) -> str:
    return f"{place.negation()}--cpu {place.world.pick((0, 1))}"


MATCH = MatchType(
    "cpu",
    options=(
        Option("--cpu", number(), required=True, invert=True, metavar="NUMBER",
               help="number of the CPU, from 0"),
    ),
    judge=_judge,
    help="CPU that handles the packet",
    is_undetermined=True,
    reservation="undetermined: which processor handles a packet cannot be foretold",
    listing=Listing(parts={"--cpu": "cpu {N}{}"}),
    opaque=Opaque.HOST,
    draw=_draw,
    examples=("--cpu 0",),
)  # fmt: skip
