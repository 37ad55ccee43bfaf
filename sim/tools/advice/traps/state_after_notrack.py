"""Rules that ask for a connection's state, or rewrite it, where NOTRACK made it unknown."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.errors import Span
from sim.base.intervals import both
from sim.model.rules import Hook, Target
from sim.packet.kinds import CtState
from sim.tools.advice.boxes import Box, states
from sim.tools.advice.case import Case, Reached, Spot
from sim.tools.advice.edits import without
from sim.tools.advice.finding import Edit, Evidence, Fix
from sim.tools.advice.trap import Trap

_AFTER = {
    Hook.PREROUTING: frozenset({Hook.PREROUTING, Hook.INPUT, Hook.FORWARD}),
    Hook.OUTPUT: frozenset({Hook.OUTPUT}),
}


def _check(case: Case) -> Iterator[Evidence]:
    for family in (4, 6):
        for hook in _AFTER:
            raw = case.chain(family, "raw", hook)
            for untracking, box in _untracked(case, raw) if raw is not None else ():
                yield from _blind(case, family, hook, untracking, box)


def _untracked(case: Case, raw: Reached) -> Iterator[tuple[Spot, Box]]:
    """Rules after which every packet of their exact box is untracked."""
    for at, spot in enumerate(raw.spots[: raw.live]):
        target = spot.rule.target
        untracks = spot.target == "NOTRACK" or (
            isinstance(target, Target) and target.name == "CT" and "--notrack" in target.args
        )
        if not untracks or not spot.box.exact or spot.box.literals:
            continue
        before = raw.spots[:at]
        case.spend(at)
        if any(s.box.meets(spot.box) and (s.target not in ("LOG", "")) for s in before):
            continue  # something earlier may let it go, or track it otherwise
        yield spot, spot.box


def _blind(case: Case, family: int, hook: Hook, untracking: Spot, box: Box) -> Iterator[Evidence]:
    for reached, spot in case.live_spots():
        if spot.family != family or spot.table == "raw" or not reached.hooks:
            continue
        if not reached.hooks <= _AFTER[hook]:
            continue
        if spot.table == "nat":
            if spot.target in ("DNAT", "REDIRECT", "NETMAP") and box.covers(_plain(spot.box)):
                yield Evidence(
                    f"{spot.begins} ({spot.target}) never sees a packet: "
                    f"{untracking} takes them all from connection tracking, and what is not "
                    "tracked is not translated.",
                    (spot.place, untracking.place),
                    without(case, untracking, label="Take the NOTRACK rule out"),
                )
            continue
        asked = spot.box.fields.get("state")
        if (
            asked is None
            or both(asked, states(CtState.UNTRACKED))
            or not box.covers(_plain(spot.box))
        ):
            continue
        yield Evidence(
            f"{spot.begins} asks for a state that its packets never have: "
            f"{untracking} makes them all UNTRACKED.",
            (spot.place, untracking.place),
            _fix(spot),
        )


def _plain(box: Box) -> Box:
    """The box without its state: a packet of it, before it is known to be untracked."""
    return Box(
        box.family, {n: v for n, v in box.fields.items() if n != "state"}, box.literals, box.exact
    )


def _fix(spot: Spot) -> Fix | None:
    """UNTRACKED among the states, where the list is."""
    for match in spot.rule.matches:
        arg = match.args.get("--ctstate") or match.args.get("--state")
        if arg is not None and arg.span is not None and not arg.negated:
            span = arg.span
            end = Span(span.end_line, span.end_column, span.end_line, span.end_column)
            return Fix("Accept UNTRACKED too", (Edit("rules", end, ",UNTRACKED"),))
    return None


TRAP = Trap(
    name="state-after-notrack",
    severity="warning",
    why="NOTRACK in raw keeps a packet out of connection tracking: it is UNTRACKED from then "
    "on, never NEW or ESTABLISHED, and never translated.",
    lesson="notrack-and-nat",
    check=_check,
)
