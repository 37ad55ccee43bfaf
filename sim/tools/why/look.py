"""What a maker of candidates is given, and what it gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property

from sim.base.errors import Span
from sim.base.frozen import dataclass
from sim.kernel.stack.core import Stack
from sim.model.rules import Rule
from sim.tools.advice.case import Case, Reached, Spot
from sim.tools.advice.edits import is_alone
from sim.tools.advice.finding import Edit, Fix
from sim.tools.why.misses import Weighed, ranked
from sim.tools.why.report import Symptom
from sim.tools.why.story import Story, stopped_by
from sim.trace.steps import PolicyApplied, RuleTried


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change worth a try. ``rank``: the smaller, the more often people mean it.

    ``opens``: what more it lets through than was asked. ``is_left_out``: the host very likely has
    what it adds, and only the text does not say so.
    """

    name: str
    text: str
    fix: Fix
    rank: int = 50
    opens: str = ""
    is_left_out: bool = False


@dataclass
class Look:
    """One symptom of one packet. ``stopped`` is the story that ended badly: the packet's own, or
    that of its answer; ``None`` when nothing was stopped. ``is_second``: the text has a first
    change in it, whose rules no reader knows."""

    case: Case
    stack: Stack
    symptom: Symptom
    story: Story
    stopped: Story | None
    before: Sequence[Story] = ()  # the packets of the statements before it
    answer: Story | None = None  # what came back, or tried to
    is_second: bool = False

    @cached_property
    def stopper(self) -> RuleTried | PolicyApplied | None:
        """The rule or policy that stopped it."""
        return stopped_by(self.stopped) if self.stopped is not None else None

    @cached_property
    def misses(self) -> list[Weighed]:
        """The rules that nearly decided otherwise, the closest first."""
        return ranked(self.stack, self.stopped or self.story)

    @property
    def family(self) -> int:
        return (self.stopped or self.story).first.family

    def reached(self, table: str, chain: str) -> Reached | None:
        return self.case.chain(self.family, table, chain)

    def spot(self, table: str, chain: str, number: int) -> Spot | None:
        """The rule with that number, as the advisor looks at it; ``None`` when a command between
        packets has put another one there."""
        reached = self.reached(table, chain)
        if reached is None or not 1 <= number <= len(reached.spots):
            return None
        spot = reached.spots[number - 1]
        tables = self.stack.rules.of(self.family).tables
        now = tables[table].chains.get(chain) if table in tables else None
        if now is None or number > len(now.rules) or now.rules[number - 1].text != spot.rule.text:
            return None
        return spot

    def spot_of(self, weighed: Weighed) -> Spot | None:
        where = weighed.step.where
        return self.spot(where.table_name, where.chain, weighed.rule.number)

    def line_of(self, rule: Rule) -> str:
        """The rule's line of the rules text; empty when it has none, or more than one."""
        span = rule.span
        if span is None or span.line != span.end_line or not 0 < span.line <= len(self.case.lines):
            return ""
        return self.case.lines[span.line - 1]

    def replaced(self, rule: Rule, pattern: str, new: Callable[[str], str]) -> Edit | None:
        """The pattern's group on the rule's line, made new; ``None`` when it is not there once,
        or when other rules stand on that line."""
        line = self.line_of(rule)
        found = list(re.finditer(pattern, line)) if line else []
        if len(found) != 1 or rule.span is None or not is_alone(self.case, rule):
            return None
        start, end = found[0].span(1)
        place = Span(rule.span.line, start + 1, rule.span.line, end + 1)
        return Edit("rules", place, new(found[0][1]))
