"""What a command between two packets makes of the host, the rules or conntrack's table.

Plain data: the texts say it (``sim.read.commands``), the kernel does it
(``sim.kernel.stack.commands``).
"""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.model.flow import FlowTuple
from sim.model.host import Host, Network
from sim.model.rules import Rules


@dataclass(frozen=True, slots=True)
class RulesChanged:
    """All tables as they are from here on."""

    before: Rules
    after: Rules


@dataclass(frozen=True, slots=True)
class SetDeed:
    """A command about elements of IP sets that packets may have put in, so no text tells them.

    ``verb`` is ``flush`` (of all sets where none is named), ``del``, ``swap`` or ``rename``.
    ``otherwise`` is what there is to say where the element is not there.
    """

    verb: str
    names: tuple[str, ...] = ()
    element: str = ""
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class HostChanged:
    """The host as its text told it before and after the command; what differs is changed."""

    before: Host
    after: Host
    deed: SetDeed | None = None  # instead of what differs in the sets


@dataclass(frozen=True, slots=True)
class FlowFilter:
    """Which entries ``conntrack -D`` is about: all that are given must hold.

    ``ports`` and ``networks`` name a field of a tuple, as ``original.src`` or ``reply.dport``.
    ``mark`` is a value and its mask; ``status`` are bits such as ``ASSURED``.
    """

    family: int = 0  # 4, 6; 0: both
    protocol: int | None = None
    networks: tuple[tuple[str, Network], ...] = ()
    ports: tuple[tuple[str, int], ...] = ()
    mark: tuple[int, int] | None = None
    zone: int | None = None
    state: str = ""
    status: frozenset[str] = frozenset()

    def takes(self, original: FlowTuple, reply: FlowTuple) -> bool:
        """Do the tuples fit? Mark, zone, state and status are the entry's own."""
        sides = {"original": original, "reply": reply}
        if self.family not in (0, original.src.version):
            return False
        if self.protocol not in (None, original.protocol):
            return False
        for name, network in self.networks:
            side, _, field = name.partition(".")
            address = getattr(sides[side], field)
            if address.version != network.version or address not in network:
                return False
        for name, port in self.ports:
            side, _, field = name.partition(".")
            if getattr(sides[side], field) != port:
                return False
        return True


@dataclass(frozen=True, slots=True)
class FlowsDeleted:
    """``conntrack -D`` or, with an empty filter, ``-F``."""

    which: FlowFilter = FlowFilter()


HostChange = RulesChanged | HostChanged | FlowsDeleted
