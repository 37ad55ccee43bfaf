"""Sets that rules ask and that have nothing in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sim.model.rules import Target
from sim.tools.advice.case import Case
from sim.tools.advice.finding import Evidence, TextPlace
from sim.tools.advice.trap import Trap


def _check(case: Case) -> Iterator[Evidence]:
    sets = case.compiled.host.sets
    empty = {name for name, one in sets.items() if not one.entries}
    if not empty:
        return
    filled = set(_filled(case))
    asked: defaultdict[str, list[TextPlace]] = defaultdict(list)
    for spot in case.spots():
        for match in spot.rule.matches:
            if match.name != "set":
                continue
            arg = match.args.get("--match-set")
            if arg is not None and arg.value.name in empty - filled and not arg.negated:
                asked[arg.value.name].append(spot.place)
    for name, places in asked.items():
        one = "the rule that asks it" if len(places) == 1 else f"{len(places)} rules that ask it"
        text = f"The set {name} is empty: {one} cannot match until something is added."
        yield Evidence(text, tuple(places))


def _filled(case: Case) -> Iterator[str]:
    """Sets to which rules add elements themselves, and sets in lists of sets."""
    for spot in case.spots():
        target = spot.rule.target
        if isinstance(target, Target) and target.name == "SET":
            for arg in target.args:
                yield getattr(arg.value, "name", "")


TRAP = Trap(
    name="empty-set",
    severity="info",
    why="A set that was created and never filled loads like any other and holds nobody.",
    lesson="traversal",
    check=_check,
)
