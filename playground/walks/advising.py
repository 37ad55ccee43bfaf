"""Advice for the page, the socket and the command line: the engine's findings within limits."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from playground.site.limits import LIMITS
from playground.walks import runs
from sim.base.budget import spent_from
from sim.base.errors import Refused
from sim.model.scenario import Compiled, Scenario
from sim.tools.advice import Finding, Fix, advise
from sim.tools.advice.edits import applied
from sim.tools.advice.proof import mended
from sim.trace.steps import Step

ADVICE_SECONDS = LIMITS.advice_ms / 1000
GLYPHS = {"danger": "▲", "warning": "△", "info": "○"}
_MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding ready for its template."""

    finding: Finding
    preview: tuple[tuple[str, str], ...]  # sign and line

    @property
    def glyph(self) -> str:
        return GLYPHS[self.finding.severity]

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        return tuple((p.where, p.span.line) for p in self.finding.places[:_MOST_LINES])

    @property
    def more(self) -> int:
        return max(0, len(self.finding.places) - _MOST_LINES)

    @property
    def edits(self) -> str:
        """The fix for the page's script, JSON."""
        fix = self.finding.fix
        return json.dumps([edit.as_json() for edit in fix.edits]) if fix else ""


def advice_on(compiled: Compiled, steps: tuple[Step, ...]) -> tuple[Shown, ...]:
    """The findings, as many as there is time for."""
    deadline = time.monotonic() + ADVICE_SECONDS
    with spent_from(runs.until(deadline)):
        found = advise(compiled, steps, prove=True)
    return tuple(Shown(each, preview_of(compiled.scenario, each.fix)) for each in found)


def preview_of(scenario: Scenario, fix: Fix | None) -> tuple[tuple[str, str], ...]:
    """The lines that go and those that come, the first few of each."""
    if fix is None:
        return ()
    after = applied(scenario, fix.edits)
    gone: list[str] = []
    come: list[str] = []
    for where in dict.fromkeys(edit.where for edit in fix.edits):
        old, new = getattr(scenario, where).split("\n"), getattr(after, where).split("\n")
        kept_old, kept_new = set(old), set(new)
        gone += [line for line in old if line.strip() and line not in kept_new]
        come += [line for line in new if line.strip() and line not in kept_old]
        if not gone and not come:
            come += [line for edit in fix.edits for line in edit.text.split("\n") if line]
    return (
        *(("−", line) for line in gone[:_MOST_LINES]),
        *(("+", line) for line in come[:_MOST_LINES]),
    )


def with_fix(scenario: Scenario, key: str) -> Scenario:
    """The scenario with the fix of one finding made; as it was if there is no such finding."""
    try:
        compiled = runs.prepare(scenario).compiled
    except Refused:
        return scenario
    walk = runs.walk_of(scenario)
    with spent_from(runs.until(time.monotonic() + ADVICE_SECONDS)):
        found = advise(compiled, walk.steps)
    for finding in found:
        if finding.key == key and finding.fix is not None:
            return mended(scenario, finding)
    return scenario
