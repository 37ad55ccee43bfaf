"""Connection tracking: look up, create, confirm, expire.

What a packet is (TCP states, ICMP errors) is asked of ``conntrack_tcp`` and its sisters; what
NAT makes of an entry is ``nat``'s. Facts: net/netfilter/nf_conntrack_core.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.extension import UseTemplate
from sim.flow import Flow
from sim.model import Hook
from sim.packet import Address, Packet
from sim.runtime import Runtime


@dataclass(frozen=True, slots=True)
class CtEvent:
    """Something conntrack did; ``event`` and ``state`` are ``trace.Conntrack``'s words."""

    event: str
    state: str
    flow: Flow | None
    text: str


class Tracker:
    """conntrack of one run. ``families`` are those in which it is switched on."""

    def __init__(self, runtime: Runtime, families: frozenset[int]) -> None:
        self.runtime = runtime
        self.families = families

    def enter(
        self, packet: Packet, hook: Hook, template: UseTemplate | None = None, in_iface: str = ""
    ) -> tuple[Packet | None, tuple[CtEvent, ...]]:
        """Priority -200 of PREROUTING and OUTPUT: find or make the packet's entry.

        The packet comes back with ``flow``, ``ct_state`` and ``ct_reply`` set. One that has an
        entry already (it came through ``lo``, or ``attach`` gave it one) is left alone. ``None``:
        dropped, because the table is full.
        """
        return packet, ()

    def confirm(self, packet: Packet, hook: Hook) -> tuple[Packet | None, tuple[CtEvent, ...]]:
        """INT_MAX of POSTROUTING and INPUT: helpers, then the entry goes into the table.

        ``None``: dropped, because another entry took its tuple meanwhile.
        """
        return packet, ()

    def discard(self, packet: Packet) -> tuple[CtEvent, ...]:
        """The packet died before ``confirm``: an entry that it had made is forgotten.

        Call it for every packet that dies, or that a socket got; it knows what to do. Entries
        that died stay in ``runtime.flows`` with DYING, for packets that still hold them, until
        ``expire``.
        """
        return ()

    def attach(self, emitted: Packet, about: Packet) -> Packet:
        """What the host sends in answer inherits the entry of what it answers, as RELATED."""
        return emitted

    def change(self, flow_id: int, **fields: Any) -> Flow:
        """Change marks, labels and the like of an entry; gives the new snapshot."""
        raise NotImplementedError

    def expire(self) -> tuple[CtEvent, ...]:
        """Remove what timed out. Call it after the clock moved, before the next packet."""
        return ()

    def interface_event(
        self, action: str, iface: str, address: Address | None = None
    ) -> tuple[CtEvent, ...]:
        """MASQUERADE forgets: ``down`` (the device), ``address-gone`` (``address`` of it)."""
        return ()

    def listing(self) -> tuple[str, ...]:
        """The lines of ``conntrack -L`` now, oldest entry first."""
        return ()
