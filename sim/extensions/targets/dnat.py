"""-j DNAT: rewrite the destination of this connection (net/netfilter/xt_nat.c, xt_dnat)."""

from __future__ import annotations

from sim.extensions.drawing import PORTED, DrawPlace, O, P
from sim.extensions.extension import Answer, Context, Option, SetNat, TargetType
from sim.extensions.listing import Listing
from sim.extensions.targets.nat_range import (
    LISTED_CHOICE,
    PERSISTENT,
    RANDOM,
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


def apply(args: Args, ctx: Context) -> Answer:
    wanted = with_flags(args.value("--to-destination"), args)
    text = describe("destination", wanted)
    return Answer(Verdict.ACCEPT, ctx.packet, text, (SetNat(Manip.DST, wanted),))


def _draw(place: DrawPlace) -> str | None:
    if not place.within(P, O):
        return None
    if place.protocol in PORTED and place.chance(0.15):
        return f"--to-destination :{place.world.pick((80, 8080))}"
    extra = drawn_random(place).replace("--random-fully", "--random")
    return f"--to-destination {drawn_range(place)} {extra}"


TARGET = TargetType(
    "DNAT",
    options=(
        Option(
            "--to-destination",
            parse_range,
            required=True,
            save=save_range,
            metavar="[ADDRESS[-ADDRESS]][:PORT[-PORT[/BASE]]]",
            help="the new destination",
        ),
        RANDOM,
        PERSISTENT,
    ),
    tables=frozenset({"nat"}),
    hooks=frozenset({Hook.PREROUTING, Hook.OUTPUT}),
    apply=apply,
    needs_conntrack=True,
    help="rewrite the destination address of the connection",
    ends=True,
    changes=Changes.NOTHING,
    listing=Listing(parts={"--to-destination": "to:{}", **LISTED_CHOICE}),
    draw=_draw,
    examples=(
        "--to-destination 1.2.3.4",
        "--to-destination 1.2.3.4:80-90/100 --random",
        "--to-destination 1.2.3.4-1.2.3.9:80-90 --random --persistent",
    ),
)
