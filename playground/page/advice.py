"""The advisor's panel. A trap that breaks costs its advice, never the page around it."""

from __future__ import annotations

import logging
from typing import TypedDict

from playground.walks import runs
from playground.walks.advising import Shown, advice_on, with_fix
from playground.walks.causes import Card, causes_on, is_cause, with_cause
from sim.model.scenario import Scenario
from sim.trace.steps import Step

log = logging.getLogger(__name__)


class Advice(TypedDict):
    """What ``page/advice/_panel.html`` shows."""

    cards: tuple[Card, ...]
    advice: tuple[Shown, ...]
    advisor_broke: bool


def advice_of(prepared: runs.Prepared, steps: tuple[Step, ...]) -> Advice:
    """The findings, unless nobody waits for them any more."""
    if runs.is_given_up():
        return Advice(cards=(), advice=(), advisor_broke=False)
    try:
        cards = causes_on(prepared.compiled, steps)
        found = advice_on(prepared.compiled, steps)
        return Advice(cards=cards, advice=found, advisor_broke=False)
    except Exception:
        log.exception("the advisor broke")  # names the place, not the texts
        return Advice(cards=(), advice=(), advisor_broke=True)


def fixed(scenario: Scenario, key: str) -> Scenario:
    """The scenario with the fix of a finding or a cause made; as it was where there is none."""
    try:
        return with_cause(scenario, key) if is_cause(key) else with_fix(scenario, key)
    except Exception:
        log.exception("the advisor broke")
        return scenario
