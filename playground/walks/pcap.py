"""A capture file into lines of the packets text, to choose from."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, Literal

import dpkt

from playground.site.limits import LIMITS
from sim.base.errors import Refused
from sim.kernel.routing.core import Routing
from sim.model.host import Host
from sim.model.routing import Query
from sim.packet.mending import lacks_header, mended, said_length
from sim.packet.packet import Address, Packet
from sim.read.host.text import parse_host
from sim.tell.render import packet_text

MOST_BYTES = LIMITS.pcap_bytes
MOST_PACKETS = LIMITS.pcap_packets
# What pcapng and pcap files begin with: times in micro- or nanoseconds, either byte order.
_MAGIC = tuple(map(bytes.fromhex, ("0a0d0d0a", "a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1")))
# Where the IP header starts, by the file's link type (https://www.tcpdump.org/linktypes.html).
_RAW = {12, 14, 101, 228, 229}
_ETHERNET, _LINUX_SLL, _LINUX_SLL2, _NULL = 1, 113, 276, 0
_IP = {0x0800: 4, 0x86DD: 6}
_ARP = 0x0806
_ARP_FOR_IPV4 = bytes.fromhex("000108000604")  # Ethernet's and IPv4's numbers and lengths
_BYTES = re.compile(r'(?<=hex ")[0-9a-f]+(?=")')
# What a frame is that is not listed: said of one, and of several.
_NOT_LISTED = {
    "other": ("carries neither IP nor ARP", "carry neither IP nor ARP"),
    "cut": (
        "ends before its headers do: a longer snapshot length (tcpdump -s 0) keeps them",
        "end before their headers do: a longer snapshot length (tcpdump -s 0) keeps them",
    ),
    "own": (
        "is ARP of this host itself, which the stack here sends when it has to",
        "are ARP of this host itself, which the stack here sends when it has to",
    ),
    "foreign": (
        "is ARP for something else than IPv4 over Ethernet",
        "are ARP for something else than IPv4 over Ethernet",
    ),
    "behind": (
        f"comes behind the first {MOST_PACKETS} packets",
        f"come behind the first {MOST_PACKETS} packets",
    ),
}


class Unreadable(ValueError):
    """The file is no capture, or of a kind that is not read."""


@dataclass(frozen=True, slots=True)
class Captured:
    """One packet: what to put into the packets text, and how a person knows it.

    ``remarks``: what is wrong with it as it was captured. ``can_mend``: ``with_checksums`` of its
    line is another line.
    """

    line: str
    words: str
    seconds: float
    remarks: tuple[str, ...] = ()
    can_mend: bool = False


@dataclass(frozen=True, slots=True)
class Capture:
    """A file's first packets, how many frames it has, and whether its end is missing.

    ``left_out``: sentences about the frames that are not listed.
    """

    packets: tuple[Captured, ...]
    frames: int
    is_cut: bool
    left_out: tuple[str, ...] = ()

    @property
    def to_mend(self) -> int:
        return sum(packet.can_mend for packet in self.packets)


def is_capture(data: bytes) -> bool:
    """Is this a capture's beginning, and no text?"""
    return data.startswith(_MAGIC)


def read(data: bytes, host_text: str) -> Capture:
    """The IP and ARP packets of a pcap or pcapng file, the first ``MOST_PACKETS`` of them."""
    if len(data) > MOST_BYTES:
        raise Unreadable(
            f"The file has more than {MOST_BYTES // 2**20} MiB, and no more than that is read. "
            "“tcpdump -r FILE -w SMALLER -c 1000” keeps its beginning."
        )
    try:
        host = parse_host(host_text)
    except Refused:
        host = Host()
    reader = _Reader(host, Routing(host, 0))
    frames = _frames(data)
    found: list[Captured] = []
    left: Counter[str] = Counter()
    begin: float | None = None
    for at, (stamp, frame) in enumerate(frames.all):
        if len(found) == MOST_PACKETS:
            left["behind"] = len(frames.all) - at
            break
        kind, packet = _opened(frame, frames.link)
        if not kind:
            left["other"] += 1
            continue
        begin = float(stamp) if begin is None else begin
        one = reader.packet(kind, packet, float(stamp) - begin)
        if isinstance(one, str):
            left[one] += 1
        else:
            found.append(one)
    sentences = tuple(_sentence(left[name], name) for name in _NOT_LISTED if left[name])
    if not found:
        what = " ".join(sentences) or "It holds no frame at all."
        raise Unreadable(f"The file holds no packet that could be walked. {what}")
    return Capture(tuple(found), len(frames.all), _is_cut(data), sentences)


