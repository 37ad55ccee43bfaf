"""What a lesson tells of its scenario: every packet and event in its order, and what came of it.

A packet may leave and its conversation be dead all the same: renumbered under SNAT, its answer
comes to nobody. So each packet has, beside its fate, what the person who sent it would notice
(``sim.tools.why``: the symptoms of a report).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from playground.shown.headlines import Headline
from playground.shown.trace import Whole
from sim.tell.render import sentence
from sim.tools.why import explain
from sim.trace.steps import Step

LOST = "lost"  # it left, and nothing will come of it
EVENT = "event"
_GONE_ON = frozenset({"forwarded", "sent", "delivered"})


@dataclass(frozen=True, slots=True)
class Told:
    """One statement. ``verdict``: a fate's, ``unsent``, ``lost`` or ``event``; ``seq``: the step
    to go to; ``trouble``: why a packet that went on does its sender no good."""

    line: int
    statement: str
    verdict: str
    sentence: str
    seq: int
    trouble: str = ""


def told(trace: Whole, tells_cause: bool) -> tuple[Told, ...]:
    """The statements of a finished run, in their order; with their ``trouble`` if asked for."""
    first: dict[int, Step] = {}
    for step in trace.steps:
        first.setdefault(step.line, step)
    return tuple(_told(trace, first, _troubles(trace) if tells_cause else {}))


def _troubles(trace: Whole) -> dict[int, str]:
    """Of the packets that do not work: what goes wrong, in a sentence."""
    found = {}
    for report in explain(trace.prepared.compiled, tuple(trace.steps), causes=False):
        if report.worked is False and report.symptoms:
            found[report.packet] = report.symptoms[0].text
    return found


def _told(trace: Whole, first: Mapping[int, Step], troubles: Mapping[int, str]) -> Iterator[Told]:
    for entry in trace.entries:
        heads: Sequence[Headline] = entry.headlines
        if not heads:
            step = first.get(entry.line)
            if step is not None:
                yield Told(entry.line, entry.statement, EVENT, sentence(step), step.seq)
            continue
        for head in heads:
            goes = head.verdict in _GONE_ON
            trouble = troubles.get(head.line, "") if goes else ""
            verdict = LOST if trouble else head.verdict
            yield Told(head.line, entry.statement, verdict, head.sentence, head.seq, trouble)
