"""A scenario's packets through the host: ``run`` yields every decision as a step.

The level that knows the order of things; what happens at each place is below.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario import Compiled
from sim.trace import Step


def run(compiled: Compiled) -> Iterator[Step]:
    """Walk the scenario, lazily: a run can be abandoned between any two steps."""
    yield from ()
