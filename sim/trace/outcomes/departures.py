"""How a packet leaves: the good end."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.packet.packet import Packet
from sim.trace.outcomes.base import Note, Topic, Why
from sim.trace.outcomes.decided import Because, FateVerdict


@dataclass(frozen=True, slots=True)
class Left(Why):
    """It left as ``packet``."""

    verdict: FateVerdict
    out: str
    packet: Packet
    because: Because


@dataclass(frozen=True, slots=True)
class OuterNotMade(Note):
    """A tunnel's device wraps the packet, and what it sends then is not modelled."""

    topic = Topic.PACKET
    dev: str
    kind: str


@dataclass(frozen=True, slots=True)
class SentStraight(Why):
    """The kernel puts it on the wire itself."""

    dev: str
