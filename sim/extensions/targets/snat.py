"""-j SNAT: rewrite the source of this connection (net/netfilter/xt_nat.c, xt_snat)."""

from __future__ import annotations

from sim.base.frozen import replace
from sim.extensions.drawing import DrawPlace, I, S
from sim.extensions.extension import (
    Answer,
    Context,
    NatRange,
    Option,
    RuleContext,
    SetNat,
    TargetType,
)
from sim.extensions.listing import Listing
from sim.extensions.targets.nat_range import (
    LISTED_CHOICE,
    PERSISTENT,
    RANDOM,
    RANDOM_FULLY,
    describe,
    drawn_random,
    drawn_range,
    parse_range,
    save_range,
    with_flags,
)
from sim.extensions.traits import Changes
from sim.model.flow import Manip
from sim.model.rules import Args, Hook, Verdict


def _range(text: str, rule: RuleContext) -> NatRange:
    # SNAT's structure has no room for a base port; its flag stays and counts from 0.
    return replace(parse_range(text, rule), base_port=0)


def apply(args: Args, ctx: Context) -> Answer:
    wanted = with_flags(args.value("--to-source"), args)
    text = describe("source", wanted)
    return Answer(Verdict.ACCEPT, ctx.packet, text, (SetNat(Manip.SRC, wanted),))


def _draw(place: DrawPlace) -> str | None:
    return f"--to-source {drawn_range(place)} {drawn_random(place)}" if place.within(S, I) else None


TARGET = TargetType(
    "SNAT",
    options=(
        Option(
            "--to-source",
            _range,
            required=True,
            save=save_range,
            metavar="ADDRESS[-ADDRESS][:PORT[-PORT]]",
            help="the new source",
        ),
        RANDOM,
        RANDOM_FULLY,
        PERSISTENT,
    ),
    tables=frozenset({"nat"}),
    hooks=frozenset({Hook.POSTROUTING, Hook.INPUT}),
    apply=apply,
    needs_conntrack=True,
    help="rewrite the source address of the connection",
    ends=True,
    changes=Changes.NOTHING,
    listing=Listing(parts={"--to-source": "to:{}", **LISTED_CHOICE}),
    draw=_draw,
    examples=(
        "--to-source 1.2.3.4",
        "--to-source 1.2.3.4 --random",
        "--to-source 1.2.3.4 --random-fully",
        "--to-source 1.2.3.4 --random --random-fully --persistent",
    ),
)
