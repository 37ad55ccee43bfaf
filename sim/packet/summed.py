"""What a packet's checksum is taken for once somebody has looked at it.

Whoever sums a packet keeps the sum beside it (``__skb_checksum_complete``, net/core/skbuff.c), and
who looks next takes that for granted. A change that keeps the packet's own sum right goes
unnoticed. In IPv6 HL, TOS, DSCP, SNPT and DNPT write into a header that is under the sum, and do
not tell it: then the sum is stale.
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.packet.checksum import ones_sum, pseudo_header
from sim.packet.icmp import checksum_holds
from sim.packet.packet import Packet, Summed

SHORT = 76  # CHECKSUM_BREAK: what is longer is not summed at once when it comes to its socket


def looked_at(packet: Packet) -> Packet:
    """nf_ip_checksum on a packet that nobody has summed yet."""
    return replace(packet, summed=Summed(ones_sum(packet.data), checksum_holds(packet)))


def forwarded(packet: Packet) -> Packet:
    """skb_forward_csum: the sum is not kept, but that it was right is."""
    if packet.summed.total is None:
        return packet
    return replace(packet, summed=Summed(None, packet.summed.is_valid))


def cut(packet: Packet, end: int) -> Packet:
    """The packet without what stands behind ``end``, nor its part of the sum (pskb_trim_rcsum)."""
    gone, total = packet.data[end:], packet.summed.total
    packet = replace(packet, data=packet.data[:end])
    if total is None:
        return packet
    total = _plus(total, ~ones_sum(b"\0" * (end % 2) + gone) & 0xFFFF)
    return replace(packet, summed=replace(packet.summed, total=total))


def holds_in_hook(packet: Packet, *, is_incoming: bool) -> bool:
    """nf_ip_checksum, nf_ip6_checksum: behind INPUT and PREROUTING a sum that is kept is enough."""
    if packet.summed.total is not None and (not is_incoming or _holds_by_sum(packet)):
        return True
    return checksum_holds(packet)


def holds_for_udp(packet: Packet) -> bool:
    """udp4_csum_init, udp6_csum_init: of a long packet a stale sum counts for a wrong one."""
    if _holds_by_sum(packet):
        return True
    is_stale = packet.summed.total is not None and len(packet.payload) > SHORT
    return not is_stale and checksum_holds(packet)


def holds_at_socket(packet: Packet) -> bool:
    """TCP and ICMP: a stale sum is made anew (skb_checksum_validate, tcp_checksum_complete)."""
    return _holds_by_sum(packet) or checksum_holds(packet)


def _holds_by_sum(packet: Packet) -> bool:
    """Does the sum that is kept come out right with the header as it is now?

    IPv4's own header sums up to nothing, whatever is written into it.
    """
    total, headers = packet.summed.total, packet.headers
    if total is None:
        return False
    if packet.family == 4:
        return checksum_holds(packet)
    head = ~ones_sum(packet.data[: headers.payload_offset]) & 0xFFFF
    ends = pseudo_header(
        headers.src.packed, headers.dst.packed, headers.protocol, len(packet.payload)
    )
    return _plus(_plus(total, head), ones_sum(ends)) in (0, 0xFFFF)


def _plus(one: int, other: int) -> int:
    return ones_sum(one.to_bytes(2, "big") + other.to_bytes(2, "big"))
