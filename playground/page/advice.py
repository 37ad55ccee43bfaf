"""The advisor's panel. What breaks in it costs its own advice, never the rest nor the page."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TypedDict

from playground.walks import runs
from playground.walks.advising import Shown, advice_on, with_fix
from playground.walks.causes import Card, causes_on, is_cause, with_cause
from sim.base.errors import Refused
from sim.base.faults import apart, told_to
from sim.model.scenario import Scenario
from sim.trace.steps import Step

log = logging.getLogger(__name__)


class Advice(TypedDict):
    """What ``page/advice/_panel.html`` shows; ``broken`` names what broke."""

    cards: tuple[Card, ...]
    advice: tuple[Shown, ...]
    broken: tuple[str, ...]


def advice_of(prepared: runs.Prepared, steps: tuple[Step, ...]) -> Advice:
    """The findings, unless nobody waits for them any more."""
    made = Advice(cards=(), advice=(), broken=())
    if runs.is_given_up():
        return made
    broken: dict[str, None] = {}

    def note(name: str, fault: Exception) -> None:
        _log(name, fault)
        broken[name] = None

    with told_to(note):
        with apart("causes"):
            made["cards"] = causes_on(prepared.compiled, steps)
        with apart("advice"):
            made["advice"] = advice_on(prepared.compiled, steps)
    made["broken"] = tuple(broken)
    return made


def fixed(scenario: Scenario, key: str) -> Scenario:
    """The scenario with the fix of a finding or a cause made; as it was where there is none."""
    with told_to(_log), apart("fix"), suppress(Refused):
        return with_cause(scenario, key) if is_cause(key) else with_fix(scenario, key)
    return scenario


def _log(name: str, fault: Exception) -> None:
    """The log names the place, not the texts."""
    log.error("the advisor's %s broke", name, exc_info=fault)
