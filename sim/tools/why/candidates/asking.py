"""A rule asks somebody else about the packet: a program behind a queue, or the clock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.extensions.extension import Clause
from sim.model.rules import Rule, Target
from sim.tools.advice.edits import target_replaced, without
from sim.tools.advice.finding import Fix
from sim.tools.why.candidates.filtering import is_answer
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import alone
from sim.tools.why.story import rule_at
from sim.trace.steps import RuleTried, Step

_TIME = r"( -m time(?: --?[a-z]+(?: [^-\s]\S*)?)*)(?= -)"
_LOCAL = re.compile(r"--kerneltz|--localtz")


def candidates(look: Look) -> Iterator[Candidate]:
    story, stopper = look.stopped, look.stopper
    if story is None or story.first.is_arp:
        return
    if isinstance(stopper, RuleTried):
        yield from _queue(look, stopper)
        held = next((c for c in stopper.clauses if c.match == "time" and c.held), None)
        rule = rule_at(look.stack.rules, stopper)
        if held is not None and held.flag and rule is not None:
            yield from _too_bad_a_time(look, stopper, rule, held)
    if is_answer(look, story):
        return
    for weighed in alone(look.stack, story)[:20]:
        clause = weighed.failing[0]
        if clause.match == "time":
            yield from _too_early(look, weighed.step, weighed.rule, clause)


def _queue(look: Look, stopper: RuleTried) -> Iterator[Candidate]:
    """NFQUEUE drops what no program reads."""
    where = stopper.where
    rule = rule_at(look.stack.rules, stopper)
    target = rule.target if rule is not None else None
    spot = look.spot(where.table_name, where.chain, where.rule)
    if not isinstance(target, Target) or target.name != "NFQUEUE" or spot is None:
        return
    queue = target.args.value("--queue-num", 0)
    place = f"{where.table_name} {where.chain} rule {where.rule}"
    text = (
        f"{place} hands the packet to queue {queue}, and no program here reads that queue. Such a "
        f"packet is dropped. Does the program run?"
    )
    words = spot.rule.text.partition(" -j ")[2]
    edit = target_replaced(spot, f"{words} --queue-bypass")
    if edit is not None:
        fix = Fix("Let packets pass while no program reads", (edit,))
        more = "what comes meanwhile is accepted unseen, and later rules are not asked"
        yield Candidate("queue-without-program", text, fix, 2, more)


def _place(step: Step, rule: Rule) -> str:
    return f"{step.where.table_name} {step.where.chain} rule {rule.number}"


def _window(clause: Clause) -> str:
    """What the rule wants of the clock, as words behind it."""
    if clause.flag == "--timestart":
        return f"from {clause.want}"
    return clause.want if clause.want.startswith(("from", "until")) else f"on {clause.want}"


def _too_bad_a_time(look: Look, step: RuleTried, rule: Rule, clause: Clause) -> Iterator[Candidate]:
    """The rule that stopped the packet applies at this hour."""
    spot = look.spot(step.where.table_name, step.where.chain, rule.number)
    fix = without(look.case, spot, label=f"Remove rule {rule.number}") if spot else None
    zone = "local time" if _LOCAL.search(rule.text) else "UTC"
    text = (
        f"{_place(step, rule)} stops packets {_window(clause)} {zone}, and it is {clause.seen} now."
    )
    if fix is not None:
        yield Candidate("time-of-day", text, fix, 14, f"opens all that {_place(step, rule)} stops")


def _too_early(look: Look, step: Step, rule: Rule, clause: Clause) -> Iterator[Candidate]:
    """The rule that would take the packet does not apply at this hour."""
    zone = look.stack.runtime.host.zone
    is_local = _LOCAL.search(rule.text) is not None
    said = "local time" if is_local else "UTC"
    text = f"{_place(step, rule)} applies {_window(clause)} {said}, and it is {clause.seen} now."
    if zone and not is_local:
        hours = f"{abs(zone) // 60}:{abs(zone) % 60:02}"
        text += f" The host's own clock is {hours} h {'ahead' if zone > 0 else 'behind'}."
        edit = look.replaced(rule, r"-m time()(?=\s)", lambda _: " --kerneltz")
        if edit is not None:
            yield Candidate("time-of-day", text, Fix("Read the times as local", (edit,)), 4)
    edit = look.replaced(rule, _TIME, lambda _: "")
    if edit is not None:
        fix = Fix("Take the limit in time off", (edit,))
        yield Candidate("time-of-day", text, fix, 11, "the rule then applies at any time")
