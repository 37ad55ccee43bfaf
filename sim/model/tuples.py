"""From a packet to the two tuples that name its connection.

A tuple is one direction as the wire shows it; its inverse is what an answer would look like.
Facts: net/netfilter/nf_conntrack_core.c (get tuple, invert), nf_conntrack_proto_icmp.c,
nf_conntrack_proto_icmpv6.c, nf_conntrack_proto_gre.c.
"""

from __future__ import annotations

from sim.base.frozen import dataclass, replace
from sim.model.flow import FlowTuple
from sim.packet.headers import (
    EXTENSION_HEADERS,
    IPPROTO_GRE,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
    Headers,
    dissect,
)

# DCCP lost its tracker in 6.17 and is generic now: addresses only.
PORT_PROTOCOLS = frozenset({IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_SCTP})
NO_NEXT_HEADER = 59

# Type of an ICMP query -> type of its answer, and back. Other types have no inverse.
ICMP_ANSWER = {8: 0, 0: 8, 13: 14, 14: 13, 15: 16, 16: 15, 17: 18, 18: 17}
ICMPV6_ANSWER = {128: 129, 129: 128, 139: 140, 140: 139}

GRE_VERSION_1 = 1
GRE_PPP = 0x880B


@dataclass(frozen=True, slots=True)
class Part:
    """The transport part of a packet: where conntrack looks. ``data`` ends where IP says."""

    headers: Headers
    protocol: int
    data: bytes

    @property
    def family(self) -> int:
        return self.headers.family


def transport(data: bytes) -> Part | None:
    """The transport part, or ``None``: no complete IP header, or a later fragment.

    An IPv6 chain that ends in "no next header", or inside an extension header, has none either.
    """
    try:
        headers = dissect(data)
    except ValueError:
        return None
    if headers.fragment_offset:
        return None
    if headers.family == 6 and headers.protocol in EXTENSION_HEADERS | {NO_NEXT_HEADER}:
        return None
    start, end = headers.payload_offset, max(headers.length, headers.payload_offset)
    return Part(headers, headers.protocol, data[start:end])


def tuple_of(part: Part, zone: int = 0) -> FlowTuple | None:
    """The tuple of a packet, or ``None`` when its ports (id, call id) are cut off."""
    headers, data, protocol = part.headers, part.data, part.protocol
    sport = dport = 0
    if protocol in PORT_PROTOCOLS:
        if len(data) < 4:
            return None
        sport, dport = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
    elif is_icmp(part):
        if len(data) < 8:
            return None
        sport, dport = int.from_bytes(data[4:6], "big"), data[0] << 8 | data[1]
    elif protocol == IPPROTO_GRE:
        call = _call_id(data)
        if call is None:
            return None
        dport = call
    return FlowTuple(headers.src, headers.dst, protocol, sport, dport, zone)


def is_icmp(part: Part) -> bool:
    """ICMP of its own family. ICMP inside the other family is just a protocol number."""
    return part.protocol == (IPPROTO_ICMP if part.family == 4 else IPPROTO_ICMPV6)


def _call_id(data: bytes) -> int | None:
    """PPTP's GRE carries a call id; other GRE is told apart by addresses alone."""
    if len(data) < 4 or data[1] & 7 != GRE_VERSION_1 or len(data) < 8:
        return 0
    if int.from_bytes(data[2:4], "big") != GRE_PPP:
        return None
    return int.from_bytes(data[6:8], "big")


def inverted(flow_tuple: FlowTuple) -> FlowTuple | None:
    """What an answer looks like; ``None``: an ICMP type that nothing answers."""
    if flow_tuple.protocol not in (IPPROTO_ICMP, IPPROTO_ICMPV6):
        return flow_tuple.inverted()
    answers = ICMP_ANSWER if flow_tuple.protocol == IPPROTO_ICMP else ICMPV6_ANSWER
    answer = answers.get(flow_tuple.dport >> 8)
    if answer is None:
        return None
    return replace(
        flow_tuple,
        src=flow_tuple.dst,
        dst=flow_tuple.src,
        dport=answer << 8 | flow_tuple.dport & 0xFF,
    )
