"""Rewriting one end of a packet, or of the packet that an ICMP error quotes.

Checksums are mended from what changed, so a wrong one stays wrong. A quoted packet is usually
cut off behind eight bytes of its transport header: what is not there is not mended.
Facts: net/netfilter/nf_nat_proto.c.
"""

from __future__ import annotations

from sim.model.flow import FlowTuple, Manip
from sim.packet.checksum import checksum, pseudo_header, updated
from sim.packet.headers import (
    IPPROTO_GRE,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
    dissect,
)
from sim.packet.packet import crc32c

# ICMP types whose second word begins with an id.
WITH_ID = frozenset({0, 8, 13, 14, 15, 16, 17, 18})
WITH_ID6 = frozenset({128, 129})


def rewritten(data: bytearray, at: int, target: FlowTuple, manip: Manip) -> bool:
    """Make the source (or destination) of the IP packet at ``at`` that of ``target``, in place.

    False: a transport header is too short for its ports, so the packet cannot be translated.
    """
    new = (target.src if manip is Manip.SRC else target.dst).packed
    size = len(new)
    place = at + (12 if size == 4 else 8) + (size if manip is Manip.DST else 0)
    start = _transport_at(data, at, size == 4)
    if start is None:
        return False
    old = bytes(data[place : place + size])
    if start and not _transport(data, start, target, manip, old, new):
        return False
    data[place : place + size] = new
    if size == 4:
        _mend(data, at + 10, old, new)
    return True


def _transport_at(data: bytearray, at: int, is4: bool) -> int | None:
    """Where the transport header starts; 0: in an earlier fragment; ``None``: not there.

    The length of a quoted IPv4 header is believed, its version not even looked at.
    """
    if is4:
        return at + (data[at] & 15) * 4 if len(data) >= at + 20 else None
    try:
        headers = dissect(bytes((0x60,)) + bytes(data[at + 1 :]))
    except ValueError:
        return None
    return 0 if headers.fragment_offset else at + headers.payload_offset


def _mend(data: bytearray, at: int, old: bytes, new: bytes) -> None:
    value = updated(int.from_bytes(data[at : at + 2], "big"), old, new)
    data[at : at + 2] = value.to_bytes(2, "big")


def _transport(
    data: bytearray, at: int, target: FlowTuple, manip: Manip, old: bytes, new: bytes
) -> bool:
    """The transport header's part; ``old`` and ``new`` are the address in the pseudo header."""
    match target.protocol:
        case protocol if protocol == IPPROTO_TCP:
            return _ports(data, at, target, manip, (old, new), 8, 20, 16)
        case protocol if protocol in (IPPROTO_UDP, IPPROTO_UDPLITE):
            return _udp(data, at, target, manip, (old, new))
        case protocol if protocol == IPPROTO_SCTP:
            return _sctp(data, at, target, manip)
        case protocol if protocol == IPPROTO_ICMP:
            return _icmp(data, at, target.sport, WITH_ID, (b"", b""))
        case protocol if protocol == IPPROTO_ICMPV6:
            return _icmp(data, at, target.sport, WITH_ID6, (old, new))
        case protocol if protocol == IPPROTO_GRE:
            return _gre(data, at, target, manip)
    return True


def _swap_port(data: bytearray, at: int, target: FlowTuple, manip: Manip) -> tuple[bytes, bytes]:
    place = at if manip is Manip.SRC else at + 2
    old = bytes(data[place : place + 2])
    new = (target.sport if manip is Manip.SRC else target.dport).to_bytes(2, "big")
    data[place : place + 2] = new
    return old, new


def _ports(
    data: bytearray,
    at: int,
    target: FlowTuple,
    manip: Manip,
    address: tuple[bytes, bytes],
    least: int,
    whole: int,
    check: int,
) -> bool:
    """Swap a port; mend the checksum only if the ``whole`` header is there."""
    if len(data) < at + least:
        return False
    old, new = _swap_port(data, at, target, manip)
    if len(data) >= at + whole:
        _mend(data, at + check, address[0] + old, address[1] + new)
    return True


def _udp(
    data: bytearray, at: int, target: FlowTuple, manip: Manip, address: tuple[bytes, bytes]
) -> bool:
    """No checksum stays none; one that comes out as zero is written as all ones."""
    if len(data) < at + 8:
        return False
    if data[at + 6 : at + 8] == b"\0\0" and target.protocol == IPPROTO_UDP:
        _swap_port(data, at, target, manip)
        return True
    _ports(data, at, target, manip, address, 8, 8, 6)
    if data[at + 6 : at + 8] == b"\0\0":
        data[at + 6 : at + 8] = b"\xff\xff"
    return True


def _sctp(data: bytearray, at: int, target: FlowTuple, manip: Manip) -> bool:
    """The CRC does not cover the addresses, but the ports; it is made anew."""
    if len(data) < at + 8:
        return False
    _swap_port(data, at, target, manip)
    if len(data) >= at + 12:
        data[at + 8 : at + 12] = b"\0\0\0\0"
        data[at + 8 : at + 12] = crc32c(bytes(data[at:])).to_bytes(4, "little")
    return True


def _icmp(
    data: bytearray, at: int, ident: int, with_id: frozenset[int], address: tuple[bytes, bytes]
) -> bool:
    if len(data) < at + 8:
        return False
    old, new = address
    if data[at] in with_id:
        old += bytes(data[at + 4 : at + 6])
        data[at + 4 : at + 6] = ident.to_bytes(2, "big")
        new += ident.to_bytes(2, "big")
    if old != new:
        _mend(data, at + 2, old, new)
    return True


def _gre(data: bytearray, at: int, target: FlowTuple, manip: Manip) -> bool:
    """PPTP's call id (version 1) belongs to the destination; version 0 has nothing to change."""
    if len(data) < at + 8:
        return False
    if manip is Manip.SRC:
        return True
    version = data[at + 1] & 7
    if version == 1:
        data[at + 6 : at + 8] = target.dport.to_bytes(2, "big")
    return version < 2


def reseal_icmp(data: bytearray, at: int) -> None:
    """Make the checksum of an ICMP error anew, after what it quotes was rewritten."""
    data[at + 2 : at + 4] = b"\0\0"
    prefix = b""
    if data[0] >> 4 == 6:
        source, destination = bytes(data[8:24]), bytes(data[24:40])
        prefix = pseudo_header(source, destination, IPPROTO_ICMPV6, len(data) - at)
    data[at + 2 : at + 4] = checksum(prefix + bytes(data[at:])).to_bytes(2, "big")
