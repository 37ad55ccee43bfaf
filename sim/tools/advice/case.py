"""A compiled scenario as the advisor looks at it: rules as boxes, chains with their hooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from functools import cached_property
from typing import Any

from sim.base import budget
from sim.base.errors import Span
from sim.base.frozen import dataclass
from sim.extensions.targets import TARGETS
from sim.extensions.traits import Changes
from sim.kernel.routing.core import Routing
from sim.model.host import Interface
from sim.model.rules import (
    TABLE_HOOKS,
    Chain,
    Hook,
    Jump,
    Rule,
    Standard,
    Target,
    Verdict,
)
from sim.model.scenario import Compiled
from sim.tools.advice.boxes import Box, box_of
from sim.tools.advice.finding import TextPlace
from sim.trace.steps import Fate, Step


@dataclass(frozen=True)
class Spot:
    """A rule where it stands."""

    family: int
    table: str
    chain: str
    rule: Rule

    @cached_property
    def box(self) -> Box:
        """What it can match; worked out when somebody asks."""
        return box_of(self.rule, self.family)

    @property
    def place(self) -> TextPlace:
        return TextPlace("rules", self.rule.span or Span(1, 1, 1, 2))

    @property
    def target(self) -> str:
        """ACCEPT, DROP, MASQUERADE, the name of a chain; empty: the rule only counts."""
        target = self.rule.target
        if isinstance(target, Standard):
            return target.verdict.value
        if isinstance(target, Jump):
            return target.chain
        return target.name if isinstance(target, Target) else ""

    @property
    def is_target(self) -> bool:
        """An extension's target, not a verdict or a chain."""
        return isinstance(self.rule.target, Target)

    @property
    def changes(self) -> Changes:
        """What its target changes about a packet that goes on in the chain."""
        kind = TARGETS.get((self.target, self.family))
        return Changes.SOMETHING if kind is None else kind.changes

    @property
    def is_jump(self) -> bool:
        return isinstance(self.rule.target, Jump)

    @property
    def begins(self) -> str:
        """Its name at the beginning of a sentence."""
        return f"R{str(self)[1:]}"

    def __str__(self) -> str:
        return f"rule {self.rule.number} of {self.table} {self.chain}"


@dataclass(frozen=True, slots=True)
class Reached:
    """A chain, the hooks that reach it, and its rules that can be looked at."""

    family: int
    table: str
    chain: Chain
    spots: tuple[Spot, ...]
    hooks: frozenset[Hook]
    live: int  # rules behind this many are behind an unconditional end

    @property
    def policy(self) -> Verdict | None:
        return self.chain.policy


# Looks at a rule that one trap may take: some compare every rule with every other.
MOST_LOOKS = 250_000


class TooMuch(Exception):
    """A trap would take too long for these rules: it says no more."""


