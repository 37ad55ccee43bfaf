"""Which packets conntrack sums on their way in, and what it leaves behind.

tcp_error, udp_error, udplite_error, icmp_error and icmpv6_error (net/netfilter/
nf_conntrack_proto_*.c). SCTP has a checksum of another kind, the others have none here.
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.kernel.conntrack.protocol import checksum_holds
from sim.model.tuples import Part, is_icmp, transport
from sim.packet.headers import IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE
from sim.packet.packet import Packet, Summed
from sim.packet.summed import looked_at


def summed(packet: Packet) -> Packet:
    """The packet as it is beside the sum that conntrack made of it."""
    part = transport(packet.data)
    if part is None:
        return packet
    if part.protocol == IPPROTO_UDPLITE:
        return _summed_in_part(packet, part)
    return looked_at(packet) if _has_sum(part) else packet


def _has_sum(part: Part) -> bool:
    data = part.data
    if is_icmp(part):
        return len(data) >= 8
    if part.protocol == IPPROTO_TCP:
        return len(data) >= 20 and 20 <= (data[12] >> 4) * 4 <= len(data)
    if part.protocol != IPPROTO_UDP or len(data) < 8 or data[6:8] == b"\0\0":
        return False
    return 8 <= int.from_bytes(data[4:6], "big") <= len(data)


def _summed_in_part(packet: Packet, part: Part) -> Packet:
    """__skb_checksum_complete_head: the sum of a part is not kept, only whether it was right.

    It is UDP's sum, of which the kernel takes UDP-Lite's to be one.
    """
    covered = int.from_bytes(part.data[4:6], "big") or len(part.data)
    is_right = part.data[6:8] != b"\0\0" and 8 <= covered <= len(part.data)
    is_right = is_right and checksum_holds(part, IPPROTO_UDP, covered)
    return replace(packet, summed=Summed(None, is_right))
