"""Random TCP conversations, weighted so that they reach deep states and meet every edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from tests.conntrack.segments import tcp

SCALE_7 = bytes((3, 3, 7))
SACK_OK = bytes((4, 2))
MSS = bytes((2, 4, 5, 180))
NEAR = (0, 0, 0, 0, 0, 1, -1, 2, 5, -5, 10, 100, -100)
FAR = (
    511, 512, 8190, 8191, 8192, 8193, -8192, -8193, 16382, 16383, 16384, 16385, 65535, 65536,
    -66000, -66001, -65999, 70000, 10**6, -(10**6), 2**31 - 1, -(2**31), 131072,
)  # fmt: skip
SIZES = (0, 0, 0, 0, 1, 5, 10, 100, 536)
WINDOWS = (8192, 8192, 8192, 8192, 0, 1, 512, 65535)


@dataclass
class Peer:
    """What an honest stack would say next."""

    next: int
    acknowledged: int = 0
    scale: bool = False


@dataclass
class Walk:
    """One conversation on its own client port. ``wild``: how often a packet is no honest one."""

    random: Random
    port: int
    wild: float = 0.3
    length: int = 24
    peers: tuple[Peer, Peer] = field(init=False)
    stage: int = 0

    def __post_init__(self) -> None:
        start = (10**6, 5 * 10**6)
        if self.random.random() < 0.2:  # wrap around
            start = (2**32 - self.random.randrange(1, 3000), 2**32 - self.random.randrange(1, 3000))
        self.peers = (Peer(start[0]), Peer(start[1]))

    def packets(self) -> Iterator[tuple[int, bytes]]:
        """(wire, packet), one after another."""
        for _ in range(self.length):
            if self.random.random() < self.wild:
                yield self._wild()
            else:
                yield self._honest()

    def _segment(
        self, back: int, flags: str, seq: int, ack: int, size: int, options: bytes = b""
    ) -> tuple[int, bytes]:
        peer = self.peers[back]
        window = self.random.choice(WINDOWS)
        packet = tcp(
            flags, seq, ack if "A" in flags else 0, size, back=bool(back), port=self.port,
            window=window, options=options,
        )  # fmt: skip
        end = seq + size + ("S" in flags) + ("F" in flags)
        ahead = end - peer.next & 0xFFFFFFFF
        if ahead < 2**31 and self.random.random() < 0.9:
            peer.next = end
        return back, packet

    def _options(self) -> bytes:
        return self.random.choice((b"", b"", MSS, SCALE_7, SACK_OK, MSS + SACK_OK + SCALE_7))

    def _honest(self) -> tuple[int, bytes]:
        r = self.random
        a, b = self.peers
        stage, self.stage = self.stage, self.stage + 1
        if stage == 0:
            return self._segment(0, "S", a.next, 0, 0, self._options())
        if stage == 1:
            return self._segment(1, "SA", b.next, a.next, 0, self._options())
        if stage == 2:
            return self._segment(0, "A", a.next, b.next, 0)
        back = r.randrange(2)
        me, other = self.peers[back], self.peers[1 - back]
        chance = r.random()
        if chance < 0.55:
            size = r.choice(SIZES)
            return self._segment(back, r.choice(("A", "PA")), me.next, other.next, size)
        if chance < 0.85:
            return self._segment(back, "FA", me.next, other.next, 0)
        if chance < 0.9:
            return self._segment(back, "R", me.next, 0, 0)
        if chance < 0.95:
            return self._segment(back, "RA", me.next, other.next, 0)
        self.stage = 0  # the same client port again
        return self._segment(0, "S", a.next + r.choice((1, 1000, 50000)), 0, 0, self._options())

    def _wild(self) -> tuple[int, bytes]:
        r = self.random
        back = r.randrange(2)
        me, other = self.peers[back], self.peers[1 - back]
        flags = r.choice(
            ("S", "SA", "A", "PA", "FA", "R", "RA", "S", "SA", "A", "R", "F", "", "SF", "SEC",
             "AU", "FAU", "SR", "SAU", "SU", "SU")
        )  # fmt: skip
        seq = me.next + r.choice(NEAR if r.random() < 0.5 else FAR)
        ack = other.next + r.choice(NEAR if r.random() < 0.6 else FAR)
        if r.random() < 0.05:
            seq = 0
        if r.random() < 0.05:
            ack = 0
        options = self._options() if "S" in flags else b""
        if "S" not in flags and r.random() < 0.15:
            left = other.next + r.choice(NEAR)
            right = left + r.choice((1, 100, 9000))
            options = b"\1\1\5\n" + b"".join(
                (edge & 0xFFFFFFFF).to_bytes(4, "big") for edge in (left, right)
            )
        return self._segment(back, flags, seq, ack, r.choice(SIZES), options)
