"""Random traffic of every protocol: few hosts and ports, so that packets meet old connections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from sim.packet.packet import crc32c
from tests.conntrack import segments
from tests.conntrack.segments import icmp, ip, ip_raw, udp

INSIDE = ("10.0.0.2", "10.0.0.3", "10.0.0.4")
OUTSIDE = ("10.0.1.2", "10.0.1.3", "10.0.1.77")
INSIDE6 = ("fd00:0::2", "fd00:0::3")
OUTSIDE6 = ("fd00:1::2", "fd00:1::3")
PORTS = (0, 53, 100, 5000, 5001, 40000)
KINDS = ("udp", "udp", "udp", "icmp", "icmp", "error", "error", "tcp", "tcp", "sctp", "sctp",
         "gre", "generic", "udplite", "cut", "spoilt", "odd")  # fmt: skip
CHUNKS = (0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10, 10, 11, 14)


def sctp_checksummed(header: bytes, chunks: bytes) -> bytes:
    crc = crc32c(header + b"\0\0\0\0" + chunks)
    return header + crc.to_bytes(4, "little") + chunks


@dataclass
class Storm:
    """``family`` 4 or 6. Everything sent is remembered, so that errors have something to quote."""

    random: Random
    family: int = 4
    length: int = 200
    kinds: tuple[str, ...] = KINDS
    sent: list[tuple[int, bytes]] = field(default_factory=list)
    left: list[tuple[int, bytes]] = field(default_factory=list)  # put here by who watches
    tags: tuple[int, ...] = (0, 0x11111111, 0x22222222)

    def packets(self) -> Iterator[tuple[int, bytes]]:
        for number in range(self.length):
            wire, packet = self._packet(number)
            self.sent.append((wire, packet))
            yield wire, packet

    def _ends(self) -> tuple[int, str, str]:
        r = self.random
        wire = r.randrange(2)
        inside = INSIDE if self.family == 4 else INSIDE6
        outside = OUTSIDE if self.family == 4 else OUTSIDE6
        near, far = r.choice(inside), r.choice(outside)
        return (0, near, far) if wire == 0 else (1, far, near)

    def _packet(self, number: int) -> tuple[int, bytes]:
        r = self.random
        kind = r.choice(self.kinds)
        wire, src, dst = self._ends()
        make = getattr(self, f"_{kind}")
        if kind in ("error", "cut", "spoilt", "reply", "again"):
            return make()
        return wire, make(src, dst)

    def _udp(self, src: str, dst: str) -> bytes:
        r = self.random
        return udp(
            r.choice(PORTS), r.choice(PORTS), src=src, dst=dst, payload=b"u" * r.choice((0, 3, 20))
        )

    def _udplite(self, src: str, dst: str) -> bytes:
        r = self.random
        payload = b"l" * r.choice((0, 4, 12))
        coverage = r.choice((0, 0, 8, 8 + len(payload), 7, 100))
        if r.random() < 0.5:
            return udp(
                r.choice(PORTS),
                53,
                src=src,
                dst=dst,
                payload=payload,
                length=coverage,
                protocol=136,
            )
        return udp(r.choice(PORTS), 53, src=src, dst=dst, payload=payload, length=coverage,
                   checksum=r.choice((0, 1)), protocol=136)  # fmt: skip

    def _icmp(self, src: str, dst: str) -> bytes:
        r = self.random
        ident = r.choice((1, 7, 7))
        if self.family == 6:
            kind = r.choice((128, 128, 129, 129, 130, 133, 135, 136, 137, 139, 140, 143, 144, 200))
        else:
            kind = r.choice((8, 8, 0, 0, 13, 14, 15, 16, 17, 18, 9, 10, 1, 2, 19, 40))
        return icmp(
            kind, r.choice((0, 0, 0, 1)), ident, src=src, dst=dst, rest=b"e" * r.choice((0, 8))
        )

    def _error(self) -> tuple[int, bytes]:
        """About a packet sent before, in either direction, whole or cut, to its sender or not."""
        r = self.random
        if not self.sent:
            wire, src, dst = self._ends()
            return wire, self._udp(src, dst)
        _, quoted = r.choice(self.sent[-12:] + self.left[-12:])
        head = segments_of(quoted)
        wire, src, dst = self._ends()
        if r.random() < 0.8:
            dst = head[0]
            wire = 1 if dst in INSIDE + INSIDE6 else 0
            src = (
                head[1]
                if r.random() < 0.7
                else r.choice(
                    (OUTSIDE6 if wire else INSIDE6)
                    if self.family == 6
                    else (OUTSIDE if wire else INSIDE)
                )
            )
        start = 20 if self.family == 4 else 40
        keep = r.choice((0, 19, 20, 23, 24, 27, 28, 28, 28, 28, 40, 100)) + (start - 20)
        quoted = quoted[:keep]
        if self.family == 6:
            kind = r.choice((1, 1, 2, 3, 4, 100, 127))
        else:
            kind = r.choice((3, 3, 3, 4, 5, 11, 12))
        return wire, icmp(kind, r.choice((0, 1, 3)), 0, src=src, dst=dst, rest=quoted)

    def _tcp(self, src: str, dst: str) -> bytes:
        r = self.random
        flags = r.choice(("S", "SA", "A", "A", "FA", "R", "RA"))
        seq, ack, size = r.choice((1, 1000, 5000)), r.choice((0, 2, 1001)), r.choice((0, 5))
        ports = {"port": r.choice(PORTS), "server_port": r.choice(PORTS)}
        return segments.tcp(flags, seq, ack, size, src=src, dst=dst, **ports)

    def _sctp(self, src: str, dst: str) -> bytes:
        r = self.random
        tag = r.choice(self.tags)
        header = (5000).to_bytes(2, "big") + (5000).to_bytes(2, "big") + tag.to_bytes(4, "big")
        chunks = b""
        for _ in range(r.choice((0, 1, 1, 1, 1, 2))):
            kind = r.choice(CHUNKS)
            value = (
                r.choice(self.tags).to_bytes(4, "big") + bytes(12) if kind in (1, 2) else b"abcd"
            )
            if r.random() < 0.05:
                value = value[:2]
            length = 4 + len(value) if r.random() < 0.97 else r.choice((0, 3, 100))
            chunks += bytes((kind, r.choice((0, 0, 1)))) + length.to_bytes(2, "big") + value
            chunks += bytes(-len(value) % 4)
        data = sctp_checksummed(header, chunks)
        return ip_raw(src, dst, 132, data)

    def _gre(self, src: str, dst: str) -> bytes:
        r = self.random
        payload = r.choice((
            b"\0\0\x08\0abcdefgh", b"\x30\x01\x88\x0b\0\4\x12\x34\0\0\0\1\0\0",
            b"\x30\x01\x08\x00\0\4\x12\x34\0\0\0\1\0\0", b"\0\0", b"\x30\x01\x88\x0b\0\4",
            b"\x20\0\x08\0\0\0\0\7abcd",
        ))  # fmt: skip
        return ip(src, dst, 47, payload)

    def _generic(self, src: str, dst: str) -> bytes:
        r = self.random
        numbers = (89, 50, 33, 4, 253, 255) if self.family == 4 else (89, 50, 33, 4, 253, 59, 1)
        if self.family == 4:
            numbers += (2, 51, 58)
        return ip_raw(src, dst, r.choice(numbers), b"\0\x05\0\x06" + b"g" * r.choice((0, 4, 30)))

    def _reply(self) -> tuple[int, bytes]:
        """The far end's answer to a packet that left the router not long ago."""
        if not self.left:
            return self._error()
        wire, packet = self.random.choice(self.left[-20:])
        return wire, answer(packet)

    def _again(self) -> tuple[int, bytes]:
        return self.random.choice(self.sent[-30:]) if self.sent else self._error()

    def _cut(self) -> tuple[int, bytes]:
        """The last packet again, shorter than its transport header."""
        if not self.sent:
            return self._error()
        wire, packet = self.random.choice(self.sent[-5:])
        size = 20 if self.family == 4 else 40
        head, body = segments_of(packet), packet[size:]
        body = body[: self.random.choice((0, 1, 3, 4, 7, 8, 11, 12, 19))]
        return wire, ip_raw(head[0], head[1], head[2], body)

    def _spoilt(self) -> tuple[int, bytes]:
        """The last packet again with a bit flipped behind the IP header."""
        if not self.sent:
            return self._error()
        wire, packet = self.random.choice(self.sent[-5:])
        size = 20 if self.family == 4 else 40
        if len(packet) == size:
            return wire, packet
        at = self.random.randrange(size, len(packet))
        return wire, packet[:at] + bytes((packet[at] ^ 1 << self.random.randrange(8),)) + packet[
            at + 1 :
        ]

    def _odd(self, src: str, dst: str) -> bytes:
        """UDP whose length field lies; checksums right for the whole, or none at all."""
        r = self.random
        length = r.choice((0, 7, 8, 9, 12, 13, 200))
        if r.random() < 0.5:
            return udp(5000, 53, src=src, dst=dst, payload=b"odd!", length=length)
        return udp(5000, 53, src=src, dst=dst, payload=b"odd!", length=length, checksum=0)


