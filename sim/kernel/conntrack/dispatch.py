"""Which tracker judges a packet, and what it keeps of a connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.kernel.conntrack import icmp as conntrack_icmp
from sim.kernel.conntrack.others import UdpTrack, generic, gre, udp, udplite
from sim.kernel.conntrack.protocol import Ruling, Sight
from sim.kernel.conntrack.sctp import SctpTrack, sctp
from sim.kernel.conntrack.table import Entry
from sim.kernel.conntrack.tcp import tcp
from sim.kernel.conntrack.tcp_window import TcpTrack
from sim.model.tuples import Part, is_icmp
from sim.packet.headers import IPPROTO_GRE, IPPROTO_SCTP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE

# Protocols that remember something, and those that look at each packet alone.
_REMEMBERING: dict[int, tuple[Callable[[], Any], Callable[[Any, Sight], Ruling]]] = {
    IPPROTO_TCP: (TcpTrack, tcp),
    IPPROTO_UDP: (UdpTrack, udp),
    IPPROTO_SCTP: (SctpTrack, sctp),
}
_FORGETFUL: dict[int, Callable[[Sight], Ruling]] = {IPPROTO_UDPLITE: udplite, IPPROTO_GRE: gre}


def new_track(part: Part) -> Any:
    """The private memory of a new connection, ``None`` where its protocol needs none."""
    make = _REMEMBERING.get(part.protocol)
    return None if make is None else make[0]()


def judge(entry: Entry, sight: Sight) -> Ruling:
    """Have the protocol's tracker judge a packet; whatever has none is *generic*."""
    protocol = sight.part.protocol
    if is_icmp(sight.part):
        return conntrack_icmp.query(sight, entry.flow.original.dport >> 8)
    remembering = _REMEMBERING.get(protocol)
    if remembering is not None:
        return remembering[1](entry.track, sight)
    return _FORGETFUL.get(protocol, generic)(sight)
