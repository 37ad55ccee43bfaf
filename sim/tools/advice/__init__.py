"""The advisor: reads rules and host, and after a run its steps, and says what is likely wrong.

``advise`` gives findings, the most urgent first. What a finding claims is proven where the
engine can: by reasoning over the rules' boxes, or by running the scenario with the fix applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice

from sim.base import budget
from sim.base.faults import apart
from sim.model.scenario import Compiled
from sim.tools.advice.case import Case, TooMuch
from sim.tools.advice.finding import SEVERITIES, Edit, Finding, Fix, TextPlace
from sim.tools.advice.proof import proven
from sim.tools.advice.silence import heard
from sim.tools.advice.trap import Trap
from sim.tools.advice.traps import TRAPS
from sim.trace.steps import Step

__all__ = ["TRAPS", "Edit", "Finding", "Fix", "TextPlace", "Trap", "advise"]

# More of one kind than this tell a person nothing new.
MOST_OF_A_KIND = 50
# A fix of more edits is not offered: nobody reads it.
MOST_EDITS = 300
# Fixes tried by a replay for one request; the others are offered untried.
MOST_PROVEN = 12


def advise(
    compiled: Compiled,
    steps: tuple[Step, ...] = (),
    *,
    prove: bool = False,
    is_late: Callable[[], bool] = lambda: False,
) -> tuple[Finding, ...]:
    """The findings for a scenario that no comment of it silences.

    ``steps``: of its run, for what only packets show. ``prove``: fixes are tried, and those that
    the engine refuses are not offered; ``is_late`` is asked between two tries and ends them.
    A trap that breaks costs its own findings alone (``sim.base.faults``).
    """
    case = Case(compiled, tuple(step for step in steps if not step.packet.is_arp))
    found = sorted(heard(_found(case), compiled.scenario), key=_rank)
    if not prove:
        return tuple(found)
    tried = 0
    for at, finding in enumerate(found):
        if tried == MOST_PROVEN or is_late() or budget.is_over():
            break
        if finding.fix is not None:
            with apart(finding.name):
                found[at] = finding.without_fix()  # what cannot be tried is not offered
                found[at] = proven(compiled, steps, finding)
            tried += 1
    return tuple(found)


def _found(case: Case) -> Iterator[Finding]:
    for trap in TRAPS:
        if trap.after_run and not case.steps:
            continue
        case.looks = 0
        with suppress(TooMuch, budget.Spent), apart(trap.name):
            for found in islice(trap.check(case), MOST_OF_A_KIND):
                finding = trap.finding(found)
                is_long = finding.fix is not None and len(finding.fix.edits) > MOST_EDITS
                yield finding.without_fix() if is_long else finding


def _rank(finding: Finding) -> tuple[int, str, int]:
    where = finding.places[0].where if finding.places else ""
    return -SEVERITIES.index(finding.severity), where, finding.line
