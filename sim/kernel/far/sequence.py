"""What each end of a TCP connection has sent and seen, place by place.

A place is an interface's wire (the far end behind it) or ``LOCAL`` (the host's own sockets):
behind NAT, a helper or SYNPROXY the same connection has other numbers at other places. The
memory is kept as the *far end* knows it: what a rule dropped on the way never arrived.
"""

from __future__ import annotations

from dataclasses import field

from sim.base.frozen import dataclass
from sim.packet.headers import ACK, FIN, RST, SYN, Headers
from sim.packet.packet import Packet

LOCAL = ""  # the place of sockets on the host
MASK = 0xFFFFFFFF

Ends = tuple[object, object, int, int]  # source, destination, source port, destination port


@dataclass
class Direction:
    """One direction of a connection at one place."""

    next: int  # the number after the last one sent
    flags: int = 0  # every flag seen so far
    syn: int | None = None  # the number of its SYN
    acknowledged: int | None = None  # the last ACK number it carried


@dataclass
class Sequences:
    """``sent``: by the end at that place; ``seen``: what reached it from the other end."""

    sent: dict[tuple[str, Ends], Direction] = field(default_factory=dict)
    seen: dict[tuple[str, Ends], Direction] = field(default_factory=dict)

    def note_sent(self, place: str, packet: Packet) -> None:
        _note(self.sent, place, packet)

    def note_seen(self, place: str, packet: Packet) -> None:
        _note(self.seen, place, packet)

    def is_new(self, place: str, ends: Ends) -> bool:
        """Has the end at ``place`` neither sent nor seen anything of this connection?"""
        return (place, ends) not in self.sent and (place, reverse(ends)) not in self.seen

    def next_seq(self, place: str, ends: Ends, flags: int, initial: int) -> int:
        """The number that the end at ``place`` would send next.

        A SYN that was never answered is sent again as it was; a later one starts afresh.
        """
        sent = self.sent.get((place, ends))
        seen = self.seen.get((place, reverse(ends)))
        if flags & SYN:
            retransmits = sent is not None and seen is None and not sent.flags & RST
            return sent.syn if retransmits and sent and sent.syn is not None else initial
        if sent is not None:
            return sent.next
        if seen is not None and seen.acknowledged is not None:
            return seen.acknowledged
        return initial

    def next_ack(self, place: str, ends: Ends, flags: int, initial: int) -> int:
        """The number that the end at ``place`` would acknowledge; 0 without the ACK flag."""
        if not flags & ACK:
            return 0
        seen = self.seen.get((place, reverse(ends)))
        if seen is not None:
            return seen.next
        sent = self.sent.get((place, ends))
        if sent is not None and sent.acknowledged is not None:
            return sent.acknowledged
        return initial

    def has_sent(self, place: str, ends: Ends, flag: int) -> bool:
        sent = self.sent.get((place, ends))
        return sent is not None and bool(sent.flags & flag)


def ends_of(headers: Headers) -> Ends:
    return (headers.src, headers.dst, headers.sport or 0, headers.dport or 0)


def reverse(ends: Ends) -> Ends:
    return (ends[1], ends[0], ends[3], ends[2])


def segment_length(headers: Headers) -> int:
    """Sequence numbers that a segment takes: its data, and one each for SYN and FIN."""
    assert headers.tcp is not None
    data = max(0, headers.length - headers.payload_offset - headers.tcp.offset)
    return data + bool(headers.tcp.flags & SYN) + bool(headers.tcp.flags & FIN)


def _note(memory: dict[tuple[str, Ends], Direction], place: str, packet: Packet) -> None:
    headers = packet.headers
    tcp = headers.tcp
    if tcp is None:
        return
    key = (place, ends_of(headers))
    after = (tcp.seq + segment_length(headers)) & MASK
    known = memory.get(key)
    if known is None or (tcp.flags & SYN and tcp.seq != known.syn):
        memory[key] = known = Direction(after)
    elif not tcp.flags & RST and (after - known.next) & MASK < 1 << 31:
        known.next = after
    known.flags |= tcp.flags
    if tcp.flags & SYN:
        known.syn = tcp.seq
    if tcp.flags & ACK:
        known.acknowledged = tcp.ack
