"""A rule of nat would have translated the packet, but one before it ended its chain."""

from __future__ import annotations

from collections.abc import Iterator

from sim.model.rules import Rule, Standard, Target
from sim.tools.advice.edits import command, line_before, moved_before, without
from sim.tools.advice.finding import Fix
from sim.tools.why.candidates.translating import SOURCE_NAT
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import DESTINATION_NAT, would_match
from sim.tools.why.story import rule_at
from sim.tools.why.symptoms import NO_WAY_BACK, NOT_ARRIVED, WRONG_SOURCE
from sim.trace.steps import RuleTried

_LATER = 200  # rules of the chain that are looked at


def candidates(look: Look) -> Iterator[Candidate]:
    if look.story.first.is_arp or look.is_second:
        return
    if look.symptom.name == NO_WAY_BACK:
        yield from _behind(look, SOURCE_NAT)
    elif look.symptom.name == WRONG_SOURCE or (
        look.symptom.name == NOT_ARRIVED and look.stopped is look.story
    ):
        yield from _behind(look, DESTINATION_NAT)


def _behind(look: Look, targets: frozenset[str]) -> Iterator[Candidate]:
    """Rules with these targets, further down in a chain that a rule of nat ended."""
    for step in look.story.steps:
        if not isinstance(step, RuleTried) or step.where.table_name != "nat" or not step.held:
            continue
        first = rule_at(look.stack.rules, step)
        if first is not None and _ends(first, targets):
            yield from _too_late(look, step, first, targets)


def _ends(rule: Rule, targets: frozenset[str]) -> bool:
    """Does it end its chain: by a verdict, or because it translates itself?"""
    target = rule.target
    return isinstance(target, Standard) or (isinstance(target, Target) and target.name in targets)


def _too_late(
    look: Look, step: RuleTried, first: Rule, targets: frozenset[str]
) -> Iterator[Candidate]:
    where = step.where
    reached, spot = look.reached("nat", where.chain), look.spot("nat", where.chain, where.rule)
    if reached is None or spot is None:
        return
    for later in reached.spots[where.rule : where.rule + _LATER]:
        if later.target not in targets or not would_match(look.stack, step, later.rule):
            continue
        number = later.rule.number
        text = (
            f"nat {where.chain} rule {number} would translate this packet, but rule {where.rule} "
            f"comes first: {first.text}."
        )
        fix = moved_before(
            look.case, [later], spot, f"Move rule {number} in front of rule {where.rule}"
        )
        if fix is not None:
            yield Candidate("rule-too-late", text, fix, 2)
        body = later.rule.text.removeprefix(f"-A {where.chain} ")
        edit = line_before(look.case, spot, body) or command(
            look.case, look.family, "nat", f"-I {where.chain} {where.rule} {body}"
        )
        label = f"Insert rule {number} in front of rule {where.rule}"
        yield Candidate("rule-too-late", text, Fix(label, (edit,)), 3)
        gone = without(look.case, spot, label=f"Remove rule {where.rule}")
        if gone is not None:
            more = f"changes all that nat {where.chain} rule {where.rule} takes"
            yield Candidate("rule-too-late", text, gone, 5, more)
        return
