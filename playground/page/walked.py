"""A run, and what every rendering of the playground needs of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from playground.page import gallery
from playground.page.advice import advice_of
from playground.shown.board import waiting
from playground.shown.presenters import drawn
from playground.shown.trace import Whole
from playground.site.limits import LIMITS
from playground.walks import entering, matrix, runs
from playground.walks.packettypes import PACKET_TYPES
from sim.model.scenario import Scenario
from sim.read.packets.language import SPOKEN

# What page.js imports: fetched beside it, not behind it.
MODULES = tuple(
    f"{room}/{name}.js"
    for room, names in {
        "page": "bench builder closer copy crop density dialect expected kept live own packetline "
        "printed reference save split start stops typed undo words",
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
        "proposed": entering.proposed_in(scenario),
        "packet_types": PACKET_TYPES,
        "spoken": SPOKEN,
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
        context["entries"] = waiting(scenario.packets)
    else:
        _add(context, walk)


def _add(context: dict[str, Any], walk: runs.Walk) -> None:
    trace = Whole(walk)
    groups = trace.groups
    advice = advice_of(trace.prepared, trace.steps)
    troubles = {card.report.packet: card.trouble for card in advice["cards"]}
    context |= {
        "groups": groups,
        "chosen": groups[0].line if groups else 0,  # whose walk is shown at first
        "fates": trace.own_fates,
        "headlines": trace.headlines,
        "entries": [replace(one, trouble=troubles.get(one.line, "")) for one in trace.entries],
        "notes": trace.notes,
        **trace.ending(),
        **advice,
    }
