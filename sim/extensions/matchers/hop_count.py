"""TTL and hop limit, which -m ttl and -m hl compare alike (net/netfilter/xt_hl.c)."""

from __future__ import annotations

from sim.extensions.args import number
from sim.extensions.comparison import compares, within
from sim.extensions.drawing import TTLS, DrawPlace
from sim.extensions.extension import Context, Judgement, MatchType, Option
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import told
from sim.extensions.traits import Steady
from sim.model.rules import Args


def hop_match(name: str, family: int, word: str) -> MatchType:
    """The match for one family: ``--NAME-eq``, ``--NAME-lt``, ``--NAME-gt``, one of them."""
    equal, less, greater = (f"--{name}-{how}" for how in ("eq", "lt", "gt"))

    def judge(args: Args, ctx: Context) -> Judgement:
        arg = args.items[0]
        seen = ctx.packet.headers.ttl
        held = {equal: seen == arg.value, less: seen < arg.value, greater: seen > arg.value}
        sign = {equal: "", less: "below ", greater: "above "}[arg.flag]
        return Judgement((told(name, arg, f"{sign}{arg.value}", str(seen), held[arg.flag]),))

    def draw(place: DrawPlace) -> str:
        value = place.world.pick((*TTLS, 63, 63, 127, 1))
        return place.world.pick(
            (f"{place.negation()}{equal} {value}", f"{greater} {value}", f"{less} {value}")
        )

    return MatchType(
        name,
        options=(
            Option(equal, number(0, 255), aliases=(f"--{name}",), invert=True,
                   excludes=(less, greater), metavar="N", help=f"the {word} is N",
                   compares=compares("ttl")),
            Option(less, number(0, 255), excludes=(equal, greater), metavar="N",
                   help=f"the {word} is below N",
                   compares=compares("ttl", wanted=lambda value: within((0, value - 1)))),
            Option(greater, number(0, 255), excludes=(equal, less), metavar="N",
                   help=f"the {word} is above N",
                   compares=compares("ttl", wanted=lambda value: within((value + 1, 255)))),
        ),
        families=frozenset({family}),
        judge=judge,
        at_least_one=True,
        help=f"the {word} at this hook (forwarded packets: already one less)",
    steady=Steady.UNTIL_CHANGED,
    listing=Listing(f"{name.upper()} match {name.upper()}",
                        {equal: "{eq} {}", less: "< {}", greater: "> {}"}),
    draw=draw,
    examples=(f"{equal} 64", f"! {equal} 1", f"{less} 5", f"{greater} 5"),
    )  # fmt: skip
