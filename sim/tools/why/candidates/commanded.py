"""A command between the packets removed the rule that took such a packet, or closed the chain."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sim.base.errors import Span
from sim.base.frozen import replace
from sim.model.changes import RulesChanged
from sim.model.rules import INET, Chain, Hook, Rule, Rules, Verdict
from sim.packet.script import TypedCommand
from sim.tools.advice.finding import Edit, Fix
from sim.tools.why.candidates.filtering import is_answer, spec
from sim.tools.why.candidates.translating import SOURCE_NAT
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import DESTINATION_NAT, would_match
from sim.tools.why.symptoms import NO_WAY_BACK, NOT_ARRIVED
from sim.trace.steps import HookEntered, PolicyApplied, RuleTried, Step

_KNOWN = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
_MOST = 2_000  # rules of a table that are looked through
_MOST_AGAIN = 12  # that are added again at once


def candidates(look: Look) -> Iterator[Candidate]:
    if look.story.first.is_arp or look.is_second:
        return
    for statement in reversed(look.case.compiled.script):
        if statement.line >= look.symptom.line or not isinstance(statement, TypedCommand):
            continue
        for change in statement.changes:
            if isinstance(change, RulesChanged):
                yield from _of(look, statement, change)


def _of(look: Look, typed: TypedCommand, change: RulesChanged) -> Iterator[Candidate]:
    stopper = look.stopper
    if stopper is not None and stopper.where.family == INET:
        if stopper.where.table_name != "filter":
            return
        if isinstance(stopper, PolicyApplied):
            yield from _closed(look, typed, change, stopper)
        else:
            yield from _added(look, typed, change, stopper)
    elif look.symptom.name == NO_WAY_BACK:
        yield from _untranslated(look, typed, change, "POSTROUTING", SOURCE_NAT)
    elif look.symptom.name == NOT_ARRIVED and look.stopped is look.story:
        first = "OUTPUT" if look.story.is_local else "PREROUTING"
        yield from _untranslated(look, typed, change, first, DESTINATION_NAT)


def _said(typed: TypedCommand) -> str:
    return f"`{typed.text.strip()}` (statement {typed.line})"


def _before(typed: TypedCommand, words: str) -> Edit:
    start = Span(typed.span.line, typed.span.column, typed.span.line, typed.span.column)
    return Edit("packets", start, f"{words}; ")


def _behind(typed: TypedCommand, words: str) -> Edit:
    span = typed.span
    return Edit("packets", Span(span.line, span.end_column, span.line, span.end_column),
                f"; {words}")  # fmt: skip


def _tool(family: int) -> str:
    return "iptables" if family == 4 else "ip6tables"


def _closed(
    look: Look, typed: TypedCommand, change: RulesChanged, stopper: PolicyApplied
) -> Iterator[Candidate]:
    """The policy that stopped the packet is new, or is all that the command has left."""
    name, tool = stopper.where.chain, _tool(look.family)
    old, new = (_chain(each, look.family, name) for each in (change.before, change.after))
    if new is None or new.policy is not Verdict.DROP:
        return
    if old is None or old.policy is not Verdict.DROP:
        text = f"{_said(typed)} closed {name}, and no rule there accepts this packet."
        for rank, body in ((1, _KNOWN), (2, f"{spec(stopper.packet, stopper)} -j ACCEPT")):
            fix = Fix("Accept it before that", (_before(typed, f"{tool} -A {name} {body}"),))
            yield Candidate("closed-by-command", text, fix, rank)
    for lost in _lost(change, look.family, "filter"):
        if _target(lost) != "ACCEPT" or not would_match(look.stack, stopper, lost):
            continue
        text = (
            f"{_said(typed)} removed the rule that took such packets, and left {name}'s policy at "
            f"DROP: {lost.text}."
        )
        if not new.rules:
            fix = Fix(f"Set {name}'s policy to ACCEPT before that",
                      (_before(typed, f"{tool} -P {name} ACCEPT"),))  # fmt: skip
            more = f"opens all of {name} until its rules are back"
            yield Candidate("removed-by-command", text, fix, 1, more)
        fix = Fix("Add the rule again", (_behind(typed, f"{tool} {lost.text}"),))
        yield Candidate("removed-by-command", text, fix, 2)
        return


def _added(
    look: Look, typed: TypedCommand, change: RulesChanged, stopper: RuleTried
) -> Iterator[Candidate]:
    """The rule that stopped the packet is the command's."""
    where = stopper.where
    old, new = (_chain(each, look.family, where.chain) for each in (change.before, change.after))
    if new is None or where.rule > len(new.rules):
        return
    rule = new.rules[where.rule - 1]
    if old is not None and any(each.text == rule.text for each in old.rules):
        return
    known = look.stopped is not None and is_answer(look, look.stopped)
    body = _KNOWN if known else f"{spec(stopper.packet, stopper)} -j ACCEPT"
    text = (
        f"{_said(typed)} added filter {where.chain} rule {where.rule}, which stops this packet: "
        f"{rule.text}."
    )
    words = f"{_tool(look.family)} -I {where.chain} {where.rule} {body}"
    fix = Fix("Accept it in front of that rule", (_behind(typed, words),))
    yield Candidate("closed-by-command", text, fix, 3)


def _untranslated(
    look: Look, typed: TypedCommand, change: RulesChanged, hook: str, targets: frozenset[str]
) -> Iterator[Candidate]:
    """A rule of nat that translated such packets is gone."""
    step = next(
        (s for s in look.story.steps if isinstance(s, HookEntered) and s.where.hook == hook), None
    )
    if step is None:
        return
    at: Step = replace(step, where=replace(step.where, table="nat", hook=Hook(hook)))
    lost = list(islice(_lost(change, look.family, "nat"), _MOST_AGAIN + 1))
    for rule in lost:
        if _target(rule) not in targets or not would_match(look.stack, at, rule):
            continue
        text = f"{_said(typed)} removed the rule of nat that translated such packets: {rule.text}."
        tool = f"{_tool(look.family)} -t nat"
        fix = Fix("Add the rule again", (_behind(typed, f"{tool} {rule.text}"),))
        yield Candidate("removed-by-command", text, fix, 1)
        if 1 < len(lost) <= _MOST_AGAIN:  # the jumps to its chain are gone as well
            words = "; ".join(f"{tool} {each.text}" for each in lost)
            fix = Fix("Add the rules of nat again", (_behind(typed, words),))
            yield Candidate("removed-by-command", text, fix, 2)
        return


def _chain(rules: Rules, family: int, name: str) -> Chain | None:
    table = rules.of(family).tables.get("filter")
    return table.chains.get(name) if table is not None else None


def _target(rule: Rule) -> str:
    return rule.text.partition(" -j ")[2].partition(" ")[0]


def _lost(change: RulesChanged, family: int, table: str) -> Iterator[Rule]:
    """The rules of a table that the command took away, in their order."""
    old, new = (each.of(family).tables.get(table) for each in (change.before, change.after))
    left = _MOST
    for name, chain in old.chains.items() if old is not None else ():
        there = new.chains.get(name) if new is not None else None
        kept = {rule.text for rule in there.rules} if there is not None else set()
        for rule in chain.rules:
            left -= 1
            if left < 0:
                return
            if rule.text not in kept:
                yield rule
