"""Entries that are in the table when the scenario begins, as the host text lists them."""

from __future__ import annotations

from typing import Any

from sim.base.frozen import replace
from sim.kernel.conntrack.others import UdpTrack
from sim.kernel.conntrack.protocol import SECOND
from sim.kernel.conntrack.table import CtTable, Entry, Zone
from sim.kernel.conntrack.tcp_window import TcpTrack
from sim.model.flow import StatedFlow, TcpState
from sim.model.tuples import inverted
from sim.packet.headers import IPPROTO_TCP, IPPROTO_UDP

LONG_AGO = -1  # before any packet of the run: what is old enough for a stream is one


def state_flow(table: CtTable, stated: StatedFlow) -> Entry | None:
    """Put an entry into the table, confirmed; ``None``: nothing would answer its tuple."""
    entry = table.new(stated.original, Zone(stated.zone), _track(stated), counted=False)
    if entry is None:
        return None
    unchanged = inverted(stated.original)
    status = {*stated.status, "SRC_NAT_DONE", "DST_NAT_DONE"}
    if unchanged is not None:
        ours, plain = stated.reply, unchanged
        if (ours.dst, ours.dport) != (plain.dst, plain.dport):
            status.add("SRC_NAT")
        if (ours.src, ours.sport) != (plain.src, plain.sport):
            status.add("DST_NAT")
    state = TcpState(stated.state) if stated.state else None
    table.update(
        entry, reply=stated.reply, mark=stated.mark, helper=stated.helper, tcp_state=state,
        lifetime=stated.seconds * SECOND, status=frozenset(status),
    )  # fmt: skip
    table.insert(entry)
    return entry


def _track(stated: StatedFlow) -> Any:
    """The protocol's memory; windows are learned from the next segments."""
    if stated.original.protocol == IPPROTO_TCP:
        return replace(TcpTrack(), state=TcpState(stated.state or TcpState.ESTABLISHED))
    return UdpTrack(LONG_AGO) if stated.original.protocol == IPPROTO_UDP else None