def segments_of(packet: bytes) -> tuple[str, str, int]:
    """(source, destination, protocol) of a packet without options or extension headers."""
    from ipaddress import ip_address

    if packet[0] >> 4 == 4:
        return str(ip_address(packet[12:16])), str(ip_address(packet[16:20])), packet[9]
    return str(ip_address(packet[8:24])), str(ip_address(packet[24:40])), packet[6]


def answer(packet: bytes) -> bytes:
    """What the far end would send back: ends swapped, a SYN+ACK for a SYN, an echo reply."""
    src, dst, protocol = segments_of(packet)
    body = bytearray(packet[20 if packet[0] >> 4 == 4 else 40 :])
    if protocol in (6, 17, 132, 136) and len(body) >= 4:
        body[0:4] = body[2:4] + body[0:2]
    if protocol == 6 and len(body) >= 20:
        seq = int.from_bytes(body[4:8], "big") + bool(body[13] & 2) & 0xFFFFFFFF
        body[4:12] = (9000).to_bytes(4, "big") + seq.to_bytes(4, "big")
        body[13] = 0x12 if body[13] & 2 else 0x10
    if protocol in (1, 58) and body and body[0] in (8, 13, 15, 17, 128, 139):
        body[0] += {8: -8, 13: 1, 15: 1, 17: 1, 128: 1, 139: 1}[body[0]]
    return ip(dst, src, protocol, bytes(body))
