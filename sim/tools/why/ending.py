"""Did a conversation work for the one who began it, and if not, which packet did not arrive?"""

from __future__ import annotations

from collections.abc import Sequence

from sim.model.flow import FlowTuple
from sim.packet.kinds import CtState
from sim.tools.why.report import Death
from sim.tools.why.story import Story
from sim.tools.why.trial import Trial
from sim.trace.steps import Conntrack

ORIGINAL, REPLY = "original", "reply"


class Endings:
    """The stories of a run by connection, for the first that ended badly in each."""

    def __init__(self, told: Sequence[Story]) -> None:
        self._deaths: dict[tuple[FlowTuple, int], Death] = {}
        self._begun: dict[tuple[FlowTuple, int], int] = {}
        for story in told:
            key = _connection(story)
            if key is None:
                continue
            if _is_new(story):  # the same ends once more: another connection
                self._begun[key] = story.line
                self._deaths.pop(key, None)
            if story.stopped and key not in self._deaths:
                self._deaths[key] = Death(story.line, direction(story))

    def of(self, story: Story, trial: Trial | None) -> Death | None:
        """The packet that ended the conversation which this one belongs to; ``None``: none did."""
        if story.first.is_arp:
            return None  # no connection
        if story.stopped:
            return Death(story.line, direction(story))
        if trial is not None and trial.story.passed and trial.stopped is not None:
            return Death(story.line, REPLY, tried=True)
        key = _connection(story)
        if key is None or (_is_new(story) and self._begun.get(key) != story.line):
            return None
        death = self._deaths.get(key)
        return death if death is not None and death.packet > story.line else None


def direction(story: Story) -> str:
    """Of a packet: does it go the way of the first one, or back?"""
    looked = next((s for s in reversed(story.steps) if isinstance(s, Conntrack)), None)
    return REPLY if looked is not None and looked.packet.ct_reply else ORIGINAL


def _connection(story: Story) -> tuple[FlowTuple, int] | None:
    flow = story.flow
    return (flow.original, flow.zone) if flow is not None else None


def _is_new(story: Story) -> bool:
    return story.ct_state is CtState.NEW
