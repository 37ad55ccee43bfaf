"""``-i`` where packets have no incoming device, ``-o`` where they have no outgoing one."""

from __future__ import annotations

from collections.abc import Iterator

from sim.model.rules import Hook
from sim.tools.advice.case import Case, Reached, Spot
from sim.tools.advice.edits import without
from sim.tools.advice.finding import Evidence
from sim.tools.advice.never import contradiction
from sim.tools.advice.trap import Trap

_NO_IN = frozenset({Hook.OUTPUT})
_NO_OUT = frozenset({Hook.PREROUTING, Hook.INPUT})


def _check(case: Case) -> Iterator[Evidence]:
    for reached, spot in case.live_spots():
        part = spot.rule.ip
        if part.in_iface is None and part.out_iface is None:
            continue
        if contradiction(spot, reached) in ("iif", "oif"):
            yield Evidence(_never(reached, spot), (spot.place,), without(case, spot))
        elif _always(reached, spot):
            yield Evidence(_always(reached, spot), (spot.place,))


def _hooks(reached: Reached) -> str:
    return " and ".join(hook.value for hook in Hook if hook in reached.hooks)


def _never(reached: Reached, spot: Spot) -> str:
    incoming = bool(reached.hooks <= _NO_IN)
    flag, word = ("-i", "incoming") if incoming else ("-o", "outgoing")
    return (
        f"{spot.begins} can never match: it is reached from {_hooks(reached)} only, "
        f"where no packet has an {word} device ({flag})."
    )


def _always(reached: Reached, spot: Spot) -> str:
    """An inverted device that nothing can fail, or one that only forwarded packets have."""
    part = spot.rule.ip
    for named, hooks, flag in ((part.in_iface, _NO_IN, "-i"), (part.out_iface, _NO_OUT, "-o")):
        if named is not None and named.negated and reached.hooks <= hooks:
            return (
                f"! {flag} {named.name} holds of every packet: the rule is reached from "
                f"{_hooks(reached)} only, where there is no such device."
            )
    if part.in_iface is not None and reached.hooks == {Hook.POSTROUTING}:
        return (
            f"-i {part.in_iface.name} in POSTROUTING: only forwarded packets have an incoming "
            "device there, and before Linux 5.7 none had."
        )
    return ""


TRAP = Trap(
    name="device-not-here",
    severity="warning",
    why="A packet has an incoming device from PREROUTING on and an outgoing one only after the "
    "routing decision; a user chain does not change that.",
    lesson="traversal",
    check=_check,
)
