"""A rule that contradicts itself, or what its hooks can have."""

from __future__ import annotations

from collections.abc import Iterator

from sim.tools.advice.case import Case
from sim.tools.advice.edits import without
from sim.tools.advice.finding import Evidence
from sim.tools.advice.never import WORDS, contradiction
from sim.tools.advice.trap import Trap


def _check(case: Case) -> Iterator[Evidence]:
    for reached in case.chains():
        if not reached.hooks:
            continue
        for spot in reached.spots:
            field = spot.box.why_empty
            if not field:
                field = contradiction(spot, reached)
                if not field or field in ("iif", "oif"):
                    continue  # the devices of a hook are another trap's
            why = WORDS.get(field, field)
            if field == "state" and spot.table == "nat" and not spot.box.why_empty:
                why = "only NEW and RELATED packets ever come to the nat table"
            text = f"{spot.begins} can never match: {why}."
            yield Evidence(text, (spot.place,), without(case, spot))


TRAP = Trap(
    name="never-matches",
    severity="warning",
    why="A rule whose conditions exclude each other does nothing, whatever packet comes.",
    lesson="traversal",
    check=_check,
)
