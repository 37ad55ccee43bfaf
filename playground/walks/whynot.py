"""Why a rule matched or did not, packet by packet, or why no packet ever came to it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeGuard

from sim.extensions.extension import Clause
from sim.model.replies import ReplyKind
from sim.model.rules import FRAME_TABLES, INET, Rule, Rules, table_name
from sim.tell.render import NO_ANSWERS, packet_text
from sim.trace import steps as t


@dataclass(frozen=True, slots=True)
class Place:
    """A rule of the rules text."""

    family: int
    table: str
    chain: str
    rule: Rule
    built_in: bool

    @property
    def words(self) -> str:
        return f"rule {self.rule.number} of {self.table_name} {self.chain}"

    @property
    def table_name(self) -> str:
        return table_name(self.family, self.table)


@dataclass(frozen=True, slots=True)
class Answer:
    """One packet's answer. ``seq``: the step to look at, 0: there is none."""

    line: int
    seq: int
    text: str


def place_at(rules: Rules, source_line: int) -> Place | None:
    """The rule that a line of the rules text wrote, if it is still there when all is loaded."""
    for family in (4, 6, *FRAME_TABLES):
        for table in rules.of(family).tables.values():
            for chain in table.chains.values():
                for rule in chain.rules:
                    if rule.span and rule.span.line == source_line:
                        frames = FRAME_TABLES.get(family, {}).get(table.name)
                        built_in = (
                            chain.policy is not None if frames is None else chain.name in frames
                        )
                        return Place(family, table.name, chain.name, rule, built_in)
    return None


def answers(place: Place, steps: Iterable[t.Step]) -> Iterator[Answer]:
    """An answer for each statement that sent a packet, by the steps that are about packets.

    It is about that packet. What the host sent because of it (an ICMP error, a copy) has its own.
    A device that goes down makes steps too (a connection is forgotten), about no packet.
    """
    by_line: dict[int, list[t.Step]] = {}
    for step in steps:
        if step.packet.data and not isinstance(step, (t.Waited, t.FlowsListed)):
            by_line.setdefault(step.line, []).append(step)
    for line, found in by_line.items():
        sent = {step.packet.id: step for step in found if isinstance(step, t.Emitted)}
        own = [step for step in found if step.packet.id not in sent]
        if own:
            yield _answer(place, line, own)
        beside = _beside(place, found, sent, is_new=not any(_is_try(step, place) for step in own))
        if beside is not None:
            who = _who(sent[beside.packet.id])
            yield Answer(line, beside.seq, f"{who}: {_tried(beside)}")


def _beside(
    place: Place, steps: list[t.Step], sent: Container[int], *, is_new: bool
) -> t.RuleTried | None:
    """What the rule said of a packet that the host sent because of the statement's own.

    It is worth a word where the rule matched, or (``is_new``) saw no packet but that.
    """
    tries = [step for step in steps if step.packet.id in sent and _is_try(step, place)]
    told = [step for step in tries if step.held]
    return next(iter(told + (tries if is_new else [])), None)


def _is_try(step: t.Step, place: Place) -> TypeGuard[t.RuleTried]:
    return (
        isinstance(step, t.RuleTried)
        and _is_in(place, step)
        and step.where.rule == place.rule.number
    )


_COPIES = {ReplyKind.TEE, ReplyKind.FLOOD, ReplyKind.LOCAL_COPY}


def _who(step: t.Emitted) -> str:
    """A packet that is not the statement's own, in words: "its answer (icmp … unreachable)"."""
    who = "what the host sent because of it" if step.reason in NO_ANSWERS else "its answer"
    if step.reason in _COPIES:
        who = "a copy of it"
    return f"{who} ({packet_text(step.packet)})"


def _answer(place: Place, line: int, steps: list[t.Step]) -> Answer:
    there = [step for step in steps if _is_in(place, step)]
    for step in there:
        if _is_try(step, place):
            return Answer(line, step.seq, _tried(step))
    is_ip = place.family not in FRAME_TABLES
    if is_ip and all(step.packet.family != place.family for step in steps):
        return Answer(line, 0, f"it is no IPv{place.family} packet, and this is an "
                      f"IPv{place.family} rule")  # fmt: skip
    if there:
        return Answer(line, there[-1].seq, f"not reached: {_ended(there)}")
    if place.built_in:
        visited = any(_is_hook_of(place, step.where) for step in steps)
        why = (
            f"the packet passed {place.chain}, but not through its table {place.table_name} "
            "(only the first packet of a connection does)"
            if visited and place.table == "nat"
            else f"the packet never came through {place.chain}"
        )
        return Answer(line, steps[-1].seq, f"not reached: {why}")
    return Answer(line, steps[-1].seq, f"not reached: nothing jumped to {place.chain}")


def _is_hook_of(place: Place, where: t.Where) -> bool:
    family = place.family if place.family in FRAME_TABLES else INET
    return where.hook is not None and (where.hook.family, where.hook.chain) == (family, place.chain)


def _is_in(place: Place, step: t.Step) -> bool:
    where = step.where
    if place.family in FRAME_TABLES:
        return (where.family, where.table, where.chain) == (
            place.family, place.table, place.chain,
        )  # fmt: skip
    return (step.packet.family, where.table, where.chain) == (
        place.family, place.table, place.chain,
    )  # fmt: skip


def _tried(step: t.RuleTried) -> str:
    """The outcome, then every clause that was compared, in the order of the comparisons."""
    if step.held:
        outcome = "it matched" if step.clauses else "it matched, as it wants nothing"
    elif step.held is None:
        outcome = f"it cannot be known: {step.need}"
    else:
        outcome = "it did not match"
    mark = ". Compared: " if step.held is None else ": "
    return mark.join(filter(None, (outcome, "; ".join(map(_compared, step.clauses)))))


# A list of ports or a pattern can be long; the step itself shows all of it.
_LONGEST = 60
_HELD = {True: "held", False: "failed", None: "is not known"}


def _compared(clause: Clause) -> str:
    """What was wanted and seen. What belongs to no option (a header that is too short to be
    looked at) has the name of its match."""
    words = [
        "!" if clause.negated else "",
        clause.flag or f"-m {clause.match}",
        clause.want if clause.flag else f"wants {clause.want}",
    ]
    asked = " ".join(filter(None, words))
    return f"{_short(asked)} (seen {_short(clause.seen)}) {_HELD[clause.held]}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _ended(there: list[t.Step]) -> str:
    """What ended the walk through the chain before this rule."""
    for step in reversed(there):
        if isinstance(step, t.RuleTried) and step.held is not False:
            return f"rule {step.where.rule} before it matched ({step.text})"
    return "the walk through its chain ended before it"
