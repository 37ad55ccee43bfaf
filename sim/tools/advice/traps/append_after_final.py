"""Rules appended behind the DROP or REJECT that ends their chain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import moved_before
from sim.tools.advice.finding import Evidence
from sim.tools.advice.never import shadows
from sim.tools.advice.trap import Trap


def _check(case: Case) -> Iterator[Evidence]:
    chains: defaultdict[tuple[int, str, str], list[Spot]] = defaultdict(list)
    ends: dict[tuple[int, str, str], Spot] = {}
    for shadow in shadows(case):
        if shadow.kind == "behind":
            spot = shadow.spot
            key = (spot.family, spot.table, spot.chain)
            chains[key].append(spot)
            ends[key] = shadow.by[0]
    for key, spots in chains.items():
        end = ends[key]
        one = len(spots) == 1
        which = spots[0].begins if one else f"{len(spots)} rules of {key[1]} {key[2]}"
        verb = "stands" if one else "stand"
        text = (
            f"{which} {verb} behind rule {end.rule.number}, which has already taken every "
            f"packet ({end.target})."
        )
        label = f"Move {'it' if one else 'them'} before rule {end.rule.number}"
        yield Evidence(
            text,
            tuple(spot.place for spot in (*spots, end)),
            moved_before(case, spots, end, label),
        )


TRAP = Trap(
    name="append-after-final",
    severity="warning",
    why="-A puts a rule at the end of its chain; behind an unconditional DROP or REJECT nothing "
    "arrives, so it must be inserted (-I) before that.",
    lesson="insert-or-append",
    check=_check,
)
