"""Captured packets whose checksums are wrong: seen before the card that computes them.

The Internet checksum of TCP, UDP, ICMP and ICMPv6, SCTP's CRC32c, and IPv4's own.
"""

from __future__ import annotations

from sim.packet.headers import (
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    dissect,
)
from sim.packet.packet import CHECKSUM_OFFSET, sealed

# UDP-Lite's and DCCP's cover what their headers say, so nobody here writes them anew.
_MENDED = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_SCTP}
# Without these many bytes of its header nobody knows what a packet was.
_HEADER = {IPPROTO_TCP: 20, IPPROTO_UDP: 8, IPPROTO_SCTP: 12}


def said_length(data: bytes) -> int:
    """How long the IP header says that the packet is."""
    if data[0] >> 4 == 4:
        return int.from_bytes(data[2:4], "big")
    return int.from_bytes(data[4:6], "big") + 40


def lacks_header(data: bytes) -> bool:
    """Was the packet cut before the end of its transport header? Raises ``ValueError``."""
    headers = dissect(data)
    if headers.fragment_offset:
        return False
    return len(data) - headers.payload_offset < _HEADER.get(headers.protocol, 4)


def mended(data: bytes) -> bytes:
    """The packet with right checksums; what was cut off behind its header are zeros.

    The same bytes where there is nothing to mend, or nobody can. Raises ``ValueError``.
    """
    headers = dissect(data)
    if headers.protocol not in _MENDED or lacks_header(data):
        return data
    place = CHECKSUM_OFFSET.get(headers.protocol, 0)
    at = headers.payload_offset + place
    whole = data + bytes(max(0, said_length(data) - len(data)))
    new = bytearray(sealed(whole))
    is_unsummed = headers.family == 4 and headers.protocol == IPPROTO_UDP
    if is_unsummed and not headers.is_fragment and data[at : at + 2] == b"\0\0":
        new[at : at + 2] = b"\0\0"  # the sender computed none, which is right
    return bytes(new)
