"""Fragments gathered into whole packets on the way in.

ip_defrag (net/ipv4/ip_fragment.c), nf_ct_frag6_gather (net/ipv6/netfilter/nf_conntrack_reasm.c)
and ipv6_frag_rcv (net/ipv6/reassembly.c) over inet_frag_queue_insert (net/ipv4/inet_fragment.c).

The three agree on how pieces are put together and on timeouts. They differ in what they do with a
piece that is wrong: IPv4 throws all of them away; the host as the receiver of IPv6 does so too, or
tells the sender which field is wrong; conntrack lets IPv6's malformed ones go on by themselves and
forgets single ones that contradict the others.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum, auto

from sim.base.frozen import dataclass, replace
from sim.kernel.bridge.info import BridgeInfo
from sim.model.rules import Hook
from sim.packet.checksum import checksum
from sim.packet.fragment_header import SIZE, FragmentHeader, fragment_header, lacks_transport
from sim.packet.headers import HOP_BY_HOP
from sim.packet.packet import Packet
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.fragments import (
    FragmentContradicts,
    FragmentEmpty,
    FragmentHeaderCut,
    FragmentOverlaps,
    FragmentsMixEcn,
    FragmentsTooLong,
    OddLength,
    SameFragment,
    TransportCut,
)  # fmt: skip

SECOND = 1_000_000_000
TIMEOUTS = {4: 30 * SECOND, 6: 60 * SECOND}  # ipfrag_time, ip6frag_time
LONGEST_PAYLOAD = 65535  # IPV6_MAXPLEN; also the longest IPv4 packet
LENGTH_PLACE = 4  # of the payload length in the IPv6 header
NOT_ECT, CE = 0, 3  # values of the two ECN bits

Key = tuple[object, ...]  # what the pieces of one packet have in common


class DefragUser(Enum):
    """Who gathers (enum ip_defrag_users): pieces that one has taken are not the other's."""

    LOCAL_DELIVER = "local delivery"
    CONNTRACK_IN = Hook.PREROUTING
    CONNTRACK_OUT = Hook.OUTPUT

    @property
    def is_conntrack(self) -> bool:
        return self is not DefragUser.LOCAL_DELIVER


class Clash(Enum):
    """A piece that brings what is there already."""

    DUPLICATE = auto()
    OVERLAP = auto()


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What the sender of an IPv6 fragment is told: ICMPv6 parameter problem."""

    code: int
    pointer: int


HEADER_FIELD, INCOMPLETE = 0, 3  # codes of parameter problem


@dataclass(slots=True)
class Queue:
    """The pieces of one packet so far: offset -> payload bytes."""

    expires: int
    iface: str = ""  # the device the last one came in on
    pieces: dict[int, bytes] = field(default_factory=dict)
    runs: list[tuple[int, int]] = field(default_factory=list)  # pieces that were appended in turn
    first: Packet | None = None
    bridge: BridgeInfo | None = None  # beside the first
    length: int = 0  # of all that is known of so far
    has_last: bool = False
    largest: int = 0  # the longest fragment as it came, with its header
    largest_with_df: int = 0
    rooms: dict[int, int] = field(default_factory=dict)  # offset -> length of the headers there
    ecn: set[int] = field(default_factory=set)

    def insert(self, offset: int, end: int) -> Clash | None:
        """inet_frag_queue_insert: ``""``, ``duplicate`` or ``overlap``.

        A piece within a run is a duplicate, also if it had other borders before (RFC 5722,
        erratum 3089).
        """
        last_end = max((run_end for _, run_end in self.runs), default=0)
        if not self.runs:
            self.runs.append((offset, end))
        elif last_end < end:
            if offset < last_end:
                return Clash.OVERLAP
            last = max(range(len(self.runs)), key=lambda at: self.runs[at])
            if offset == last_end:
                self.runs[last] = (self.runs[last][0], end)
            else:
                self.runs.append((offset, end))
        else:
            for start, run_end in self.runs:
                if end <= start or offset >= run_end:
                    continue
                is_inside = offset >= start and end <= run_end
                return Clash.DUPLICATE if is_inside else Clash.OVERLAP
            self.runs.append((offset, end))
        return None

    @property
    def is_complete(self) -> bool:
        return (
            self.first is not None
            and self.has_last
            and sum(map(len, self.pieces.values())) == self.length
        )


@dataclass(frozen=True, slots=True)
class Gathered:
    """What became of a fragment. ``packet``: the whole, when this piece completed it.

    ``largest``: no fragment of it was longer on the wire, nor may one be when it leaves.
    ``sizes``: how many bytes each brought, in the order of their offsets.
    ``passes``: it is malformed, and goes on by itself. ``problem``: so the sender is told.
    ``forgets``: the others of its packet are thrown away because of it.
    """

    packet: Packet | None = None
    cause: Cause | None = None  # why the fragment was thrown away, or goes on by itself
    largest: int = 0
    sizes: tuple[int, ...] = ()
    rooms: tuple[int, ...] = ()  # see ``skb.Fragments``
    together: int = 0
    bridge: BridgeInfo | None = None  # the whole packet has what was beside its first fragment
    passes: bool = False
    problem: FieldProblem | None = None
    forgets: bool = False
    mislaid: tuple[int, int] | None = None  # see ``skb.Fragments``
    has_options: bool = False  # see ``Skb``: the whole goes on with the first one's notes


@dataclass(frozen=True, slots=True)
class _Piece:
    """One fragment's part of the payload, and how strict its receiver is."""

    offset: int
    data: bytes
    more: bool
    spoils: bool  # a contradiction throws away all pieces, not only this one
    header_length: int

    @property
    def end(self) -> int:
        return self.offset + len(self.data)


