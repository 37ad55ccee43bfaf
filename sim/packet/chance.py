"""Bytes of a packet that no scenario can know: the kernel draws them, or they follow from those.

A mask lies beside the packet (``Packet.unknown``): its bits that are set are not known, and
behind its end everything is. It begins, as the packet does, at the IP header. A match that finds
its answer in such bytes says ``WHAT`` instead of an answer.
"""

from __future__ import annotations

from sim.packet.headers import IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, SYN
from sim.packet.packet import CHECKSUM_OFFSET, Packet

WHAT = (
    "bytes that nobody can know beforehand (an IP ident, a flow label, a sequence number, a "
    "checksum, what IPsec encrypted)"
)
_IDENT, _CHECKSUM, _FLOW_LABEL = (4, 6), (10, 12), (1, 4)


def drawn(packet: Packet, about: Packet | None = None) -> bytes:
    """The mask of a packet that the kernel makes; ``about``: which one an ICMP error quotes.

    ip_select_ident (a packet with DF has 0, unless it is ICMP's), ip6_make_flowlabel, secure_seq;
    the checksum of TCP and UDP is left to the device.
    """
    mask = bytearray(header(packet.data))
    headers = packet.headers
    start = headers.payload_offset
    if headers.protocol in (IPPROTO_TCP, IPPROTO_UDP):
        _set(mask, start + CHECKSUM_OFFSET[headers.protocol], 2)
    tcp = headers.tcp
    if tcp is not None and (tcp.flags & SYN or tcp.options):
        _set(mask, start + 4, 8)  # where the numbers begin is drawn, and so are timestamps
        _set(mask, start + 20, len(tcp.options))
    if headers.icmp is not None and about is not None and about.unknown:
        _set(mask, start + 2, 2)
        return laid_in(bytes(mask), start + 8, about.unknown)[: len(packet.data)]
    return bytes(mask)


def header(data: bytes) -> bytes:
    """The mask of an IP header that the kernel writes."""
    mask = bytearray()
    if data[0] >> 4 == 6:
        _set(mask, _FLOW_LABEL[0], 3)
        mask[1] = 0x0F
    elif not data[6] & 0x40 or data[9] == IPPROTO_ICMP:
        _set(mask, _IDENT[0], 2)
        _set(mask, _CHECKSUM[0], 2)
    return bytes(mask)


def laid_in(mask: bytes, at: int, other: bytes) -> bytes:
    """A mask with another one laid in at byte ``at``: of a packet inside this one."""
    return mask.ljust(at, b"\0")[:at] + other


def united(mask: bytes, other: bytes) -> bytes:
    """What one of two masks of a packet says is not known."""
    size = max(len(mask), len(other))
    both = int.from_bytes(mask.ljust(size, b"\0"), "big")
    return (both | int.from_bytes(other.ljust(size, b"\0"), "big")).to_bytes(size, "big")


def bits(mask: bytes, at: int, size: int) -> int:
    """The unknown bits of a number of ``size`` bytes, in network order."""
    return int.from_bytes(mask[at : at + size].ljust(size, b"\0"), "big")


def _set(mask: bytearray, at: int, size: int) -> None:
    mask.extend(bytes(max(0, at + size - len(mask))))
    mask[at : at + size] = b"\xff" * size
