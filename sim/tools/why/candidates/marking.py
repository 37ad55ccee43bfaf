"""Marks: a rule wants one that another rule overwrote, or looks before it is restored."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.base.frozen import replace
from sim.extensions.extension import Clause
from sim.model.rules import Hook
from sim.packet.packet import Packet
from sim.tools.advice.case import Spot
from sim.tools.advice.edits import command, moved_before, target_replaced, without
from sim.tools.advice.finding import Fix
from sim.tools.why.candidates.filtering import edited
from sim.tools.why.candidates.translating import SOURCE_NAT, same_rule_in
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import Weighed, alone, every_clause, meant_for_it, told
from sim.tools.why.story import Story, rule_at
from sim.tools.why.symptoms import NO_WAY_BACK, OTHER_WAY
from sim.trace.steps import HookEntered, RuleTried, TargetRan

_ALL = 0xFFFFFFFF
_MARKS = frozenset({"MARK", "CONNMARK"})


def candidates(look: Look) -> Iterator[Candidate]:
    story, stopper = look.stopped, look.stopper
    if look.story.first.is_arp:
        return
    yield from _behind_routing(look, story or look.story)
    yield from _not_in_output(look, story or look.story)
    if look.symptom.name == OTHER_WAY:
        yield from _not_restored(look)
    elif look.symptom.name == NO_WAY_BACK:
        for weighed in alone(look.stack, look.story, SOURCE_NAT):
            if weighed.failing[0].match == "mark":
                yield from _not_set(look, look.story, weighed)
    if story is None or stopper is None:
        return
    for weighed in alone(look.stack, story):
        if weighed.failing[0].match == "mark":
            yield from _overwritten(look, story, weighed)
            yield from _not_set(look, story, weighed)
    if isinstance(stopper, RuleTried):
        yield from _too_early(look, story, stopper)
        yield from _set_before(look, story, stopper)


def _behind_routing(look: Look, story: Story) -> Iterator[Candidate]:
    """A mark that an ``ip rule`` asks for is set when the route is chosen already."""
    rules = [r for r in look.stack.runtime.host.rules if r.family == look.family]
    for step in story.steps:
        where = step.where
        if not isinstance(step, TargetRan) or step.name not in _MARKS:
            continue
        mark = step.packet.mark
        wants = any(r.fwmark is not None and mark & r.fwmask == r.fwmark for r in rules)
        is_late = where.hook in (Hook.FORWARD, Hook.POSTROUTING)
        if not (is_late and wants) or mark == step.before.mark or where.rule is None:
            continue
        rule = rule_at(look.stack.rules, step)
        if rule is None or not rule.text.startswith(f"-A {where.hook} "):
            continue  # in a user chain: another hook may lead there, too
        first = "OUTPUT" if story.is_local else "PREROUTING"
        text = (
            f"{where.table_name} {where.chain} rule {where.rule} sets mark {mark:#x}, for which "
            f"there is an `ip rule`. But {where.chain} comes after routing: the route is chosen "
            f"by then."
        )
        body = re.sub(r"\s(?:! )?-o \S+", "", rule.text.removeprefix(f"-A {where.chain}"))
        spot = look.spot(where.table_name, where.chain, where.rule)
        taken = without(look.case, spot) if spot is not None else None
        edit = command(look.case, look.family, "mangle", f"-A {first}{body}")
        fix = Fix(f"Set the mark in {first}", (*(taken.edits if taken else ()), edit))
        yield Candidate("mark-after-routing", text, fix, 1)


def _not_in_output(look: Look, story: Story) -> Iterator[Candidate]:
    """mangle PREROUTING marks what comes in: the host's own packets are marked in OUTPUT."""
    reached = look.reached("mangle", "PREROUTING")
    step = next((s for s in story.steps if isinstance(s, HookEntered)), None)
    rules = look.stack.runtime.host.rules
    if not story.is_local or reached is None or step is None or story.fate.packet.mark:
        return
    if not any(rule.fwmark is not None and rule.family == look.family for rule in rules):
        return
    there = replace(step, packet=story.first)
    for spot in meant_for_it(look.stack, there, reached, _MARKS):
        words = same_rule_in(spot.rule.text, "PREROUTING", "OUTPUT")
        edit = command(look.case, look.family, "mangle", words)
        text = (
            f"mangle PREROUTING rule {spot.rule.number} marks packets that come in. This host "
            f"sends this one itself, so it gets no mark, and no `ip rule` for a mark applies."
        )
        yield Candidate("mark-not-in-output", text, Fix("Mark it in OUTPUT too", (edit,)), 2)
        return


def _not_set(look: Look, story: Story, weighed: Weighed) -> Iterator[Candidate]:
    """The rule that should set the wanted mark misses the packet, too."""
    clause, rule = weighed.failing[0], weighed.step.where
    for setter in alone(look.stack, story, _MARKS)[:5]:
        if setter.step.seq > weighed.step.seq:
            continue
        miss = told(story, setter)
        edit = edited(look, setter)
        text = (
            f"{rule.table_name} {rule.chain} rule {rule.rule} wants mark {clause.want}, which this "
            f"packet never got: {miss.place} sets marks, but it {miss.differing[0]}."
        )
        if edit is not None:
            differing = miss.differing[0]
            label = f"Change {differing.flag} {differing.wanted} to {edit.text}"
            yield Candidate("mark-not-set", text, Fix(label, (edit,)), 2)


def _set_before(look: Look, story: Story, stopper: RuleTried) -> Iterator[Candidate]:
    """The rule that stopped the packet asks for a mark which another rule has set."""
    clause = next((c for c in stopper.clauses if c.match == "mark" and not c.negated), None)
    setter = next(
        (s for s in reversed(story.steps) if isinstance(s, TargetRan) and s.name in _MARKS
         and s.seq < stopper.seq and s.before.mark != s.packet.mark), None,
    )  # fmt: skip
    if clause is None or setter is None:
        return
    where, stops = setter.where, stopper.where
    spot = look.spot(where.table_name, where.chain, where.rule)
    fix = without(look.case, spot, label=f"Remove rule {where.rule}") if spot else None
    text = (
        f"{stops.table_name} {stops.chain} rule {stops.rule} stops what has mark {clause.want}. "
        f"{where.table_name} {where.chain} rule {where.rule} sets it: {setter.packet.mark:#x}."
    )
    if fix is not None:
        yield Candidate("mark-set", text, fix, 9)


def _not_restored(look: Look) -> Iterator[Candidate]:
    """The connection has the mark that the ip rules ask for; its answer has not."""
    flow, answer = look.story.flow, look.answer
    if flow is None or answer is None or not flow.mark or answer.fate.packet.mark:
        return
    rules = look.stack.runtime.host.rules
    if not any(r.fwmark is not None and r.fwmark == flow.mark & r.fwmask for r in rules):
        return
    chain = f"PREROUTING -i {answer.in_dev}" if answer.in_iface else "OUTPUT"
    text = (
        f"The connection has mark {flow.mark:#x}, but no rule gives it to the answer. So no "
        f"`ip rule` for that mark applies to it."
    )
    edit = command(look.case, look.family, "mangle", f"-A {chain} -j CONNMARK --restore-mark")
    yield Candidate("mark-not-restored", text, Fix("Restore the mark of answers", (edit,)), 2)


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
    rule = rule_at(look.stack.rules, stopper)
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
