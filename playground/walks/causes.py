"""What went wrong for each packet, and the fix that is proven: the engine's reports, in time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from playground.site.limits import LIMITS
from playground.walks import runs
from playground.walks.advising import preview_of
from playground.walks.troubles import trouble_of
from sim.base.budget import spent_from
from sim.model.scenario import Compiled, Scenario
from sim.tools.advice.edits import applied
from sim.tools.why import PacketReport, RootCause, explain
from sim.trace.steps import Step

CAUSES_SECONDS = LIMITS.causes_ms / 1000
MOST_CARDS = 12
# How the key of a fix begins -> must its packet not get through?
_MENDS, _STOPS = "why", "stop"
_NEVER = {_MENDS: False, _STOPS: True}


@dataclass(frozen=True, slots=True)
class Way:
    """A cause with its fix, ready for its template. ``key`` names it in a form."""

    cause: RootCause
    key: str
    preview: tuple[tuple[str, str], ...]  # sign and line

    @property
    def edits(self) -> str:
        """The fix for the page's script, JSON."""
        fix = self.cause.fix
        return json.dumps([edit.as_json() for edit in fix.edits]) if fix else ""


@dataclass(frozen=True, slots=True)
class Card:
    """One packet's symptoms with what mends them, the likeliest first."""

    report: PacketReport
    ways: tuple[Way, ...]

    @property
    def marked(self) -> tuple[str, str, str]:
        """The closest rule's text around the clause that kept it from matching."""
        miss = self.report.closest_miss
        if miss is None:
            return "", "", ""
        first = miss.differing[0]
        clause = f"{first.flag} {first.wanted}"
        before, found, after = miss.rule_text.partition(clause)
        return (before, found, after) if found else (miss.rule_text, "", "")

    @property
    def trouble(self) -> str:
        """What the list of packets says in the verdict's place."""
        return trouble_of(self.report)

    @property
    def is_told(self) -> bool:
        """Does the first cause say what the closest miss says?"""
        miss, best = self.report.closest_miss, self.best
        return miss is not None and best is not None and miss.place in best.cause.text

    @property
    def best(self) -> Way | None:
        return self.ways[0] if self.ways else None

    @property
    def others(self) -> tuple[Way, ...]:
        return self.ways[1:]


@dataclass(frozen=True, slots=True)
class Stopping:
    """What would stop a packet that gets through, what a careful person would do first."""

    ways: tuple[Way, ...]
    is_cut: bool  # the time was over before all was tried


def reports_on(
    compiled: Compiled,
    steps: tuple[Step, ...] = (),
    *,
    lines: tuple[int, ...] = (),
    never: bool = False,
) -> Iterator[PacketReport]:
    """Every packet's report, or those of some statements, their causes as far as the time goes.

    ``steps``: of the run, made here when none are given. ``never``: the packets must not get
    through.
    """
    deadline = time.monotonic() + CAUSES_SECONDS
    with spent_from(runs.until(deadline)):
        yield from tuple(
            explain(compiled, steps, lines=lines, never=never, is_late=lambda: _is_late(deadline))
        )


def _is_late(deadline: float) -> bool:
    return time.monotonic() > deadline or runs.is_late() or runs.is_given_up()


def causes_on(compiled: Compiled, steps: tuple[Step, ...]) -> tuple[Card, ...]:
    """A card for each packet that shows a symptom, the first few."""
    found = (report for report in reports_on(compiled, steps) if report.symptoms)
    return tuple(
        Card(report, _ways(compiled.scenario, report, _MENDS))
        for report in islice(found, MOST_CARDS)
    )


def stopping(compiled: Compiled, line: int) -> Stopping | None:
    """What would stop a statement's packet; ``None`` for one that does not get through."""
    for report in reports_on(compiled, lines=(line,), never=True):
        if report.symptoms:
            return Stopping(_ways(compiled.scenario, report, _STOPS), report.is_cut)
    return None


def _ways(scenario: Scenario, report: PacketReport, key: str) -> tuple[Way, ...]:
    return tuple(
        Way(cause, f"{key}:{report.packet}:{number}", preview_of(scenario, cause.fix))
        for number, cause in enumerate(report.causes)
    )


def is_cause(key: str) -> bool:
    """Does a form's value name the fix of a cause, and not that of a piece of advice?"""
    return key.partition(":")[0] in _NEVER


def with_cause(scenario: Scenario, key: str) -> Scenario:
    """The scenario with the fix of one cause made; as it was if there is no such cause.

    Raises ``Refused`` when the texts cannot be read.
    """
    parts = key.split(":")
    if len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):
        return scenario
    never = _NEVER.get(parts[0])
    if never is None:
        return scenario
    line, number = int(parts[1][:9]), int(parts[2][:9])
    compiled = runs.prepare(scenario).compiled
    for report in reports_on(compiled, lines=(line,), never=never):
        if number < len(report.causes):
            fix = report.causes[number].fix
            return applied(scenario, fix.edits) if fix is not None else scenario
    return scenario
