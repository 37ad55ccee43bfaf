"""An entry as ``conntrack -L`` prints it (conntrack-tools 1.4.7, libnetfilter_conntrack)."""

from __future__ import annotations

from sim.base.values import address_text
from sim.kernel.conntrack.protocol import SECOND
from sim.kernel.conntrack.table import Entry
from sim.model.flow import FlowTuple
from sim.packet.headers import (
    IPPROTO_DCCP,
    IPPROTO_GRE,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
)

NAMES = {
    IPPROTO_TCP: "tcp",
    IPPROTO_UDP: "udp",
    IPPROTO_UDPLITE: "udplite",
    IPPROTO_ICMP: "icmp",
    IPPROTO_ICMPV6: "icmpv6",
    IPPROTO_SCTP: "sctp",
    IPPROTO_GRE: "gre",
    IPPROTO_DCCP: "dccp",
}
_PORTS = frozenset({IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_SCTP, IPPROTO_DCCP})


def direction(flow_tuple: FlowTuple) -> str:
    """``src=... dst=...`` and what tells this protocol's connections apart."""
    words = [f"src={address_text(flow_tuple.src)} dst={address_text(flow_tuple.dst)}"]
    sport, dport = flow_tuple.sport, flow_tuple.dport
    if flow_tuple.protocol in _PORTS:
        words.append(f"sport={sport} dport={dport}")
    elif flow_tuple.protocol in (IPPROTO_ICMP, IPPROTO_ICMPV6):
        words.append(f"type={dport >> 8} code={dport & 255} id={sport}")
    elif flow_tuple.protocol == IPPROTO_GRE:
        words.append(f"srckey={sport:#x} dstkey={dport:#x}")
    return " ".join(words)


def line(entry: Entry, now: int, children: int = 0) -> str:
    """``now`` in ns; seconds are cut off, not rounded. Each expected ``child`` holds its master."""
    flow = entry.flow
    protocol = flow.original.protocol
    seconds = max(flow.expires - now, 0) // SECOND
    words = [f"{NAMES.get(protocol, 'unknown'):<8} {protocol} {seconds}"]
    state = getattr(entry.track, "state", "")
    if state:
        words.append(state)
    both = entry.zone.original and entry.zone.reply
    for reply in (False, True):
        words.append(direction(entry.tuple(reply)))
        if flow.zone and not both and entry.zone.of(reply):
            words.append(f"zone-{'reply' if reply else 'orig'}={flow.zone}")
        if entry.counted:
            words.append(f"packets={flow.packets[reply]} bytes={flow.bytes[reply]}")
        if not reply and not flow.seen_reply:
            words.append("[UNREPLIED]")
    if flow.has("ASSURED"):
        words.append("[ASSURED]")
    words.append(f"mark={flow.mark}")
    if flow.zone and both:
        words.append(f"zone={flow.zone}")
    if flow.helper:
        words.append(f"helper={flow.helper}")
    words.append(f"use={1 + children}")
    return " ".join(words)
