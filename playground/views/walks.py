"""A run, and what every rendering of the playground needs of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground import gallery, ladder, runs
from playground.limits import LIMITS
from playground.presenters import Hits, drawn, grouped
from sim.errors import Refused
from sim.parser.expect import check
from sim.scenario import Scenario
from sim.trace import Fate, Step

# What page.js imports: fetched beside it, not behind it.
MODULES = tuple(f"playground/{name}.js" for name in ("builder", "editor", "player", "words"))


@dataclass(frozen=True, slots=True)
class Walk:
    """A finished run, or why there is none."""

    prepared: runs.Prepared | None = None
    steps: tuple[Step, ...] = ()
    refused: Refused | None = None
    stopped: str = ""


def page_of(scenario: Scenario, parent: str = "") -> dict[str, Any]:
    """What every rendering of the playground needs."""
    return {
        "scenario": scenario,
        "parent": parent,
        "examples": gallery.everything(),
        "modules": MODULES,
        "fragment_most": LIMITS.fragment_characters,
    }


def walk_of(scenario: Scenario) -> Walk:
    try:
        prepared = runs.prepare(scenario)
    except Refused as refused:
        return Walk(refused=refused)
    found: list[Step] = []
    stopped = ""
    try:
        found.extend(runs.steps(prepared))
    except runs.Stopped as reason:
        stopped = str(reason)
    return Walk(prepared, tuple(found), None, stopped)


def run_into(context: dict[str, Any], scenario: Scenario) -> None:
    """Add a run's outcome to a page's context."""
    walk = walk_of(scenario)
    if walk.refused:
        context["errors"] = drawn(walk.refused, scenario)
        return
    assert walk.prepared is not None
    fates = [step for step in walk.steps if isinstance(step, Fate)]
    context["groups"] = grouped(walk.steps, walk.prepared.compiled)
    context["fates"] = fates
    context["notes"] = walk.prepared.compiled.host.notes
    context["stopped"] = walk.stopped
    context["outcomes"] = () if walk.stopped else check(walk.prepared.expectations, fates)
    context["steps"] = len(walk.steps)
    context["ladders"] = ladder.draw(walk.steps)
    context["hits"] = Hits()
    for step in walk.steps:
        context["hits"].note(step)
