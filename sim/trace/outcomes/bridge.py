"""Frames from port to port."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.packet.packet import Address
from sim.trace.outcomes.base import Cause, Note, Topic, Why


@dataclass(frozen=True, slots=True)
class NoPort(Why):
    """No port leads there."""

    bridge: str
    mac: str


@dataclass(frozen=True, slots=True)
class BehindItself(Why):
    """The receiver is where it came from."""

    bridge: str
    mac: str
    port: str


@dataclass(frozen=True, slots=True)
class NoOtherPort(Why):
    """It has nowhere to go on."""

    bridge: str
    mac: str


@dataclass(frozen=True, slots=True)
class PortUnknown(Why):
    """The text does not say who would answer."""

    bridge: str
    to: Address


@dataclass(frozen=True, slots=True)
class ClashBeforeInput(Why):
    """br_nf_local_in confirms before INPUT."""


@dataclass(frozen=True, slots=True)
class BehindPort(Note):
    """The bridge knows the port."""

    topic = Topic.BRIDGE
    mac: str
    ports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToEveryPort(Note):
    """The bridge does not."""

    topic = Topic.BRIDGE
    mac: str
    bridge: str


@dataclass(frozen=True, slots=True)
class Brouted(Note):
    """BROUTING said DROP."""

    topic = Topic.BRIDGE
    port: str


@dataclass(frozen=True, slots=True)
class Bridged(Note):
    """Out of one port."""

    topic = Topic.BRIDGE
    mac: str
    port: str


@dataclass(frozen=True, slots=True)
class Flooded(Note):
    """Out of many. ``to_many``: to a group."""

    topic = Topic.BRIDGE
    mac: str
    to_many: bool
    ports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Readdressed(Note):
    """NAT gave it a receiver on the same bridge."""

    topic = Topic.BRIDGE
    to: Address
    bridge: str
    mac: str


@dataclass(frozen=True, slots=True)
class Learned(Note):
    """Who sent it is behind that port."""

    topic = Topic.LEARNED
    bridge: str
    mac: str
    port: str


@dataclass(frozen=True, slots=True)
class FrameOrder(Note):
    """filter's and nat's OUTPUT of ebtables; ``backend`` is what asks them as shown."""

    topic = Topic.BACKEND
    backend: str


@dataclass(frozen=True, slots=True)
class NeighbourLine(Cause):
    """What would say which port leads there."""

    to: Address
    bridge: str
