"""NAT: bind a connection to other addresses and ports once, then rewrite its packets.

Facts: net/netfilter/nf_nat_core.c, nf_nat_proto.c, nf_nat_masquerade.c.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.conntrack import Tracker
from sim.extension import SetNat
from sim.model import Hook
from sim.packet import Address, Packet
from sim.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Binding:
    """How a connection was bound. Not ``ok``: the packet is dropped, ``text`` says why."""

    ok: bool
    at_random: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Translation:
    """A packet rewritten. ``changes`` are (field, before, after), empty: nothing to do.

    ``packet`` ``None``: dropped, ``text`` says why. ``manip`` is SRC or DST, as the hook's.
    """

    packet: Packet | None
    manip: str
    changes: tuple[tuple[str, str, str], ...] = ()
    undo: bool = False
    at_random: bool = False
    text: str = ""


class Nat:
    """Call it only for families whose nat table is loaded, and only when conntrack runs.

    At each of its hooks (-100 of PREROUTING and OUTPUT, 100 of INPUT and POSTROUTING):
    if ``wants_rules``, walk the nat table's chain and ``bind`` what it asked for (``None`` if no
    rule did), then ``translate``.
    """

    def __init__(self, runtime: Runtime, tracker: Tracker) -> None:
        self.runtime = runtime
        self.tracker = tracker

    def wants_rules(self, packet: Packet, hook: Hook) -> bool:
        """Must the nat table's chain be walked for this packet here?"""
        return False

    def bind(
        self,
        packet: Packet,
        hook: Hook,
        request: SetNat | None,
        *,
        in_iface: str = "",
        out_iface: str = "",
        next_hop: Address | None = None,
    ) -> Binding:
        """Bind the packet's connection as ``request`` says; ``None``: a null binding.

        For MASQUERADE (``request.masquerade`` with no address in its range) the address is
        chosen here, from ``out_iface`` and ``next_hop`` (``None``: on-link).
        """
        return Binding(True)

    def translate(self, packet: Packet, hook: Hook, out_iface: str = "") -> Translation:
        """Rewrite the packet as its connection's binding says for this hook and direction."""
        return Translation(packet, "DST" if hook in (Hook.PREROUTING, Hook.OUTPUT) else "SRC")
