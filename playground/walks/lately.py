"""What this process walked lately: who opens a fold of a run is given its rows, and no new walk.

A page's questions go to the process that ran its texts, while that is free. Another one, and one
that had too much to keep, walks again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from sim.model.scenario import Scenario
from sim.trace.steps import Step

MOST_RUNS = 4
MOST_STEPS = 3_000  # of a run, as folded steps: many thousand rules are one of them

_runs: OrderedDict[Scenario, tuple[Step, ...]] = OrderedDict()


def kept(scenario: Scenario, steps: Iterable[Step]) -> Iterator[Step]:
    """The steps of a folded run as they come; they are kept when whoever reads them is through."""
    found: list[Step] = []
    try:
        for step in steps:
            if len(found) <= MOST_STEPS:
                found.append(step)
            yield step
    finally:
        if len(found) <= MOST_STEPS:
            _runs[scenario] = tuple(found)
            _runs.move_to_end(scenario)
            while len(_runs) > MOST_RUNS:
                _runs.popitem(last=False)


def steps_of(scenario: Scenario, last: int) -> tuple[Step, ...] | None:
    """The folded steps of a run up to number ``last`` or further; ``None``: they are not here."""
    found = _runs.get(scenario)
    return found if found and found[-1].last_seq >= last else None
