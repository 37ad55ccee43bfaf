"""-m devgroup: the group number of a network device (net/netfilter/xt_devgroup.c)."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.values import Masked
from sim.extensions.comparison import Bits, compares
from sim.extensions.drawing import DrawPlace, F, I, O, P, S
from sim.extensions.extension import (
    Clause,
    Context,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
    in_order,
)
from sim.extensions.listing import Listing, ListingPart
from sim.extensions.matchers.clauses import each
from sim.extensions.matchers.parsing import named_mask
from sim.extensions.traits import Steady
from sim.model.rules import Args, Hook

GROUPS = {"default": 0}  # /etc/iproute2/group as Debian ships it
WHERE = {
    "--src-group": frozenset({Hook.PREROUTING, Hook.INPUT, Hook.FORWARD}),
    "--dst-group": frozenset({Hook.FORWARD, Hook.OUTPUT, Hook.POSTROUTING}),
}


def _clauses(args: Args, ctx: Context) -> Iterator[Clause]:
    for arg in each(args, "--src-group", "--dst-group"):
        name = ctx.in_iface if arg.flag == "--src-group" else ctx.out_iface
        device = ctx.host.interface(name)
        group = device.group if device else 0
        # Only the group is compared under the mask, and with all bits of it.
        same = not (arg.value.value ^ group) & arg.value.mask
        seen = f"{name} in group {group}"
        held = same != arg.negated
        yield Clause("devgroup", arg.flag, f"group {arg.value}", seen, arg.negated, held)


def _judge(args: Args, ctx: Context) -> Judgement:
    return in_order(_clauses(args, ctx))


def _wanted(value: Masked) -> Bits:
    """Both sides are masked here."""
    return Bits(value.value & value.mask, value.mask)


def _check(args: Args, rule: RuleContext) -> None:
    if not len(args):
        raise Refusal("devgroup needs --src-group or --dst-group")


def _load(args: Args, rule: RuleContext) -> None:
    for flag, hooks in WHERE.items():
        if flag in args and rule.hooks - hooks:
            names = ", ".join(sorted(rule.hooks - hooks))
            raise Refusal(f"{flag} is not known in {names}", flag)


def _listed(text: str) -> str:
    return f"{GROUPS[text]:#x}" if text in GROUPS else text


def _draw(place: DrawPlace) -> str | None:
    group = place.world.pick((0, 1, 7))
    if place.within(P, I, F):
        return f"{place.negation()}--src-group {group:#x}"
    if place.within(F, O, S):
        return f"{place.negation()}--dst-group {group:#x}"
    return None


MATCH = MatchType(
    "devgroup",
    options=(
        Option("--src-group", named_mask(GROUPS), invert=True, metavar="GROUP[/MASK]",
               help="group of the device it came in on",
               compares=compares("in_group", wanted=_wanted)),
        Option("--dst-group", named_mask(GROUPS), invert=True, metavar="GROUP[/MASK]",
               help="group of the device it leaves on",
               compares=compares("out_group", wanted=_wanted)),
    ),
    check=_check,
    load=_load,
    judge=_judge,
    help="group number of a network device",
    steady=Steady.ALWAYS,
    listing=Listing(parts={
        "--src-group": ListingPart("{N}src-group {}", _listed),
        "--dst-group": ListingPart("{N}dst-group {}", _listed),
    }),
    draw=_draw,
    examples=("--src-group 0x5", "--dst-group 0x7"),
)  # fmt: skip
