"""Next hops that do not answer."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.packet.packet import Address
from sim.trace.outcomes.base import Note, Topic, Why


@dataclass(frozen=True, slots=True)
class AskedAnew(Why):
    """The queue is thrown away as the kernel asks again."""

    to: Address


@dataclass(frozen=True, slots=True)
class NobodyAnswers(Why):
    """About three seconds later."""

    to: Address
    dev: str


@dataclass(frozen=True, slots=True)
class GivesUpAsking(Note):
    """The kernel stops asking."""

    topic = Topic.NEIGHBOUR
    to: Address
    dev: str
