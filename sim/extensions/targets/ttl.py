"""-j TTL and, for IPv6, -j HL: set, raise or lower the hop count (net/netfilter/xt_HL.c)."""

from __future__ import annotations

from sim.extensions.args import number
from sim.extensions.drawing import TTLS, DrawPlace
from sim.extensions.extension import Answer, Context, Option, Refusal, RuleContext, TargetType
from sim.extensions.listing import Listing
from sim.model.rules import Args, Verdict


def _target(name: str, prefix: str, family: int, word: str) -> TargetType:
    flags = tuple(f"--{prefix}-{action}" for action in ("set", "dec", "inc"))
    set_to, lower, higher = flags

    def option(flag: str, low: int, help: str) -> Option:
        others = tuple(other for other in flags if other != flag)
        return Option(flag, number(low, 255), excludes=others, metavar="VALUE", help=help)

    def check(args: Args, rule: RuleContext) -> None:
        if not len(args):
            raise Refusal(f"{name} needs one of {', '.join(flags)}")

    def apply(args: Args, ctx: Context) -> Answer:
        """Ends at 0 or 255; what 0 means for the packet is for the forwarding code to say."""
        old = ctx.packet.headers.ttl
        new = args.value(set_to, old) + args.value(higher, 0) - args.value(lower, 0)
        new = min(255, max(0, new))
        if new == old:
            return Answer(Verdict.CONTINUE, ctx.packet, f"{word} stays {old}")
        return Answer(Verdict.CONTINUE, ctx.packet.with_ttl(new), f"{word} becomes {new}")

    def draw(place: DrawPlace) -> str:
        kind = place.world.pick(("set", "inc", "dec"))
        value = place.world.pick((1, 2, 5) if kind != "set" else TTLS)
        return f"--{prefix}-{kind} {value}"

    return TargetType(
        name,
        options=(
            option(set_to, 0, f"the new {word}"),
            option(lower, 1, f"lower the {word}"),
            option(higher, 1, f"raise the {word}"),
        ),
        families=frozenset({family}),
        tables=frozenset({"mangle"}),
        check=check,
        apply=apply,
        help=f"change the {word}",
        listing=Listing(
            name, {set_to: "set to {}", lower: "decrement by {}", higher: "increment by {}"}
        ),
        draw=draw,
        examples=(f"{set_to} 10", f"{higher} 1", f"{lower} 1"),
    )


TTL = _target("TTL", "ttl", 4, "TTL")
HL = _target("HL", "hl", 6, "hop limit")
