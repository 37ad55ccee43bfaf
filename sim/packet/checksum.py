"""The internet checksum (RFC 1071) and its incremental update (RFC 1624).

Rewrites update a checksum as the kernel does: from the bytes that changed. A packet whose
checksum was wrong therefore stays wrong by the same amount.
"""

from __future__ import annotations


def ones_sum(data: bytes) -> int:
    """The folded one's complement sum of big-endian 16-bit words; odd data is zero-padded."""
    if len(data) % 2:
        data += b"\0"
    # Summing as one big integer modulo 0xFFFF is the same fold, done in C.
    total = int.from_bytes(data, "big") % 0xFFFF if data else 0
    return 0xFFFF if total == 0 and any(data) else total


def checksum(data: bytes) -> int:
    """The checksum over ``data`` whose own checksum field is zero."""
    return ~ones_sum(data) & 0xFFFF


def updated(old_checksum: int, old: bytes, new: bytes) -> int:
    """The checksum after ``old`` became ``new`` (same even length), RFC 1624 equation 3."""
    total = (~old_checksum & 0xFFFF) + ((~ones_sum(old)) & 0xFFFF) + ones_sum(new)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo_header(src: bytes, dst: bytes, protocol: int, length: int) -> bytes:
    """The pseudo header of TCP, UDP and ICMPv6 for 4- or 16-byte addresses."""
    if len(src) == 4:
        return src + dst + bytes((0, protocol)) + length.to_bytes(2, "big")
    return src + dst + length.to_bytes(4, "big") + bytes((0, 0, 0, protocol))