class Defragmenter:
    """The fragments that wait. ``user`` keeps apart who gathers: conntrack, local delivery."""

    def __init__(self) -> None:
        self._queues: dict[Key, Queue] = {}

    def expire(self, now: int) -> list[Queue]:
        """Forget what waited too long; gives the pieces that never became whole packets."""
        late = [key for key, queue in self._queues.items() if queue.expires <= now]
        return [self._queues.pop(key) for key in late]

    def gather(
        self, packet: Packet, user: DefragUser, now: int, iface: str = "", timeout: int = 0,
        bridge: BridgeInfo | None = None,
    ) -> Gathered:  # fmt: skip
        """Take a fragment in. Pieces that overlap spoil the whole packet.

        ``timeout`` (ns) is how long they wait for each other; 0: as long as the kernel lets them.
        """
        if packet.family == 4:
            piece = _piece4(packet)
            headers = packet.headers
            key: Key = (user, headers.src, headers.dst, headers.ident, headers.protocol)
        else:
            header = fragment_header(packet.data)
            assert header is not None
            is_tracked = user.is_conntrack
            key = _key6(packet, user, header, iface)
            wrong = _wrong6(packet, header, is_tracked=is_tracked)
            if wrong is not None:
                if wrong.forgets:
                    self._queues.pop(key, None)
                return wrong
            body = packet.data[header.at + SIZE : packet.headers.length]
            piece = _Piece(header.offset, body, header.more, not is_tracked, header.at)
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = Queue(now + (timeout or TIMEOUTS[packet.family]))
        queue.iface = iface
        return self._add(key, queue, packet, piece, bridge)

    def _add(
        self, key: Key, queue: Queue, packet: Packet, piece: _Piece, bridge: BridgeInfo | None
    ) -> Gathered:
        why: Cause | None = _contradicts(queue, piece)
        if why is None:
            if not piece.more:
                queue.has_last = True
            queue.length = max(queue.length, piece.end)
            why = None if piece.data else FragmentEmpty()
        if why is not None:
            if piece.spoils:
                del self._queues[key]
            return Gathered(cause=why)
        clash = queue.insert(piece.offset, piece.end)
        if clash is Clash.DUPLICATE:
            return Gathered(cause=SameFragment())
        if clash is not None:
            del self._queues[key]
            return Gathered(cause=FragmentOverlaps())
        headers = packet.headers
        queue.pieces[piece.offset] = piece.data
        if piece.offset == 0:
            queue.first, queue.bridge = packet, bridge
        queue.rooms[piece.offset] = piece.header_length
        queue.ecn.add(headers.tos & 3)
        queue.largest = max(queue.largest, headers.length)
        if headers.dont_fragment:
            queue.largest_with_df = max(queue.largest_with_df, headers.length)
        if not queue.is_complete:
            return Gathered()
        del self._queues[key]
        return _completed(queue, packet)


def _piece4(packet: Packet) -> _Piece:
    headers = packet.headers
    body = packet.data[headers.header_length : headers.length]
    if headers.more_fragments:
        body = body[: len(body) & ~7]
    return _Piece(
        headers.fragment_offset, body, headers.more_fragments, True, headers.header_length
    )


def _key6(packet: Packet, user: DefragUser, header: FragmentHeader, iface: str) -> Key:
    headers = packet.headers
    has_scope = headers.dst.is_multicast or headers.dst.is_link_local
    return user, headers.src, headers.dst, header.ident, iface if has_scope else ""


