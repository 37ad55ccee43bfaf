"""-m realm: the realm of the route the packet takes (net/netfilter/xt_realm.c).

Zero unless ``ip route`` gave the route one. Of a packet that came in the upper half is the realm
of the route back to its source (fib_combine_itag); what is delivered has only that.
"""

from __future__ import annotations

from sim.extensions.comparison import compares
from sim.extensions.drawing import DrawPlace, F, I, O, S
from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option
from sim.extensions.listing import Listing, ListingPart
from sim.extensions.matchers.parsing import named_mask
from sim.extensions.traits import Steady
from sim.model.rules import Args, Hook

REALMS = {"cosmos": 0}  # /etc/iproute2/rt_realms as Debian ships it


def _judge(args: Args, ctx: Context) -> Judgement:
    arg = args.get("--realm")
    assert arg is not None
    realm = ctx.realm
    held = (realm & arg.value.mask == arg.value.value) != arg.negated
    clause = Clause("realm", "--realm", str(arg.value), f"{realm:#x}", arg.negated, held)
    return Judgement((clause,))


def _listed(text: str) -> str:
    return f"{REALMS[text]:#x}" if text in REALMS else text


def _draw(place: DrawPlace) -> str | None:
    if not place.within(I, F, O, S):
        return None
    return f"{place.negation()}--realm {place.world.pick((0, 3, 5))}"


MATCH = MatchType(
    "realm",
    options=(
        Option("--realm", named_mask(REALMS), required=True, invert=True,
               metavar="REALM[/MASK]", help="realm of the route", compares=compares("realm")),
    ),
    families=frozenset({4}),
    hooks=frozenset({Hook.INPUT, Hook.FORWARD, Hook.OUTPUT, Hook.POSTROUTING}),
    judge=_judge,
    help="realm of the route",
    steady=Steady.ALWAYS,
    listing=Listing(parts={"--realm": ListingPart("{N}realm {}", _listed)}),
    draw=_draw,
    examples=("--realm 0x7",),
)  # fmt: skip
