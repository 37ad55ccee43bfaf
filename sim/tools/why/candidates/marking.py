"""Marks: a rule wants one that another rule overwrote, or looks before it is restored."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.extensions.extension import Clause
from sim.packet.packet import Packet
from sim.tools.advice.case import Spot
from sim.tools.advice.edits import moved_before, target_replaced, without
from sim.tools.advice.finding import Fix
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import Weighed, alone, every_clause
from sim.tools.why.story import Story, rule_at
from sim.trace.steps import RuleTried, TargetRan

_ALL = 0xFFFFFFFF
_MARKS = frozenset({"MARK", "CONNMARK"})


def candidates(look: Look) -> Iterator[Candidate]:
    story, stopper = look.stopped, look.stopper
    if story is None or stopper is None or stopper.packet.is_arp:
        return
    for weighed in alone(look.stack, story):
        if weighed.failing[0].match == "mark":
            yield from _overwritten(look, story, weighed)
    if isinstance(stopper, RuleTried):
        yield from _too_early(look, story, stopper)


def _overwritten(look: Look, story: Story, weighed: Weighed) -> Iterator[Candidate]:
    """The packet had the mark that a rule wants, until another rule set it anew."""
    lost: TargetRan | None = None
    for step in story.steps:
        if not isinstance(step, TargetRan) or step.name not in _MARKS:
            continue
        if step.before.mark != step.packet.mark and _holds(look, step, weighed):
            lost = step
    if lost is None:
        return
    where, rule = lost.where, weighed.step.where
    spot = look.spot(where.table_name, where.chain, where.rule)
    if spot is None:
        return
    clause = weighed.failing[0]
    text = (
        f"{rule.table_name} {rule.chain} rule {rule.rule} wants mark {clause.want}. The packet had "
        f"it, until {where.table_name} {where.chain} rule {where.rule} ({lost.name}) changed the "
        f"mark from {lost.before.mark:#x} to {lost.packet.mark:#x}."
    )
    words = _kept(lost, spot, clause)
    edit = target_replaced(spot, words) if words else None
    if edit is not None:
        yield Candidate("mark-overwritten", text, Fix("Change only the other bits", (edit,)), 2)
    fix = without(look.case, spot, label=f"Remove rule {where.rule}")
    if fix is not None:
        yield Candidate("mark-overwritten", text, fix, 9)


def _holds(look: Look, step: TargetRan, weighed: Weighed) -> bool:
    """Would the clause have held for the mark before the target ran, and not after it?"""
    wanted = weighed.failing[0].want

    def held(packet: Packet) -> bool:
        clauses = every_clause(look.stack, packet, step, weighed.rule, None)
        return any(c.held for c in clauses if c.match == "mark" and c.want == wanted)

    return held(step.before) and not held(step.packet)


def _kept(lost: TargetRan, spot: Spot, clause: Clause) -> str:
    """The target's words with a mask that leaves the wanted bits alone; empty: there are none."""
    found = re.fullmatch(r"0x[0-9a-f]+(?:/(0x[0-9a-f]+))?", clause.want)
    mask = int(found[1], 16) if found and found[1] else _ALL
    rest = _ALL ^ mask
    if not rest:
        return ""
    if lost.name == "CONNMARK" and "--restore-mark" in spot.rule.text:
        return f"CONNMARK --restore-mark --nfmask {rest:#x} --ctmask {rest:#x}"
    value = lost.packet.mark & rest
    return f"MARK --set-xmark {value:#x}/{value:#x}" if lost.name == "MARK" and value else ""


def _too_early(look: Look, story: Story, stopper: RuleTried) -> Iterator[Candidate]:
    """The rule that stopped the packet looks at a mark that is restored further down."""
    rule = rule_at(look.case.compiled.rules, stopper)
    where = stopper.where
    reached = look.reached(where.table_name, where.chain)
    flow = story.flow
    if rule is None or reached is None or flow is None or not flow.mark:
        return
    if not any(match.name == "mark" for match in rule.matches):
        return
    spot = look.spot(where.table_name, where.chain, where.rule)
    for later in reached.spots[where.rule : where.rule + 100]:
        if spot is None or later.target != "CONNMARK" or "--restore-mark" not in later.rule.text:
            continue
        text = (
            f"{where.table_name} {where.chain} rule {where.rule} looks at the packet's mark. The "
            f"connection's mark {flow.mark:#x} is restored only by rule {later.rule.number}, "
            f"further down."
        )
        label = f"Move rule {later.rule.number} in front of rule {where.rule}"
        fix = moved_before(look.case, [later], spot, label)
        if fix is not None:
            yield Candidate("mark-asked-too-early", text, fix, 2)
        return