def _wrong6(packet: Packet, header: FragmentHeader, *, is_tracked: bool) -> Gathered | None:
    """What is malformed about an IPv6 fragment, before anything else is asked."""
    if not header.is_whole and not (is_tracked and lacks_transport(packet.data, header)):
        if is_tracked:
            return Gathered(cause=FragmentHeaderCut())
        return Gathered(cause=FragmentHeaderCut(), problem=FieldProblem(0, header.at))
    if lacks_transport(packet.data, header):
        cut = TransportCut()
        if is_tracked:
            return Gathered(cause=cut, passes=True)
        return Gathered(cause=cut, problem=FieldProblem(INCOMPLETE, 0))
    end = header.offset + packet.headers.length - header.at - SIZE
    if end > LONGEST_PAYLOAD:
        if is_tracked:
            return Gathered(cause=FragmentsTooLong())
        return Gathered(cause=FragmentsTooLong(), problem=FieldProblem(HEADER_FIELD, header.at + 2))
    if header.more and end % 8:
        why = OddLength()
        if is_tracked:
            return Gathered(cause=why, passes=True, forgets=True)
        return Gathered(cause=why, problem=FieldProblem(HEADER_FIELD, LENGTH_PLACE))
    return None


def _contradicts(queue: Queue, piece: _Piece) -> FragmentContradicts | None:
    """A piece beyond the end, or two different ends."""
    if piece.more:
        is_wrong = queue.has_last and piece.end > queue.length
    else:
        is_wrong = piece.end < queue.length or (queue.has_last and piece.end != queue.length)
    return FragmentContradicts() if is_wrong else None


def _completed(queue: Queue, last: Packet) -> Gathered:
    if len(queue.ecn) > 1 and NOT_ECT in queue.ecn:
        return Gathered(cause=FragmentsMixEcn())
    whole = _whole(queue, last)
    if whole is None:
        return Gathered(cause=FragmentsTooLong())
    sizes = tuple(len(queue.pieces[at]) for at in sorted(queue.pieces))
    together = len(whole.data) - sum(sizes[1:])
    rooms = tuple(queue.rooms[at] for at in sorted(queue.pieces))
    largest = max(queue.largest, queue.largest_with_df)
    mislaid = _mislaid(queue.first) if queue.first is not None else None
    has_options = queue.first is not None and queue.first.data[6] == HOP_BY_HOP
    return Gathered(
        whole, largest=largest, sizes=sizes, bridge=queue.bridge, mislaid=mislaid,
        has_options=has_options, together=together, rooms=rooms,
    )  # fmt: skip


def _mislaid(first: Packet) -> tuple[int, int] | None:
    """nf_ct_frag6_reasm marks the place behind all headers that are not cut as the transport
    header's; the receiver looks there for the header that follows the hop-by-hop one."""
    if first.family == 4:
        return None
    header = fragment_header(first.data)
    assert header is not None
    number, at = first.data[6], 40
    if number == HOP_BY_HOP:
        number, at = first.data[40], 40 + (first.data[41] + 1) * 8
    return (number, header.at) if at != header.at else None


def _whole(queue: Queue, last: Packet) -> Packet | None:
    """The first fragment's header over all pieces; it goes on as the last one's skb.

    One congestion mark marks the whole (ip_frag_ecn_table).
    """
    first = queue.first
    assert first is not None
    body = b"".join(queue.pieces[at] for at in sorted(queue.pieces))
    mark = CE if CE in queue.ecn else 0
    if first.family == 4:
        data = bytearray(first.data[: first.headers.header_length] + body)
        if len(data) > LONGEST_PAYLOAD:
            return None
        data[1] |= mark
        data[2:4] = len(data).to_bytes(2, "big")
        # DF comes back only if the longest fragment carried it (path MTU discovery).
        keep = queue.largest_with_df == queue.largest
        data[6:8] = (0x4000 if keep else 0).to_bytes(2, "big")
        data[10:12] = b"\0\0"
        data[10:12] = checksum(bytes(data[: first.headers.header_length])).to_bytes(2, "big")
        return replace(first, data=bytes(data), id=last.id)
    header = fragment_header(first.data)
    assert header is not None
    data = bytearray(first.data[: header.at])
    data[header.named_at] = header.following
    data += body
    if len(data) - 40 > LONGEST_PAYLOAD:
        return None
    data[1] |= mark << 4
    data[4:6] = (len(data) - 40).to_bytes(2, "big")
    return replace(first, data=bytes(data), id=last.id)
