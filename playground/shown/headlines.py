"""What stands above a trace: one line for each packet of the text, and where there is none, why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sim.tell.render import sentence
from sim.trace import steps as t
from sim.trace.outcomes.base import Topic


@dataclass(frozen=True, slots=True)
class Headline:
    """``verdict``: a fate's, or ``unsent`` for a statement that made no packet."""

    seq: int
    line: int
    verdict: str
    sentence: str


def headline_of(step: t.Step) -> Headline | None:
    """The headline that a step is, if it is one."""
    if isinstance(step, t.Fate) and step.main:
        return Headline(step.seq, step.line, step.verdict, sentence(step))
    if isinstance(step, t.Noted) and is_unsent(step):
        return Headline(step.seq, step.line, "unsent", sentence(step))
    return None


def fates_of(steps: Iterable[t.Step]) -> tuple[Headline, ...]:
    """The fates of the packets of the text."""
    return headlines(step for step in steps if isinstance(step, t.Fate))


def headlines(steps: Iterable[t.Step]) -> tuple[Headline, ...]:
    """Those of a trace, in its order."""
    return tuple(one for one in map(headline_of, steps) if one is not None)


def is_unsent(step: t.Step) -> bool:
    """Whether it says why its statement made no packet: a reply to nothing, impossible bytes."""
    return isinstance(step, t.Noted) and step.topic is Topic.PACKET
