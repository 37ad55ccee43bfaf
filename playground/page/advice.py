"""The advisor's panel. A trap that breaks costs its advice, never the page around it."""

from __future__ import annotations

import logging
from typing import TypedDict

from playground.walks import runs
from playground.walks.advising import Shown, advice_on, with_fix
from sim.model.scenario import Scenario
from sim.trace.steps import Step

log = logging.getLogger(__name__)


class Advice(TypedDict):
    """What ``page/advice/_panel.html`` shows."""

    advice: tuple[Shown, ...]
    advisor_broke: bool


def advice_of(prepared: runs.Prepared, steps: tuple[Step, ...]) -> Advice:
    """The findings, unless nobody waits for them any more."""
    if runs.is_given_up():
        return Advice(advice=(), advisor_broke=False)
    try:
        return Advice(advice=advice_on(prepared.compiled, steps), advisor_broke=False)
    except Exception:
        log.exception("the advisor broke")  # names the place, not the texts
        return Advice(advice=(), advisor_broke=True)


def fixed(scenario: Scenario, key: str) -> Scenario:
    """The scenario with the fix of a finding made; as it was where there is none."""
    try:
        return with_fix(scenario, key)
    except Exception:
        log.exception("the advisor broke")
        return scenario
