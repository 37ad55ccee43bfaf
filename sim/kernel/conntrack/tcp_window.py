"""Does a TCP segment lie in the window? What conntrack remembers of each side for that.

Theory (Guido van Rooij, "Real stateful TCP packet filtering in IP Filter"). For each side
conntrack keeps, from what that side sent, ``end`` = the highest sequence number behind its
data, and ``maxwin`` = the largest window it offered; and, from what the *other* side allowed,
``maxend`` = the highest number this side may use. A segment from the *sender* to the
*receiver* is right if

    I.   seq <= sender.maxend                       not beyond what the receiver allowed
    II.  seq + len >= sender.end - receiver.maxwin  not from long ago
    III. ack <= receiver.end                        acknowledges only what was sent
    IV.  ack >= receiver.end - max(66000, maxwin)   no overly delayed acknowledgement

``ack`` is the highest edge of a SACK block where there is one. Against II and IV a segment is
*ignored* (it passes, nothing is learnt from it), against III it is refused, against I refused
unless all else holds and it overshoots by no more than one window: some senders do that, and
its acknowledgement must not fail III. A "liberal" connection accepts them all. Numbers wrap at
2**32 and are compared by their signed difference.

net/netfilter/nf_conntrack_proto_tcp.c, ``tcp_in_window``.
"""

from __future__ import annotations

from dataclasses import field

from sim.base.frozen import dataclass
from sim.kernel.conntrack.protocol import Sight
from sim.model.flow import TcpEvent, TcpState
from sim.model.tuples import Part
from sim.packet.headers import ACK, FIN, RST, SYN
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.conntrack_tcp import AckLate, AcksUnsent, DataOld, OverWindow, SeqOverWindow

# What is known of a side (and of the last ignored SYN).
WINDOW_SCALE = 0x01
SACK_PERM = 0x02
CLOSE_INIT = 0x04
BE_LIBERAL = 0x08
DATA_UNACKNOWLEDGED = 0x10
MAXACK_SET = 0x20
CHALLENGE_ACK = 0x40
SIMULTANEOUS_OPEN = 0x80

MAX_ACK_WINDOW = 66000
MASK = 0xFFFFFFFF


def before(a: int, b: int) -> bool:
    """a < b on the circle of 32-bit numbers."""
    return bool((a - b) & 0x80000000)


def after(a: int, b: int) -> bool:
    return before(b, a)


@dataclass(slots=True)
class Side:
    """What one side has sent (``end``, ``maxwin``, ``maxack``) and may send (``maxend``)."""

    end: int = 0
    maxend: int = 0
    maxwin: int = 0
    maxack: int = 0
    scale: int = 0
    flags: int = 0

    def forget(self) -> None:
        self.end = self.maxend = self.maxwin = self.maxack = self.scale = self.flags = 0


@dataclass(slots=True)
class TcpTrack:
    """The entry's private memory. ``last_...`` is the last segment that mattered.

    ``seen`` is by direction: original, reply.
    """

    state: TcpState = TcpState.NONE
    seen: tuple[Side, Side] = field(default_factory=lambda: (Side(), Side()))
    last_event: TcpEvent = TcpEvent.NONE
    last_reply: bool = False
    last_seq: int = 0
    last_ack: int = 0
    last_end: int = 0
    last_win: int = 0
    last_scale: int = 0
    last_flags: int = 0
    retrans: int = 0

    def restart(self) -> None:
        """Before the first segment; a retried first segment starts over."""
        self.seen[0].forget()
        self.seen[1].forget()
        self.state, self.last_event, self.last_reply = TcpState.NONE, TcpEvent.NONE, False
        self.last_seq = self.last_ack = self.last_end = self.last_win = 0
        self.last_scale = self.last_flags = self.retrans = 0


@dataclass(frozen=True, slots=True)
class Segment:
    """``end`` is the number behind the segment; SYN and FIN count as one byte each."""

    seq: int
    ack: int
    flags: int
    window: int
    end: int
    options: bytes

    @classmethod
    def of(cls, part: Part) -> Segment:
        """Needs a whole header; ``tcp`` has checked that."""
        data = part.data
        flags, offset = data[13], (data[12] >> 4) * 4
        seq = int.from_bytes(data[4:8], "big")
        length = len(data) - offset + bool(flags & SYN) + bool(flags & FIN)
        return cls(
            seq=seq,
            ack=int.from_bytes(data[8:12], "big"),
            flags=flags,
            window=int.from_bytes(data[14:16], "big"),
            end=seq + length & MASK,
            options=data[20:offset],
        )


def _walk_options(options: bytes) -> list[tuple[int, bytes]]:
    """(kind, value) pairs up to the end mark or the first that does not fit."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(options):
        kind = options[at]
        if kind == 0:
            break
        if kind == 1:
            at += 1
            continue
        if len(options) - at < 2:
            break
        size = options[at + 1]
        if size < 2 or size > len(options) - at:
            break
        found.append((kind, options[at + 2 : at + size]))
        at += size
    return found


def read_options(segment: Segment, side: Side) -> None:
    """Note the window scale (at most 14) and "SACK permitted" of a SYN."""
    if not segment.options:
        return
    side.scale = 0
    side.flags &= BE_LIBERAL
    for kind, value in _walk_options(segment.options):
        if kind == 4 and not value:
            side.flags |= SACK_PERM
        elif kind == 3 and len(value) == 1:
            side.scale = min(value[0], 14)
            side.flags |= WINDOW_SCALE


def _highest_sack(segment: Segment, sack: int) -> int:
    """The highest right edge of the segment's SACK blocks, if beyond ``sack``."""
    for kind, value in _walk_options(segment.options):
        if kind == 5 and len(value) >= 8 and len(value) % 8 == 0:
            for at in range(4, len(value), 8):
                edge = int.from_bytes(value[at : at + 4], "big")
                if after(edge, sack):
                    sack = edge
            break
    return sack


