"""Rules that drop INVALID packets behind others that have accepted them."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.intervals import both
from sim.packet.kinds import CtState
from sim.tools.advice.boxes import device, states
from sim.tools.advice.case import Case, Reached, Spot
from sim.tools.advice.edits import moved_before
from sim.tools.advice.finding import Evidence
from sim.tools.advice.trap import Trap

_INVALID = states(CtState.INVALID)


def _check(case: Case) -> Iterator[Evidence]:
    for reached, spot in case.live_spots("DROP", "REJECT"):
        if spot.table != "filter" or spot.box.fields.get("state") != _INVALID:
            continue
        case.spend(spot.rule.number)
        before = _accepting(reached, spot)
        if before is not None:
            yield Evidence(
                f"{spot.begins} drops INVALID packets, but rule {before.rule.number} "
                "before it accepts some of them: it does not ask for the state.",
                (spot.place, before.place),
                moved_before(case, (spot,), before, f"Move it before rule {before.rule.number}"),
            )


def _accepting(reached: Reached, spot: Spot) -> Spot | None:
    """The first rule before it that accepts INVALID packets which it would have dropped."""
    for before in reached.spots[: spot.rule.number - 1]:
        if before.target == "ACCEPT" and before.box.exact and before.box.meets(spot.box):
            only_lo = before.box.fields.get("iif") == device("lo") or (
                before.box.fields.get("oif") == device("lo")
            )
            if both(before.box.get("state"), _INVALID) and not only_lo and _is_wide(before):
                return before
    return None


def _is_wide(spot: Spot) -> bool:
    """A rule for TCP: its INVALID packets are what such a rule is written against."""
    return bool(both(spot.box.get("protocol"), ((6, 6),)))


TRAP = Trap(
    name="invalid-late",
    severity="info",
    why="The first rule that matches decides: INVALID packets are dropped only by a rule in "
    "front of those that accept without asking for the state.",
    lesson="invalid-drops",
    check=_check,
)