@dataclass
class Case:
    """``steps`` is empty before a run."""

    compiled: Compiled
    steps: tuple[Step, ...] = ()
    memo: dict[str, Any] = field(default_factory=dict)  # what several traps ask for
    _tables: dict[tuple[int, str], dict[str, Reached]] = field(default_factory=dict)

    looks: int = 0  # by the trap that is being asked

    def spend(self, looks: int) -> None:
        """Count looks at rules. Raises ``TooMuch``."""
        self.looks += looks
        budget.look(8 * looks)
        if self.looks > MOST_LOOKS:
            raise TooMuch

    @property
    def rules_text(self) -> str:
        return self.compiled.scenario.rules

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the rules text."""
        return self.rules_text.split("\n")

    @property
    def host_text(self) -> str:
        return self.compiled.scenario.host

    @cached_property
    def is_host_told(self) -> bool:
        """Did somebody say what the host is? A proposed one is a guess that proves nothing."""
        told = self.host_text.strip()
        return bool(told) and not told.startswith("# Proposed from")

    @cached_property
    def routing(self) -> Routing:
        return Routing(self.compiled.host)

    @cached_property
    def devices(self) -> dict[str, Interface]:
        """What the host has beside ``lo``."""
        return {n: i for n, i in self.compiled.host.interfaces.items() if n != "lo"}

    @cached_property
    def crowded(self) -> frozenset[int]:
        """Lines of the rules text on which more than one rule stands: no edit touches them."""
        count: Counter[int] = Counter()
        for spot in self.spots():
            if spot.rule.span is not None:
                count.update(range(spot.rule.span.line, spot.rule.span.end_line + 1))
        return frozenset(line for line, number in count.items() if number > 1)

    @cached_property
    def fates(self) -> tuple[Fate, ...]:
        return tuple(step for step in self.steps if isinstance(step, Fate))

    def tables(self) -> Iterator[tuple[int, str]]:
        for family in (4, 6):
            for name in self.compiled.rules.of(family).tables:
                yield family, name

    def table(self, family: int, name: str) -> dict[str, Reached]:
        """The chains of a table by name, empty if there is no such table."""
        key = (family, name)
        if key not in self._tables:
            self._tables[key] = self._look(family, name)
        return self._tables[key]

    def chain(self, family: int, table: str, name: str) -> Reached | None:
        return self.table(family, table).get(name)

    def chains(self) -> Iterator[Reached]:
        for family, name in self.tables():
            yield from self.table(family, name).values()

    def spots(self) -> Iterator[Spot]:
        for reached in self.chains():
            yield from reached.spots

    def live_spots(self, *targets: str) -> Iterator[tuple[Reached, Spot]]:
        """Rules that some hook looks at, those with one of the targets if any are named."""
        for reached in self.chains():
            if reached.hooks:
                self.spend(reached.live)
                for spot in reached.spots[: reached.live]:
                    if not targets or spot.target in targets:
                        yield reached, spot

    def changes_packets(self, family: int, table: str) -> bool:
        """May a rule of the table change marks, states or header bits and let the packet go on?"""
        key = f"changes {family} {table}"
        if key not in self.memo:
            self.memo[key] = any(
                spot.is_target and spot.changes is not Changes.NOTHING
                for reached in self.table(family, table).values()
                for spot in reached.spots
            )
        return bool(self.memo[key])

    def readdresses(self, family: int, table: str) -> bool:
        key = f"readdresses {family} {table}"
        if key not in self.memo:
            self.memo[key] = any(
                spot.is_target and spot.changes is Changes.ADDRESSES
                for reached in self.table(family, table).values()
                for spot in reached.spots
            )
        return bool(self.memo[key])

    def _look(self, family: int, name: str) -> dict[str, Reached]:
        table = self.compiled.rules.of(family).tables.get(name)
        if table is None:
            return {}
        live = {each.name: _live(each, family) for each in table.chains.values()}
        hooks: dict[str, set[Hook]] = {each: set() for each in table.chains}
        for hook in TABLE_HOOKS[table.base]:
            waiting = [str(hook)] if hook in table.chains else []
            while waiting:
                at = waiting.pop()
                if hook in hooks[at]:
                    continue
                hooks[at].add(hook)
                for rule in table.chains[at].rules[: live[at]]:
                    if isinstance(rule.target, Jump):
                        waiting.append(rule.target.chain)
        return {
            each.name: Reached(
                family, name, each,
                tuple(Spot(family, name, each.name, rule) for rule in each.rules),
                frozenset(hooks[each.name]), live[each.name],
            )
            for each in table.chains.values()
        }  # fmt: skip


def _live(chain: Chain, family: int) -> int:
    """How many rules of the chain can be looked at: those behind an unconditional end cannot."""
    for rule in chain.rules:
        if rule.is_unconditional and ends_chain(rule, family):
            return rule.number
    return len(chain.rules)


def ends_chain(rule: Rule, family: int) -> bool:
    """Does a packet that matches never come to the chain's next rule?"""
    target = rule.target
    if isinstance(target, Standard):
        return True
    if isinstance(target, Jump):
        return target.goto
    if not isinstance(target, Target):
        return False
    kind = TARGETS.get((target.name, family))
    return kind is not None and kind.ends
