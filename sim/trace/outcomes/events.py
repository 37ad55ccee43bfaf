"""What happens to the host between packets."""

from __future__ import annotations

from dataclasses import dataclass

from sim.model.host import InterfaceAddress
from sim.trace.outcomes.base import Noun


@dataclass(frozen=True, slots=True)
class WentDown(Noun):
    """A device stops."""

    iface: str


@dataclass(frozen=True, slots=True)
class CameUp(Noun):
    """It runs again."""

    iface: str


@dataclass(frozen=True, slots=True)
class Renumbered(Noun):
    """Its address of a family is another one."""

    iface: str
    address: InterfaceAddress


HostEvent = WentDown | CameUp | Renumbered
