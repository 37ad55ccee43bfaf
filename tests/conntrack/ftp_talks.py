"""FTP control connections and the data connections they announce, as two honest peers talk.

Each peer numbers what it sends and acknowledges what it received, so that a rewritten line
shows in the numbers too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from random import Random

from sim.packet.headers import dissect
from tests.conntrack.segments import tcp


@dataclass
class FtpPeer:
    """``seq`` is the next number to send, ``ack`` the next expected from the other."""

    seq: int
    ack: int = 0
    seen_address: str = ""  # of the other side
    heard: bytes = b""


@dataclass
class FtpTalk:
    """``client`` sits behind wire 0. ``server`` is where the client believes it is."""

    random: Random
    port: int
    client: str = "10.0.0.2"
    server: str = "10.0.1.2"  # as the client sees it
    real_server: str = "10.0.1.2"
    lines: int = 12
    peers: tuple[FtpPeer, FtpPeer] = field(init=False)
    client_seen: str = ""  # as the server sees it
    data_port: int = 3000

    def __post_init__(self) -> None:
        starts = (self.random.randrange(2**32), self.random.randrange(2**32))
        self.peers = (FtpPeer(starts[0]), FtpPeer(starts[1]))

    def _send(self, side: int, flags: str, payload: bytes = b"") -> tuple[int, bytes]:
        me = self.peers[side]
        ends = {"src": self.client, "dst": self.server}
        if side == 1:
            ends = {"src": self.client_seen, "dst": self.real_server}
        packet = tcp(
            flags, me.seq, me.ack if "A" in flags else 0, back=bool(side), port=self.port,
            server_port=21, payload=payload, **ends,
        )  # fmt: skip
        me.seq = me.seq + len(payload) + ("S" in flags) & 0xFFFFFFFF
        return side, packet

    def _selective(self, side: int) -> tuple[int, bytes]:
        """An acknowledgement with a SACK block behind it (the peer's next bytes came twice)."""
        me = self.peers[side]
        edges = (me.ack - 10, me.ack)
        block = b"".join((edge & 0xFFFFFFFF).to_bytes(4, "big") for edge in edges)
        ends = {"src": self.client, "dst": self.server}
        if side == 1:
            ends = {"src": self.client_seen, "dst": self.real_server}
        return side, tcp(
            "A", me.seq, me.ack, back=bool(side), port=self.port, server_port=21,
            options=b"\1\1\5\n" + block, **ends,
        )  # fmt: skip

    def arrived(self, side: int, packet: bytes) -> None:
        """The other peer gets a packet of the control connection."""
        headers = dissect(packet)
        part = headers.tcp
        if part is None or 21 not in (headers.sport, headers.dport):
            return
        if side == 1 and not self.client_seen:
            self.client_seen = str(headers.src)
        payload = packet[headers.payload_offset + part.offset :]
        end = part.seq + len(payload) + bool(part.flags & 2) & 0xFFFFFFFF
        self.peers[side].ack = end
        if payload:
            self.peers[side].heard = payload

    def steps(self):  # type: ignore[no-untyped-def]
        """(wire, packet); call ``arrived`` with what comes out before the next."""
        yield self._send(0, "S")
        yield self._send(1, "SA")
        yield self._send(0, "A")
        for _ in range(self.lines):
            for wire, packet in self._talk():
                yield wire, packet
                if self.random.random() < 0.15:  # sent again: it, or its answer, was lost
                    yield wire, packet
                if self.random.random() < 0.1:
                    yield self._selective(1 - wire)

    def _talk(self):  # type: ignore[no-untyped-def]
        r = self.random
        choice = r.randrange(9)
        self.data_port = r.choice((1025, 3000, 3000, 60000, 65535))
        v6 = ":" in self.client
        if choice <= 1:
            yield self._send(0, "PA", r.choice((b"USER x\r\n", b"NOOP\r\n", b"LIST", b" -l\r\n")))
        elif choice == 2:
            yield self._send(
                1, "PA", r.choice((b"200 ok\r\n", b"220-hi\r\n220 there\r\n", b"150 wait"))
            )
        elif choice <= 4:
            yield self._send(0, "PA", self._active(v6))
            yield from self._data_from_server()
        elif choice <= 6:
            yield self._send(1, "PA", self._passive(v6))
            yield from self._data_to_server()
        elif choice == 7:
            yield self._send(0, "A")
        else:
            yield self._send(1, "A")

    def _active(self, v6: bool) -> bytes:
        r = self.random
        address = self.client if r.random() < 0.9 else ("fd00::99" if v6 else "10.0.0.99")
        hi, lo = self.data_port >> 8, self.data_port & 255
        family = 2 if v6 else 1
        texts = [b"EPRT |%d|%s|%d|\r\n" % (family, address.encode(), self.data_port)]
        if not v6:
            comma = ",".join(str(b) for b in ip_address(address).packed)
            texts += [b"PORT %s,%d,%d\r\n" % (comma.encode(), hi, lo)] * 2
            texts += [b"port  %s,%d,%d\r\n" % (comma.encode(), hi, lo), b"PORT 10,0,0\r\n", b"POR"]
        return r.choice(texts)

    def _passive(self, v6: bool) -> bytes:
        r = self.random
        hi, lo = self.data_port >> 8, self.data_port & 255
        texts = [b"229 Extended passive (|||%d|)\r\n" % self.data_port]
        if not v6:
            address = self.real_server if r.random() < 0.9 else "10.0.1.99"
            comma = ",".join(str(b) for b in ip_address(address).packed)
            texts += [b"227 Passive (%s,%d,%d).\r\n" % (comma.encode(), hi, lo)] * 2
            texts += [b"227 =%s,%d,%d\r\n" % (comma.encode(), hi, lo), b"227 none\r\n"]
        return r.choice(texts)

    def _data_from_server(self):  # type: ignore[no-untyped-def]
        """To where the PORT that the server heard says."""
        found = announced(self.peers[1].heard, self.client_seen)
        if found and self.random.random() < 0.8:
            yield 1, tcp("S", 7, src=self.real_server, dst=found[0], port=20, server_port=found[1])
            self.peers[1].heard = b""

    def _data_to_server(self):  # type: ignore[no-untyped-def]
        found = announced(self.peers[0].heard, self.server)
        if found and self.random.random() < 0.8:
            port = self.random.choice((4000, 4001))
            yield 0, tcp("S", 7, src=self.client, dst=found[0], port=port, server_port=found[1])
            self.peers[0].heard = b""


def announced(line: bytes, default: str) -> tuple[str, int] | None:
    """Address and port in a PORT, EPRT, 227 or 229 line."""
    text = line.decode("ascii", "replace")
    six = re.search(r"(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)", text)
    if six:
        n = [int(x) for x in six.groups()]
        if max(n) > 255:
            return None
        return ".".join(map(str, n[:4])), n[4] << 8 | n[5]
    extended = re.search(r"\|[12]\|([^|]+)\|(\d+)\|", text)
    if extended:
        return extended[1], int(extended[2])
    only = re.search(r"\|\|\|(\d+)\|", text)
    return (default, int(only[1])) if only else None
