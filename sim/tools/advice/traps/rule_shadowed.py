"""Rules whose packets an earlier rule, or a few together, have taken for something else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sim.tools.advice.case import Case, Spot
from sim.tools.advice.edits import moved_before, without
from sim.tools.advice.finding import Evidence, Fix, TextPlace
from sim.tools.advice.never import Shadow, shadows
from sim.tools.advice.trap import Trap


def _check(case: Case) -> Iterator[Evidence]:
    groups: defaultdict[tuple[TextPlace, ...], list[Shadow]] = defaultdict(list)
    for shadow in shadows(case):
        if shadow.kind == "lost":
            groups[tuple(spot.place for spot in shadow.by)].append(shadow)
    for found in groups.values():
        by, spots = found[0].by, [shadow.spot for shadow in found]
        places = tuple(spot.place for spot in (*spots, *by))
        yield Evidence(_text(spots, by), places, _fix(case, spots, by))


def _text(spots: list[Spot], by: tuple[Spot, ...]) -> str:
    numbers = ", ".join(str(spot.rule.number) for spot in by)
    takers = f"rule {numbers} has" if len(by) == 1 else f"rules {numbers} together have"
    end = f" (-j {by[0].target})" if len(by) == 1 else ""
    first = spots[0]
    if len(spots) == 1:
        return f"{first.begins} can never match: {takers} taken all of its packets{end}."
    return (
        f"{len(spots)} rules of {first.table} {first.chain} can never match: {takers} taken all "
        f"of their packets{end}."
    )


def _fix(case: Case, spots: list[Spot], by: tuple[Spot, ...]) -> Fix | None:
    """The narrower before the wider; a rule that is as wide is only in the way of reading."""
    if len(spots) > 1:
        return None
    spot, first = spots[0], min(by, key=lambda each: each.rule.number)
    if len(by) == 1 and spot.box.covers(first.box):
        return without(case, spot)
    return moved_before(case, (spot,), first, f"Move it before rule {first.rule.number}")


TRAP = Trap(
    name="rule-shadowed",
    severity="warning",
    why="The first rule of a chain that matches decides; what stands behind it is not asked.",
    lesson="insert-or-append",
    check=_check,
)
