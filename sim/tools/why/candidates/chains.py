"""A rule for the packet stands where the packet never comes: in a chain that nothing jumps to, in
the other family. Or a rule leads it to a chain that holds nothing."""

from __future__ import annotations

from collections.abc import Iterator

from sim.model.rules import INET, Hook
from sim.packet.headers import PORT_PROTOCOLS
from sim.tools.advice.edits import command, last_open
from sim.tools.advice.finding import Fix
from sim.tools.why.candidates.filtering import accepting, in_front, is_answer
from sim.tools.why.candidates.translating import SOURCE_NAT
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import DESTINATION_NAT, would_match
from sim.tools.why.story import Story
from sim.tools.why.symptoms import NO_WAY_BACK, NOT_ARRIVED
from sim.trace.steps import HookEntered, Jumped, PolicyApplied, RuleTried

_MOST = 200  # rules of a chain that are looked at
_NAMES = {4: "iptables", 6: "ip6tables"}


def candidates(look: Look) -> Iterator[Candidate]:
    story, stopper = look.stopped, look.stopper
    if stopper is None and not look.is_second and not look.story.first.is_arp:
        yield from _of_nat(look)
    if story is None or stopper is None or stopper.where.family != INET or look.is_second:
        return
    if stopper.where.table_name != "filter" or is_answer(look, story):
        return
    yield from _without_jump(look, stopper)
    yield from _empty(look, story)
    yield from _other_family(look, stopper)


def _without_jump(look: Look, stopper: RuleTried | PolicyApplied) -> Iterator[Candidate]:
    for reached in look.case.table(look.family, "filter").values():
        if reached.policy is not None or reached.hooks:
            continue
        name = reached.chain.name
        for spot in reached.spots[:_MOST]:
            if spot.target != "ACCEPT" or not would_match(look.stack, stopper, spot.rule):
                continue
            text = (
                f"filter {name} rule {spot.rule.number} would take this packet, but no rule jumps "
                f"to {name}."
            )
            fix = Fix(f"Jump to {name}", in_front(look, stopper, f"-j {name}"))
            yield Candidate("chain-without-jump", text, fix, 6)
            return


def _of_nat(look: Look) -> Iterator[Candidate]:
    """A chain of nat holds the rule that should have translated the packet."""
    if look.symptom.name == NO_WAY_BACK:
        hook, targets = Hook.POSTROUTING, SOURCE_NAT
    elif look.symptom.name == NOT_ARRIVED and look.stopped is look.story:
        hook, targets = Hook.OUTPUT if look.story.is_local else Hook.PREROUTING, DESTINATION_NAT
    else:
        return
    steps = (s for s in look.story.steps if isinstance(s, HookEntered) and s.where.hook == hook)
    step = next(steps, None)
    if step is None:
        return
    for reached in look.case.table(look.family, "nat").values():
        if reached.policy is not None or reached.hooks:
            continue
        name = reached.chain.name
        for spot in reached.spots[:_MOST]:
            if spot.target not in targets or not would_match(look.stack, step, spot.rule):
                continue
            text = (
                f"nat {name} rule {spot.rule.number} would translate this packet, but no rule "
                f"jumps to {name}."
            )
            top = look.reached("nat", hook)
            edit = (
                last_open(look.case, top, f"-j {name}")
                if top is not None
                else command(look.case, look.family, "nat", f"-A {hook} -j {name}")
            )
            fix = Fix(f"Jump to {name}", (edit,))
            yield Candidate("chain-without-jump", text, fix, 1)
            return


def _empty(look: Look, story: Story) -> Iterator[Candidate]:
    """The rule was meant for the packet, and its chain gives it back."""
    for step in reversed(story.steps):
        if not isinstance(step, Jumped) or step.where.table_name != "filter":
            continue
        where = step.where
        reached = look.reached("filter", step.chain)
        spot = look.spot("filter", where.chain, where.rule or 0)
        if reached is None or spot is None or reached.spots or spot.rule.is_unconditional:
            continue
        text = (
            f"filter {where.chain} rule {where.rule} sends this packet to {step.chain}, which has "
            f"no rules: it comes back as it went."
        )
        edit = command(look.case, look.family, "filter", f"-A {step.chain} -j ACCEPT")
        yield Candidate("chain-is-empty", text, Fix(f"Accept in {step.chain}", (edit,)), 5)
        return


def _other_family(look: Look, stopper: RuleTried | PolicyApplied) -> Iterator[Candidate]:
    """The same door is open by the other family's rules."""
    other = 10 - look.family
    where = stopper.where
    reached = look.case.chain(other, "filter", where.hook or where.chain)
    packet = stopper.packet
    if reached is None or packet.headers.protocol not in PORT_PROTOCOLS:
        return
    for spot in reached.spots[:_MOST]:
        rule = spot.rule
        bound = rule.ip.source or rule.ip.destination
        if spot.target != "ACCEPT" or bound or "port" not in rule.text:
            continue
        if not would_match(look.stack, stopper, rule):
            continue
        text = (
            f"{_NAMES[other]}'s filter {reached.chain.name} rule {rule.number} takes such a packet "
            f"by IPv{other}. No rule of {_NAMES[look.family]} takes it by IPv{look.family}."
        )
        body = rule.text.removeprefix(f"-A {reached.chain.name} ").partition(" -j ")[0]
        fix = Fix(f"Accept it by IPv{look.family}, too", accepting(look, stopper, body))
        yield Candidate("other-family-only", text, fix, 6)
        return
