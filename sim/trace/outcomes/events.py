"""What happens to the host between packets."""

from __future__ import annotations

from sim.base.frozen import dataclass
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


@dataclass(frozen=True, slots=True)
class CommandRan(Noun):
    """A command was typed. ``changed``: something is different now; ``notes``: what it says.

    ``deleted``: how many connections it deleted, -1 where it is not about those.
    """

    text: str
    changed: bool = True
    deleted: int = -1
    notes: tuple[str, ...] = ()


HostEvent = WentDown | CameUp | Renumbered | CommandRan
