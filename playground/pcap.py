"""A capture file into lines of the packets text, to choose from."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import dpkt

from sim.errors import Refused
from sim.host import Host
from sim.packet import Packet
from sim.parser.host.text import parse_host
from sim.render import packet_text
from sim.routing.core import Routing

MOST_BYTES = 8 * 1024 * 1024
MOST_PACKETS = 200
# Where the IP header starts, by the file's link type (https://www.tcpdump.org/linktypes.html).
_RAW = {12, 14, 101, 228, 229}
_ETHERNET, _LINUX_SLL, _LINUX_SLL2, _NULL = 1, 113, 276, 0
_IP = {0x0800: 4, 0x86DD: 6}


class Unreadable(ValueError):
    """The file is no capture, or of a kind that is not read."""


@dataclass(frozen=True, slots=True)
class Captured:
    """One packet: what to put into the packets text, and how a person knows it."""

    line: str
    words: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Capture:
    """A file's first IP packets, how many frames it has, and whether its end is missing."""

    packets: tuple[Captured, ...]
    frames: int
    is_cut: bool

    @property
    def left_out(self) -> int:
        """Frames that are not listed: no IP, cut off in their headers, or too many."""
        return self.frames - len(self.packets)


def read(data: bytes, host_text: str) -> Capture:
    """The IP packets of a pcap or pcapng file, the first ``MOST_PACKETS`` of them."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"the file has {len(data)} bytes; at most {MOST_BYTES} are read")
    try:
        host = parse_host(host_text)
    except Refused:
        host = Host()
    routing = Routing(host, 0)
    found: list[Captured] = []
    begin: float | None = None
    frames = _frames(data)
    for seconds, packet in _packets(frames):
        begin = seconds if begin is None else begin
        try:
            words = packet_text(Packet(packet))
            where = _where(packet, host, routing)
        except ValueError:
            continue  # cut off before the end of its headers
        found.append(Captured(f'{where} hex "{packet.hex()}"  # {words}', words, seconds - begin))
        if len(found) == MOST_PACKETS:
            break
    if not found:
        raise Unreadable("the file holds no IP packet")
    return Capture(tuple(found), len(frames.all), _is_cut(data))


@dataclass(frozen=True, slots=True)
class _Frames:
    link: int
    all: list[tuple[float, bytes]]


def _is_cut(data: bytes) -> bool:
    """Does the last record say that it is longer than the file? dpkt takes it as it is."""
    order: Literal["little", "big"] = "little"
    if data[:4] == b"\x0a\x0d\x0d\x0a":  # pcapng: blocks of type, length, body
        order = "little" if data[8:12] == b"\x4d\x3c\x2b\x1a" else "big"
        at, place, extra = 0, 4, 0
    else:  # pcap: records of seconds, fraction, length here, length on the wire
        order = "big" if data[:2] == b"\xa1\xb2" else "little"
        at, place, extra = 24, 8, 16
    while at < len(data):
        at += max(int.from_bytes(data[at + place : at + place + 4], order) + extra, 12)
    return at > len(data)


def _frames(data: bytes) -> _Frames:
    try:
        reader: Any = dpkt.pcap.UniversalReader(io.BytesIO(data))
        link: int = reader.datalink()
        frames = list(reader)
    except (ValueError, dpkt.UnpackError, dpkt.NeedData, KeyError, IndexError, EOFError) as error:
        raise Unreadable(
            f"this is no pcap or pcapng file ({error or type(error).__name__})"
        ) from None
    return _Frames(link, frames)


def _packets(frames: _Frames) -> Iterator[tuple[float, bytes]]:
    for seconds, frame in frames.all:
        packet = _ip_of(frame, frames.link)
        if packet:
            yield float(seconds), packet


def _ip_of(frame: bytes, link: int) -> bytes:
    """The IP packet in a frame; empty when it carries something else."""
    if link in _RAW:
        return frame
    if link == _NULL:
        return frame[4:]
    if link == _ETHERNET:
        at, kind = 14, int.from_bytes(frame[12:14], "big")
        while kind in (0x8100, 0x88A8) and len(frame) > at + 4:
            kind, at = int.from_bytes(frame[at + 2 : at + 4], "big"), at + 4
    elif link == _LINUX_SLL:
        at, kind = 16, int.from_bytes(frame[14:16], "big")
    elif link == _LINUX_SLL2:
        at, kind = 20, int.from_bytes(frame[0:2], "big")
    else:
        raise Unreadable(f"captures of link type {link} are not read")
    packet = frame[at:]
    if kind not in _IP or len(packet) < 20 or packet[0] >> 4 != _IP[kind]:
        return b""
    length = (
        int.from_bytes(packet[2:4], "big")
        if kind == 0x0800
        else int.from_bytes(packet[4:6], "big") + 40
    )
    return packet[:length]  # without Ethernet's padding


def _where(packet: bytes, host: Host, routing: Routing) -> str:
    """``local``, or ``in`` the device whose route leads back to the source."""
    source = Packet(packet).headers.src
    if routing.is_local(source):
        return "local"
    device = routing.lookup(source).dev
    if not device:
        device = next((name for name in host.interfaces if name != "lo"), "eth0")
    return f"in {device}"
