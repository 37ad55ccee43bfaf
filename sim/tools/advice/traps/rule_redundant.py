"""Rules that repeat what an earlier one of their chain does with the same packets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sim.tools.advice.case import Case
from sim.tools.advice.edits import without
from sim.tools.advice.finding import Evidence
from sim.tools.advice.never import Shadow, shadows
from sim.tools.advice.trap import Trap


def _check(case: Case) -> Iterator[Evidence]:
    chains: defaultdict[tuple[int, str, str], list[Shadow]] = defaultdict(list)
    for shadow in shadows(case):
        if shadow.kind == "redundant":
            spot = shadow.spot
            chains[spot.family, spot.table, spot.chain].append(shadow)
    for (_, table, chain), found in chains.items():
        spots = [shadow.spot for shadow in found]
        places = tuple(spot.place for spot in spots)
        if len(found) == 1:
            numbers = ", ".join(str(spot.rule.number) for spot in found[0].by)
            word = "rule" if len(found[0].by) == 1 else "rules"
            text = (
                f"{spots[0].begins} can never match: {word} {numbers} did the same "
                "to its packets already."
            )
        else:
            text = (
                f"{len(found)} rules of {table} {chain} can never match: earlier ones did the "
                "same to their packets already."
            )
        label = "Take it out" if len(found) == 1 else f"Take the {len(found)} out"
        yield Evidence(text, places, without(case, *spots, label=label))


TRAP = Trap(
    name="rule-redundant",
    severity="info",
    why="A rule that repeats an earlier one costs reading and, in long chains, time.",
    lesson="insert-or-append",
    check=_check,
)
