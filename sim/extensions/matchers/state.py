"""-m state: the older spelling of ``-m conntrack --ctstate``, without SNAT and DNAT."""

from __future__ import annotations

from sim.extensions.comparison import compares
from sim.extensions.drawing import DrawPlace
from sim.extensions.extension import Context, Judgement, MatchType, Option
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import told
from sim.extensions.matchers.ct_states import seen_states, states, wanted_states
from sim.extensions.traits import Steady
from sim.model.rules import Args


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.items[0]
    seen = seen_states(ctx)
    held = any(state in arg.value for state in seen)
    return Judgement((told("state", arg, str(arg.value), seen[0], held),))


def _draw(place: DrawPlace) -> str:
    states = place.words("INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED", least=1)
    return f"{place.negation()}--state {states.replace(' ', ',')}"


MATCH = MatchType(
    "state",
    options=(
        Option("--state", states(nat=False), required=True, invert=True, metavar="STATE,...",
               help="how conntrack sees the packet: " + "NEW, ESTABLISHED, RELATED, ...",
               compares=compares("ctstate", wanted=wanted_states)),
    ),
    judge=_judge,
    needs_conntrack=True,
    help="connection tracking state (use conntrack instead)",
    steady=Steady.UNTIL_CHANGED,
    listing=Listing(parts={"--state": "{N}state {}"}),
    draw=_draw,
    examples=("--state NEW",),
)  # fmt: skip
