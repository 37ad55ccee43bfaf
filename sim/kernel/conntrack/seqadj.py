"""Sequence numbers after a helper made a payload longer or shorter (nf_conntrack_seqadj.c).

From the rewritten segment on, what that side sends is numbered further on than its peer's
stack will see it numbered; every later segment and acknowledgement is corrected on its way out.
"""

from __future__ import annotations

from sim.kernel.conntrack.table import Entry, SeqAdjust
from sim.kernel.conntrack.tcp_window import MASK, after
from sim.model.tuples import Part, transport
from sim.packet.headers import ACK, IPPROTO_TCP
from sim.packet.packet import Packet


def note_change(entry: Entry, reply: bool, seq: int, change: int) -> None:
    """A segment that starts at ``seq`` grew by ``change`` bytes."""
    if entry.adjusts is None:
        entry.adjusts = (SeqAdjust(), SeqAdjust())
    this = entry.adjusts[reply]
    if this.offset_before == this.offset_after or after(seq, this.position):
        this.position = seq
        this.offset_before = this.offset_after
        this.offset_after += change


def offset_of(entry: Entry, part: Part, reply: bool) -> int:
    """What the number acknowledged by this segment must be lowered by to be the sender's."""
    if entry.adjusts is None or part.protocol != IPPROTO_TCP or len(part.data) < 20:
        return 0
    this = entry.adjusts[reply]
    acknowledged = int.from_bytes(part.data[8:12], "big") - 1 & MASK
    return this.offset_after if after(acknowledged, this.position) else this.offset_before


def adjusted(packet: Packet, entry: Entry, reply: bool) -> Packet:
    """The segment with its numbers corrected. SACK blocks are corrected like the ACK."""
    if entry.adjusts is None:
        return packet
    part = transport(packet.data)
    if part is None or part.protocol != IPPROTO_TCP or len(part.data) < 20:
        return packet
    this, other = entry.adjusts[reply], entry.adjusts[not reply]
    data = part.data
    seq, ack = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big")
    new = seq + (this.offset_after if after(seq, this.position) else this.offset_before) & MASK
    if new != seq:
        packet = packet.patched(4, new.to_bytes(4, "big"))
    if not data[13] & ACK:
        return packet
    new = ack - _undo(ack, other) & MASK
    if new != ack:
        packet = packet.patched(8, new.to_bytes(4, "big"))
    return _sack_adjusted(packet, data, other)


def _undo(number: int, other: SeqAdjust) -> int:
    before = number - other.offset_before & MASK
    return other.offset_after if after(before, other.position) else other.offset_before


def _sack_adjusted(packet: Packet, data: bytes, other: SeqAdjust) -> Packet:
    at, end = 20, min((data[12] >> 4) * 4, len(data))
    while at < end and data[at] != 0:
        if data[at] == 1:
            at += 1
            continue
        size = data[at + 1] if at + 1 < end else 0
        if size < 2 or at + size > end:
            break
        if data[at] == 5 and size >= 10 and (size - 2) % 8 == 0:
            for edge in range(at + 2, at + size, 4):
                old = int.from_bytes(data[edge : edge + 4], "big")
                new = old - _undo(old, other) & MASK
                if new != old:
                    packet = _patched_anywhere(packet, edge, new.to_bytes(4, "big"))
        at += size
    return packet


def _patched_anywhere(packet: Packet, at: int, new: bytes) -> Packet:
    """``Packet.patched`` for odd offsets too: widen to whole words."""
    start, stop = at & ~1, at + len(new) + 1 & ~1
    base = packet.headers.payload_offset
    word = bytearray(packet.data[base + start : base + stop])
    word[at - start : at - start + len(new)] = new
    return packet.patched(start, bytes(word))
