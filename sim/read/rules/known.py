"""Rules that are read already, by their lines: a text that differs by a line is read quickly.

A search tries one change after the other. All lines but the changed ones are those that were
loaded before, and so are their rules: they are put into the tables without being read again.
Their places stay those of the first text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from sim.base.errors import Span
from sim.extensions.matchers import MATCHES
from sim.extensions.targets import TARGETS
from sim.model.rules import Jump, Rule, Rules, Standard, Target
from sim.read.rules.draft import RuleDraft
from sim.read.rules.tables import WorkTable

# Commands that look for a rule by its words, or change those that stand: they need every word.
_LOOKING = re.compile(r"(?<!\S)(?:-[DCRE]|--(?:delete|check|replace|rename-chain))")
_APPENDED = re.compile(r"(?:\[\d+:\d+\] )?-A (\S+) ")
_COMMAND = re.compile(r"ip(6?)tables (?:-t (\w+) )?-A (\S+) [^|&;#\\$`()<>{}*?]*\Z")

_NONE = Span(1, 1, 1, 2)

Key = tuple[int, str, str]  # family, table, line


class KnownRules:
    """The rules of a loaded text that have a line for themselves and nothing shared by name."""

    def __init__(self, text: str, rules: Rules) -> None:
        self._drafts: dict[Key, RuleDraft] = {}
        self._jumps: set[tuple[int, str, str, str]] = set()
        # Which tool and family dumps are of, where all are of one: then nobody counts words again.
        self.is_iptables = not rules.bridge.tables and not rules.arp.tables
        versions = [family for family in (4, 6) if rules.of(family).tables]
        self.family = versions[0] if len(versions) == 1 else None
        if rules.ipv4.has_both or rules.ipv6.has_both:
            return
        lines = text.split("\n")
        found = list(_live(rules))
        on_line = Counter(rule.span.line for *_, rule in found if rule.span is not None)
        for family, table, chain, rule in found:
            if isinstance(rule.target, Jump):
                self._jumps.add((family, table, chain, rule.target.chain))
            span = rule.span
            if span is None or span.line != span.end_line or on_line[span.line] > 1:
                continue
            if rule.untold or _has_objects(rule, family) or not _chain_of(lines[span.line - 1]):
                continue
            self._drafts[family, table, lines[span.line - 1]] = _draft(rule)

    @staticmethod
    def serve(text: str) -> bool:
        """Can a text be read with them? Not one that looks for rules by their words."""
        return _LOOKING.search(text) is None

    @staticmethod
    def called(line: str) -> tuple[int, str] | None:
        """Family and table of a plain command that appends a rule."""
        found = _COMMAND.match(line)
        return (6 if found[1] else 4, found[2] or "filter") if found is not None else None

    def knows_jumps(self, table: WorkTable) -> bool:
        """Do the new rules of a table lead only where the first text did? Else hooks may reach
        more rules, and what the kernel checks by hooks must be checked anew."""
        return all(
            (table.family, table.name, chain.name, draft.target.chain) in self._jumps
            for chain in table.chains.values()
            for draft in chain.rules
            if draft.made is None and isinstance(draft.target, Jump)
        )

    def of(self, family: int, table: WorkTable, line: str) -> tuple[str, RuleDraft] | None:
        """The chain to append to, and the rule; ``None``: the line must be read."""
        draft = self._drafts.get((family, table.name, line))
        if draft is None:
            return None
        chain_name = _chain_of(line)
        if chain_name not in table.chains:
            return None
        target = draft.target
        if isinstance(target, Jump):
            chain = table.chains.get(target.chain)
            is_same = chain is not None and chain.policy is None
        else:
            is_same = not isinstance(target, Target) or target.name not in table.chains
        return (chain_name, draft) if is_same else None


def _live(rules: Rules) -> Iterator[tuple[int, str, str, Rule]]:
    """Family, table, chain and rule; not what stands behind an unconditional verdict, which the
    kernel has never checked by its hooks."""
    for family in (4, 6):
        for table in rules.of(family).tables.values():
            for chain in table.chains.values():
                for rule in chain.rules:
                    yield family, table.name, chain.name, rule
                    if rule.is_unconditional and isinstance(rule.target, Standard):
                        break


def _chain_of(line: str) -> str:
    """The chain that a plain line appends to; empty: the line is not plain."""
    dumped = _APPENDED.match(line)
    if dumped is not None:
        return dumped[1]
    typed = _COMMAND.match(line)
    return typed[3] if typed is not None else ""


def _draft(rule: Rule) -> RuleDraft:
    """The rule as it was before it had a number; its uses were checked when it was loaded."""
    body = rule.text.partition(" ")[2].partition(" ")[2]
    return RuleDraft(
        rule.ip, rule.matches, rule.target, f" {body}" if body else "", "", "", rule.span or _NONE,
        rule.packets, rule.bytes, made=rule,
    )  # fmt: skip


def _has_objects(rule: Rule, family: int) -> bool:
    """Does a match need or share, or the target make, something by name?"""
    for match in rule.matches:
        kind = MATCHES.get((match.name, family))
        if kind is None or kind.needs is not None or kind.shares is not None:
            return True
    if not isinstance(rule.target, Target):
        return False
    target = TARGETS.get((rule.target.name, family))
    return target is None or target.makes is not None
