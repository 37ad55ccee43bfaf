"""-m physdev: the bridge ports a packet crosses (net/netfilter/xt_physdev.c).

``physin`` and ``physout`` are what br_netfilter remembers of the packet, in POSTROUTING too
(where TRACE does not show the former). A packet that no bridge port knows of holds inverted
options only; one that came in by a port fails ``! --physdev-out`` as long as it has no port to
leave by.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import dataclass
from sim.extensions.drawing import DrawPlace, F, S
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
from sim.extensions.listing import Listing
from sim.extensions.matchers.clauses import told
from sim.extensions.traits import Opaque, Steady
from sim.model.rules import Arg, Args, Hook

_NAME_LIMIT = 15
_ORDER = (
    "--physdev-is-bridged", "--physdev-is-in", "--physdev-is-out", "--physdev-in",
    "--physdev-out",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Port:
    """A device name, or with a trailing ``+`` the beginning of one; empty: any."""

    text: str

    def __contains__(self, name: str) -> bool:
        if not self.text:
            return True
        return name.startswith(self.text[:-1]) if self.text[-1] == "+" else name == self.text

    def __str__(self) -> str:
        return self.text


def _port(text: str, rule: RuleContext) -> Port:
    if len(text.encode()) > _NAME_LIMIT:
        raise ValueError(f"a device name has at most {_NAME_LIMIT} characters")
    return Port(text)


def _load(args: Args, rule: RuleContext) -> None:
    bridged = "--physdev-is-bridged" in args and not args.negated("--physdev-is-bridged")
    for flag in ("--physdev-out", "--physdev-is-out"):
        if flag in args and not bridged and Hook.OUTPUT in rule.hooks:
            raise Refusal(
                f"{flag} knows bridged packets only, and none pass OUTPUT",
                flag,
                "add --physdev-is-bridged, or put the rule into FORWARD or POSTROUTING",
            )


def _word(port: str) -> str:
    return port or "no bridge port"


def _clause(arg: Arg, physin: str, physout: str) -> Clause | None:
    """``None``: this option is not looked at for such a packet."""
    want = "" if arg.value is True else str(arg.value)
    if arg.flag == "--physdev-is-bridged":
        seen = f"{_word(physin)} to {_word(physout)}"
        return told("physdev", arg, want, seen, bool(physout))
    port = physin if arg.flag.endswith("in") else physout
    if arg.value is True:
        return told("physdev", arg, want, _word(port), bool(port))
    if not port:
        if arg.flag == "--physdev-in" and physout:
            return None
        held = arg.negated and not physin and not physout
        return Clause("physdev", arg.flag, want, _word(port), arg.negated, held)
    return told("physdev", arg, want, port, port in arg.value)


def _clauses(args: Args, ctx: Context) -> Iterator[Clause]:
    for flag in _ORDER:
        arg = args.get(flag)
        if arg is not None:
            clause = _clause(arg, ctx.physin, ctx.physout)
            if clause is not None:
                yield clause


def _judge(args: Args, ctx: Context) -> Judgement:
    return in_order(_clauses(args, ctx))


def _draw(place: DrawPlace) -> str | None:
    kinds = [f"{place.negation()}--physdev-in {place.device()}", "! --physdev-is-in"]
    kinds.append(f"{place.negation()}--physdev-is-bridged")
    if place.world.bridges and place.within(F, S):
        kinds += [
            f"{place.negation()}--physdev-out {place.device()} --physdev-is-bridged",
            f"{place.negation()}--physdev-out {place.device()}",
            f"{place.negation()}--physdev-is-out",
            f"--physdev-in {place.device()} ! --physdev-out {place.device()} --physdev-is-bridged",
        ]
    return place.world.pick(kinds)


MATCH = MatchType(
    "physdev",
    options=(
        Option("--physdev-is-in", invert=True, help="came in by a bridge port"),
        Option("--physdev-in", _port, invert=True, metavar="PORT[+]",
               help="came in by this bridge port"),
        Option("--physdev-is-out", invert=True, help="will leave by a bridge port"),
        Option("--physdev-out", _port, invert=True, metavar="PORT[+]",
               help="will leave by this bridge port"),
        Option("--physdev-is-bridged", invert=True,
               help="is bridged from port to port, not routed"),
    ),
    load=_load,
    judge=_judge,
    at_least_one=True,
    help="the bridge ports a packet crosses",
    steady=Steady.ALWAYS,
    listing=Listing("PHYSDEV match", {flag: f"{{N}}{flag} {{}}" for flag in ("--physdev-is-in",
        "--physdev-in", "--physdev-is-out", "--physdev-out", "--physdev-is-bridged")}),
    opaque=Opaque.TOGETHER,
    draw=_draw,
    examples=("--physdev-in eth0", "--physdev-out eth0", "--physdev-is-out", "--physdev-is-in"),
)  # fmt: skip
