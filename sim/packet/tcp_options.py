"""Walking a TCP header's options the way the kernel's packet manglers do."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import replace
from sim.packet.checksum import updated
from sim.packet.packet import Packet

TCPOPT_NOP, TCPOPT_MSS, TCPOLEN_MSS = 1, 2, 4
TCP_CHECKSUM = 16


def option_length(header: bytes, at: int) -> int:
    """optlen(): one byte for end-of-list, NOP and a length of zero or cut off."""
    if header[at] <= TCPOPT_NOP or at + 1 >= len(header) or header[at + 1] == 0:
        return 1
    return header[at + 1]


def options(header: bytes, least: int = 1) -> Iterator[tuple[int, int]]:
    """(place, length) of every option of a TCP header that has ``least`` bytes left there.

    End-of-list is passed like a NOP. The length may reach beyond the header.
    """
    at = 20
    while at <= len(header) - least:
        length = option_length(header, at)
        yield at, length
        at += length


def with_option(packet: Packet, option: bytes) -> Packet:
    """A four-byte option put first; lengths and checksum follow as the kernel adds them up."""
    headers = packet.headers
    at = headers.payload_offset
    data = bytearray(packet.data[: headers.length])
    old_length = len(data) - at
    data[at + 20 : at + 20] = option
    offset = data[at + 12 : at + 14]
    data[at + 12] += len(option) // 4 << 4
    value = int.from_bytes(data[at + 16 : at + 18], "big")
    value = updated(
        value, old_length.to_bytes(2, "big"), (old_length + len(option)).to_bytes(2, "big")
    )
    value = updated(value, bytes(len(option)), option)
    value = updated(value, bytes(offset), bytes(data[at + 12 : at + 14]))
    data[at + 16 : at + 18] = value.to_bytes(2, "big")
    if packet.family == 4:
        old = bytes(data[2:4])
        data[2:4] = len(data).to_bytes(2, "big")
        ip = updated(int.from_bytes(data[10:12], "big"), old, bytes(data[2:4]))
        data[10:12] = ip.to_bytes(2, "big")
    else:
        data[4:6] = (len(data) - 40).to_bytes(2, "big")
    return replace(packet, data=bytes(data))
