"""One thing to look for: a check with its name and its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sim.base.frozen import dataclass
from sim.tools.advice.case import Case
from sim.tools.advice.finding import Evidence, Finding


@dataclass(frozen=True, slots=True)
class Trap:
    """One thing to look for. ``why``: one sentence that holds wherever it is found.

    ``after_run``: the check reads the steps of a run; without them it says nothing.
    """

    name: str
    severity: str
    why: str
    lesson: str
    check: Callable[[Case], Iterator[Evidence]]
    after_run: bool = False

    def finding(self, found: Evidence) -> Finding:
        """What was found, with this trap's name and reason."""
        return Finding(
            self.name, self.severity, found.text, self.why, self.lesson, found.places, found.fix
        )