def _sentence(count: int, name: str) -> str:
    one, several = _NOT_LISTED[name]
    return f"1 frame {one}." if count == 1 else f"{count} frames {several}."


def with_checksums(line: str) -> str:
    """A line of ``read``'s with right checksums, and zeros for what was cut off."""
    try:
        return _BYTES.sub(lambda found: mended(bytes.fromhex(found[0])).hex(), line, count=1)
    except ValueError:
        return line


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
            f"This is no pcap or pcapng file ({error or type(error).__name__}): "
            "“tcpdump -w FILE” and Wireshark write such files."
        ) from None
    return _Frames(link, frames)


def _opened(frame: bytes, link: int) -> tuple[int, bytes]:
    """The EtherType of what is in a frame, and its bytes; 0: neither IP nor ARP."""
    if link in _RAW or link == _NULL:
        packet = frame if link in _RAW else frame[4:]
        version = packet[0] >> 4 if packet else 0
        return next((kind for kind, each in _IP.items() if each == version), 0), _trimmed(packet)
    if link == _ETHERNET:
        at, kind = 14, int.from_bytes(frame[12:14], "big")
        while kind in (0x8100, 0x88A8) and len(frame) > at + 4:
            kind, at = int.from_bytes(frame[at + 2 : at + 4], "big"), at + 4
    elif link == _LINUX_SLL:
        at, kind = 16, int.from_bytes(frame[14:16], "big")
    elif link == _LINUX_SLL2:
        at, kind = 20, int.from_bytes(frame[0:2], "big")
    else:
        raise Unreadable(
            f"Captures of link type {link} are not read: what is read are Ethernet, Linux cooked "
            "(SLL and SLL2), raw IP and BSD loopback."
        )
    packet = frame[at:]
    if kind == _ARP:
        return kind, packet
    if kind not in _IP or (packet and packet[0] >> 4 != _IP[kind]):
        return 0, b""
    return kind, _trimmed(packet)


def _trimmed(packet: bytes) -> bytes:
    """Without Ethernet's padding. A length of 0: the card cuts it, nobody has written one yet."""
    return packet[: said_length(packet) or None] if packet else packet


@dataclass(frozen=True, slots=True)
class _Reader:
    """Lines of packets, as the host sees them."""

    host: Host
    routing: Routing

    def packet(self, kind: int, packet: bytes, seconds: float) -> Captured | str:
        """A line to choose, or why there is none: a name of ``_NOT_LISTED``."""
        if kind == _ARP:
            return self._arp(packet, seconds)
        try:
            words = packet_text(Packet(packet))
            source = Packet(packet).headers.src
            can_mend = mended(packet) != packet
        except ValueError:
            return "cut"
        where = "local" if self.routing.is_local(source) else f"in {self._device(source)}"
        line = f'{where} hex "{packet.hex()}"  # {words}'
        return Captured(line, words, seconds, _remarks(packet, can_mend), can_mend)

    def _arp(self, message: bytes, seconds: float) -> Captured | str:
        if len(message) < 28:
            return "cut"
        if message[:6] != _ARP_FOR_IPV4:
            return "foreign"
        number = int.from_bytes(message[6:8], "big")
        operation = {1: "request", 2: "reply"}.get(number, str(number))
        sender, target = IPv4Address(message[14:18]), IPv4Address(message[24:28])
        if self.routing.is_local(sender):
            return "own"
        words = f"arp {operation} {sender} -> {target}"
        mac = message[8:14].hex(":")
        return Captured(f"in {self._device(sender)} {words} src-mac {mac}", words, seconds)

    def _device(self, source: Address) -> str:
        """The device whose route leads back to the source."""
        device = self.routing.lookup(Query(source)).dev
        return device or next((name for name in self.host.interfaces if name != "lo"), "eth0")


def _remarks(packet: bytes, can_mend: bool) -> tuple[str, ...]:
    said = said_length(packet)
    if len(packet) < said:
        cut = f"cut short: {len(packet)} of its {said} bytes are in the file"
        return (f"{cut}, its ports or flags are not" if lacks_header(packet) else cut,)
    return ("checksum wrong: offloaded to the card?",) if can_mend else ()
