"""The packet gets through and must not: the change that a careful person would make to stop it."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.values import address_text
from sim.model.rules import Hook, Jump
from sim.packet.packet import Packet
from sim.tools.advice.edits import command, is_alone, line_before, whole_lines
from sim.tools.advice.finding import Edit, Fix
from sim.tools.why.candidates.filtering import edited, spec
from sim.tools.why.look import Candidate, Look
from sim.tools.why.misses import alone, told, would_match
from sim.tools.why.story import accepted_by
from sim.tools.why.symptoms import PASSES
from sim.trace.steps import HookEntered, PolicyApplied, RuleTried, Step

_STOPS = frozenset({"DROP", "REJECT"})
_EVERYBODY = "stops every sender there, not this one alone"
_HOOKS = ("FORWARD", "INPUT", "OUTPUT")


def candidates(look: Look) -> Iterator[Candidate]:
    if look.symptom.name != PASSES or look.story.first.is_arp:
        return
    yield from _nearly(look)
    accepted = accepted_by(look.stack.rules, look.story)
    if accepted is None:
        yield from _first_rule(look)
        return
    yield from _too_late(look, accepted)
    yield from _before(look, accepted)
    yield from _shut(look, accepted)


def _nearly(look: Look) -> Iterator[Candidate]:
    """A rule that stops others fails for this packet by one clause."""
    for weighed in alone(look.stack, look.story, _STOPS)[:5]:
        edit = edited(look, weighed)
        miss = told(look.story, weighed)
        if edit is None or not weighed.tells:
            continue
        differing = miss.differing[0]
        text = f"{miss.place} nearly stops it: it {differing}."
        label = f"Change {differing.flag} {differing.wanted} to {edit.text}"
        more = f"{differing.flag} {differing.wanted} is no longer stopped there"
        yield Candidate("nearly-stopped", text, Fix(label, (edit,)), 25, more)


def _too_late(look: Look, accepted: RuleTried | PolicyApplied) -> Iterator[Candidate]:
    """A rule that would stop it stands behind the one that accepts it."""
    where = accepted.where
    reached = look.reached(where.table_name, where.chain)
    if reached is None or isinstance(accepted, PolicyApplied):
        return
    for later in reached.spots[where.rule : where.rule + 200]:
        if later.target not in _STOPS or later.rule.is_unconditional:
            continue
        if not would_match(look.stack, accepted, later.rule):
            continue
        text = (
            f"{where.table_name} {where.chain} rule {later.rule.number} would stop it, but rule "
            f"{where.rule} accepts it first."
        )
        body = later.rule.text.removeprefix(f"-A {where.chain} ")
        spot = look.spot(where.table_name, where.chain, where.rule)
        edit = line_before(look.case, spot, body) if spot is not None else None
        if edit is None:
            words = f"-I {where.chain} {where.rule} {body}"
            edit = command(look.case, look.family, where.table_name, words)
        label = f"Insert rule {later.rule.number} in front of rule {where.rule}"
        yield Candidate("rule-too-late", text, Fix(label, (edit,)), 5)
        return


def _before(look: Look, accepted: RuleTried | PolicyApplied) -> Iterator[Candidate]:
    """A DROP for this packet, then for all senders, in front of what accepts it."""
    where = accepted.where
    place = _place(accepted)
    reached = look.reached(where.table_name, where.chain)
    spot = look.spot(where.table_name, where.chain, where.rule)
    user = look.reached("filter", "DOCKER-USER") if where.hook == Hook.FORWARD else None
    for rank, (end, whom, more) in enumerate(_senders(accepted.packet), 10):
        body = f"{spec(accepted.packet, accepted)}{end} -j DROP"
        edit, chain = None, where.chain
        if user is not None and user.hooks:  # docker writes the rest of FORWARD anew
            chain = user.chain.name
            edit = command(look.case, look.family, "filter", f"-I {chain} {body}")
        elif isinstance(accepted, RuleTried) and spot is not None:
            edit = line_before(look.case, spot, body)
        number = min(where.rule, len(reached.spots) + 1) if reached is not None else 1
        edit = edit or command(
            look.case, look.family, where.table_name, f"-I {chain} {number} {body}"
        )
        text = f"{place} accepts this packet."
        fix = Fix(f"Drop it in {chain}, {whom}", (edit,))
        yield Candidate("accepted", text, fix, rank, more)


def _senders(packet: Packet) -> Iterator[tuple[str, str, str]]:
    """Whom a rule is for: the words at its end, whom it stops, and whom it stops beside that."""
    owner = packet.owner
    if owner is not None and owner.has_file:
        yield "", "from every user", "stops every user of this host, not this one alone"
        yield f" -m owner --uid-owner {owner.uid}", "from this user", ""
        return
    yield "", "from everybody", _EVERYBODY
    yield f" -s {address_text(packet.headers.src)}", "from this sender", ""


def _shut(look: Look, accepted: RuleTried | PolicyApplied) -> Iterator[Candidate]:
    """What accepts it, gone."""
    where = accepted.where
    if isinstance(accepted, PolicyApplied):
        edit = command(look.case, look.family, where.table_name, f"-P {where.chain} DROP")
        text = f"No rule stops it, and {_place(accepted)} is ACCEPT."
        fix = Fix(f"Set {where.chain}'s policy to DROP", (edit,))
        yield Candidate("policy-accept", text, fix, 40, f"closes all of {where.chain}")
        return
    spot = look.spot(where.table_name, where.chain, where.rule)
    if spot is None or isinstance(spot.rule.target, Jump) or not is_alone(look.case, spot.rule):
        return
    fix = Fix(f"Remove rule {where.rule}", (Edit("rules", whole_lines(spot.rule), ""),))
    more = f"stops all that only {_place(accepted)} accepts"
    yield Candidate("accepted", f"{_place(accepted)} accepts this packet.", fix, 20, more)


def _first_rule(look: Look) -> Iterator[Candidate]:
    """No table filter had a say: its first rule."""
    hook = next(
        (s for s in look.story.steps if isinstance(s, HookEntered) and s.where.hook in _HOOKS), None
    )
    if hook is None or hook.where.hook is None:
        return
    chain = Hook(hook.where.hook)
    text = f"No rule of filter {chain} looks at this packet."
    for rank, (end, whom, more) in enumerate(_senders(hook.packet), 10):
        body = f"-A {chain} {spec(hook.packet, hook)}{end} -j DROP"
        edit = command(look.case, look.family, "filter", body)
        fix = Fix(f"Drop it in {chain}, {whom}", (edit,))
        yield Candidate("nothing-stops-it", text, fix, rank, more)


def _place(step: Step) -> str:
    where = step.where
    if isinstance(step, PolicyApplied):
        return f"{where.table_name} {where.chain}'s policy"
    return f"{where.table_name} {where.chain} rule {where.rule}"
