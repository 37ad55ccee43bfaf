"""Masking within a run's limits: what the page and the command line share."""

from __future__ import annotations

import time

from playground.site.limits import LIMITS
from playground.walks import runs
from sim.base.budget import spent_from
from sim.model.scenario import Scenario
from sim.tools.masking.proof import Masking, mask


def masked(scenario: Scenario, key: bytes) -> Masking:
    """The masked scenario, with its proof as far as the time of a run goes.

    Raises ``Refused`` when the scenario cannot be read or is larger than what is taken.
    """
    runs.within_limits(scenario)
    deadline = time.monotonic() + LIMITS.run_seconds
    with spent_from(runs.until(deadline)):
        return mask(scenario, key, lambda: time.monotonic() > deadline or runs.is_late())


def verdict(made: Masking) -> str:
    """The proof in one sentence."""
    difference = made.difference
    if difference is not None:
        at = f"step {difference.seq}" if difference.seq else "the start"
        rule = f", at {difference.rule}" if difference.rule else ""
        # Not what differs: those are words of the text that was to be masked.
        walk = f"The masked walk is another one from {at} on{rule}." if difference.is_seen else ""
        said = (walk, difference.why, "Nothing was masked.")
        return " ".join(sentence for sentence in said if sentence)
    if not made.steps:
        return "Nothing was walked: there is no packet. The addresses are exchanged, unproven."
    if not made.is_whole:
        return f"The first {made.steps} steps are the same; the time was over before the end."
    return f"Proven by replay: all {made.steps} steps are the same, with the addresses mapped."
