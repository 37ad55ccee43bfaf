"""A dumped packet's details, and TCP's numbers as tcpdump counts them."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any

from sim.base.frozen import dataclass
from sim.packet.headers import SYN

MASK = 0xFFFFFFFF
LENGTH = re.compile(r"\blength:? (\d+)")
TcpKey = tuple[object, int, object, int]


@dataclass
class Detail:
    """``seq`` and ``ack`` as printed, which may be counted from the start of the connection."""

    protocol: int
    fields: dict[str, Any] = field(default_factory=dict)
    seq: int | None = None
    ack: int | None = None
    quotes: bool = False  # an ICMP error


@dataclass
class TcpNumbers:
    """Where each connection's numbers start, kept as tcpdump keeps it (print-tcp.c).

    The first line of a connection, and every SYN, is printed with the real numbers; the rest
    counts from there unless ``-S`` was given.
    """

    starts: dict[TcpKey, tuple[int, int]] = field(default_factory=dict)

    def absolute(self, key: TcpKey, detail: Detail) -> dict[str, int]:
        """The real numbers, as far as they can be told; the rest is left to the conversation."""
        other = (key[2], key[3], key[0], key[1])
        start = self.starts.get(key)
        flags = detail.fields.get("flags", 0)
        if start is None and other in self.starts:
            start = self.starts[other][::-1]
        if start is None or flags & SYN:
            self._begin(key, detail, start)
            return _known(seq=detail.seq, ack=detail.ack if flags & 16 else None,
                          is_first=start is None and not flags & SYN)  # fmt: skip
        own, peer = start
        said = {}
        if detail.seq is not None:
            said["seq"] = _from(own, detail.seq)
        if detail.ack is not None:
            said["ack"] = _from(peer, detail.ack)
        return said

    def _begin(self, key: TcpKey, detail: Detail, before: tuple[int, int] | None) -> None:
        if detail.seq is None and detail.ack is None:
            return
        own = detail.seq if detail.seq is not None else before[0] if before else 0
        peer = detail.ack - 1 & MASK if detail.ack else before[1] if before else MASK
        self.starts.pop((key[2], key[3], key[0], key[1]), None)
        self.starts[key] = (own, peer)


def _known(*, seq: int | None, ack: int | None, is_first: bool) -> dict[str, int]:
    """Small numbers of a connection whose start is not in the paste are surely relative."""
    said = {}
    for name, value in (("seq", seq), ("ack", ack)):
        if value is not None and not (is_first and value < 1 << 20):
            said[name] = value
    return said


def _from(start: int, value: int) -> int:
    """A printed number as a real one.

    With ``-S`` it is one already: then it lies close behind a start that is large, as the
    random starts of real connections are.
    """
    is_real = 1 << 24 < start <= value < start + (1 << 30)
    return value if is_real else (start + value) & MASK