def _start_side(sender: Side, receiver: Side, segment: Segment, reply: bool) -> None:
    """A SYN (again): take its numbers. Scaling needs the option from both sides (RFC 7323)."""
    sender.end = sender.maxend = segment.end
    sender.maxwin = segment.window or 1
    read_options(segment, sender)
    if reply and not (sender.flags & receiver.flags & WINDOW_SCALE):
        sender.scale = receiver.scale = 0


def _pick_up(sender: Side, receiver: Side, segment: Segment, sack: int) -> None:
    """The first segment seen from this side is no SYN: guess from what it says."""
    sender.end = segment.end
    sender.maxwin = segment.window << sender.scale or 1
    sender.maxend = segment.end + sender.maxwin & MASK
    if receiver.maxwin == 0:
        # Nothing seen from the other side either: let III and IV hold until then.
        receiver.end = receiver.maxend = sack
    elif sack == receiver.end + 1 & MASK:
        receiver.end = sack  # it answers a keepalive


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a segment is out of the window. Not ``is_invalid``: it is let through, but ignored."""

    cause: Cause
    is_invalid: bool = False


def in_window(track: TcpTrack, segment: Segment, event: TcpEvent, sight: Sight) -> Objection | None:
    """The window's objection, if it has one. Learns from the segment as it goes."""
    reply = sight.reply
    sender, receiver = track.seen[reply], track.seen[not reply]
    seq, end = segment.seq, segment.end
    ack = sack = segment.ack
    if receiver.flags & SACK_PERM:
        sack = _highest_sack(segment, sack)
    ack, sack = ack - sight.ack_offset & MASK, sack - sight.ack_offset & MASK

    syn, has_ack = segment.flags & SYN, segment.flags & ACK
    if sender.maxwin == 0:
        if syn:
            _start_side(sender, receiver, segment, reply)
            if not has_ack:
                return None  # both open at once
        else:
            _pick_up(sender, receiver, segment, sack)
    elif syn and after(end, sender.end) and track.state in (TcpState.SYN_SENT, TcpState.SYN_RECV):
        _start_side(sender, receiver, segment, reply)
        if reply and not has_ack:
            return None

    if not has_ack or (segment.flags & RST and ack == 0):
        ack = sack = receiver.end  # as if it were there and right
    if segment.flags & RST and seq == 0 and track.state is TcpState.SYN_SENT:
        seq = end = sender.end  # a reset that answers the SYN

    objection = _compare(sender, receiver, seq, end, sack)
    if objection is not None:
        if sender.flags & BE_LIBERAL or sight.settings["tcp_be_liberal"]:
            return None
        return objection
    _learn(sender, receiver, segment, ack, sack, end)
    if event is TcpEvent.ACK:
        _count_repeats(track, reply, (seq, ack, end, segment.window))
    return None


def _compare(sender: Side, receiver: Side, seq: int, end: int, sack: int) -> Objection | None:
    lowest_ack = receiver.end - max(MAX_ACK_WINDOW, sender.maxwin) - 1 & MASK
    recent = after(end, sender.end - receiver.maxwin - 1 & MASK)
    if not before(seq, sender.maxend + 1 & MASK):
        overshot = end - sender.maxend + 1 & MASK
        if (
            receiver.maxwin
            and recent
            and after(sack, lowest_ack)
            and overshot <= receiver.maxwin
            and before(sack, receiver.end + 1 & MASK)
        ):
            sender.end = end
            sender.flags |= DATA_UNACKNOWLEDGED
            return Objection(OverWindow(overshot))
        return Objection(SeqOverWindow(seq, sender.maxend), is_invalid=True)
    if not before(sack, receiver.end + 1 & MASK):
        return Objection(AcksUnsent(sack, receiver.end), is_invalid=True)
    if receiver.maxwin and not recent:
        return Objection(DataOld())
    if not after(sack, lowest_ack):
        return Objection(AckLate())
    return None


def _learn(sender: Side, receiver: Side, segment: Segment, ack: int, sack: int, end: int) -> None:
    window = segment.window if segment.flags & SYN else segment.window << sender.scale
    sender.maxwin = max(sender.maxwin, window + (sack - ack & MASK) & MASK)
    if after(end, sender.end):
        sender.end = end
        sender.flags |= DATA_UNACKNOWLEDGED
    if segment.flags & ACK and (not sender.flags & MAXACK_SET or after(ack, sender.maxack)):
        sender.maxack = ack
        sender.flags |= MAXACK_SET
    if receiver.maxwin and after(end, sender.maxend):
        receiver.maxwin += end - sender.maxend & MASK
    if after(sack + window & MASK, receiver.maxend - 1 & MASK):
        receiver.maxend = sack + window + (window == 0) & MASK
    if ack == receiver.end:
        receiver.flags &= ~DATA_UNACKNOWLEDGED


def _count_repeats(track: TcpTrack, reply: bool, now: tuple[int, int, int, int]) -> None:
    """The same bare ACK or data again and again: nobody answers."""
    last = (track.last_seq, track.last_ack, track.last_end, track.last_win)
    if track.last_reply is reply and last == now:
        track.retrans += 1
        return
    track.last_reply = reply
    track.last_seq, track.last_ack, track.last_end, track.last_win = now
    track.retrans = 0
