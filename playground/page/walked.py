"""A run, and what every rendering of the playground needs of it."""

from __future__ import annotations

from typing import Any

from playground.page import gallery
from playground.shown import ladder
from playground.shown.cut import cut_short
from playground.shown.headlines import headlines
from playground.shown.presenters import Checked, Hits, drawn, grouped
from playground.site.limits import LIMITS
from playground.walks import matrix, runs
from playground.walks.advising import advice_on
from playground.walks.packettypes import PACKET_TYPES
from sim.model.scenario import Scenario
from sim.read.expect import check
from sim.trace.steps import Fate

# What page.js imports: fetched beside it, not behind it.
MODULES = tuple(
    f"{room}/{name}.js"
    for room, names in {
        "page": "builder copy dialect expected kept packetline printed typed words",
        "shown": "clauses editor large marker plate player",
    }.items()
    for name in names.split()
)


def page_of(scenario: Scenario, parent: str = "") -> dict[str, Any]:
    """What every rendering of the playground needs."""
    return {
        "scenario": scenario,
        "parent": parent,
        "examples": gallery.everything(),
        "modules": MODULES,
        "many": matrix.suggested(scenario),
        "packet_types": PACKET_TYPES,
        "fragment_most": LIMITS.fragment_characters,
    }


def run_beside(context: dict[str, Any], scenario: Scenario) -> None:
    """The walk of the texts beside something else that was asked for: refused ones have none.

    Their errors are not what the page is about; Run tells them.
    """
    walk = runs.walk_of(scenario)
    if not walk.refused:
        _add(context, walk)


def run_into(context: dict[str, Any], scenario: Scenario) -> None:
    """Add a run's outcome to a page's context."""
    walk = runs.walk_of(scenario)
    if walk.refused:
        context["errors"] = drawn(walk.refused, scenario)
    else:
        _add(context, walk)


def _add(context: dict[str, Any], walk: runs.Walk) -> None:
    assert walk.prepared is not None
    fates = [step for step in walk.steps if isinstance(step, Fate)]
    context["groups"] = grouped(walk.steps, walk.prepared.compiled)
    context["fates"] = fates
    context["headlines"] = headlines(walk.steps)
    context["notes"] = walk.prepared.compiled.host.notes
    if walk.stopped:
        line = walk.steps[-1].line if walk.steps else 0
        ended = {one.line for one in context["headlines"]}
        context["stopped"] = cut_short(walk.stopped, walk.prepared.compiled, line, ended)
    if not walk.stopped:
        context["outcomes"] = Checked(tuple(check(walk.prepared.expectations, fates)))
    context["steps"] = len(walk.steps)
    context["is_walked"] = True
    context["ladders"] = ladder.draw(walk.steps)
    context["advice"] = advice_on(walk.prepared.compiled, walk.steps)
    context["hits"] = Hits()
    for step in walk.steps:
        context["hits"].note(step)
