"""Fragments: gathered into whole packets on the way in, made on the way out.

Gathering: ip_defrag (net/ipv4/ip_fragment.c), nf_ct_frag6_gather
(net/ipv6/netfilter/nf_conntrack_reasm.c). Making: ip_do_fragment (net/ipv4/ip_output.c),
ip6_fragment (net/ipv6/ip6_output.c).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sim.kernel.bridge.info import BridgeInfo
from sim.packet.checksum import checksum
from sim.packet.packet import Packet
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.fragments import FragmentOverlaps, SameFragment

SECOND = 1_000_000_000
TIMEOUTS = {4: 30 * SECOND, 6: 60 * SECOND}  # ipfrag_time, ip6frag_time
IPV6_FRAGMENT = 44
HOP_BY_HOP, ROUTING, DESTINATION = 0, 43, 60


# Who gathers: conntrack at a hook, or IP before it gives a packet to a socket.
LOCAL_DELIVERY = "local delivery"


@dataclass(slots=True)
class Queue:
    """The pieces of one packet so far: offset -> payload bytes."""

    expires: int
    iface: str = ""  # the device the last one came in on
    pieces: dict[int, bytes] = field(default_factory=dict)
    first: Packet | None = None
    bridge: BridgeInfo | None = None  # beside the first
    length: int | None = None  # known once the last fragment is here
    largest: int = 0  # the longest fragment as it came, with its header
    largest_with_df: int = 0


@dataclass(frozen=True, slots=True)
class Gathered:
    """What became of a fragment. ``packet``: the whole, when this piece completed it.

    ``largest``: no fragment of it was longer on the wire, nor may one be when it leaves.
    ``sizes``: how many bytes each brought, in the order of their offsets.
    """

    packet: Packet | None
    cause: Cause | None = None  # why the fragment was thrown away
    largest: int = 0
    sizes: tuple[int, ...] = ()
    bridge: BridgeInfo | None = None  # the whole packet has what was beside its first fragment


class Defragmenter:
    """The fragments that wait. ``user`` keeps apart who gathers: conntrack, local delivery."""

    def __init__(self) -> None:
        self._queues: dict[tuple[object, ...], Queue] = {}

    def expire(self, now: int) -> list[Queue]:
        """Forget what waited too long; gives the pieces that never became whole packets."""
        late = [key for key, queue in self._queues.items() if queue.expires <= now]
        return [self._queues.pop(key) for key in late]

    def gather(
        self, packet: Packet, user: str, now: int, iface: str = "", timeout: int = 0,
        bridge: BridgeInfo | None = None,
    ) -> Gathered:  # fmt: skip
        """Take a fragment in. Pieces that overlap spoil the whole packet.

        ``timeout`` (ns) is how long they wait for each other; 0: as long as the kernel lets them.
        """
        headers = packet.headers
        protocol = headers.protocol if headers.family == 4 else 0
        key = (user, headers.src, headers.dst, headers.ident, protocol)
        queue = self._queues.get(key)
        if queue is None:
            wait = timeout or TIMEOUTS[headers.family]
            queue = self._queues[key] = Queue(now + wait)
        queue.iface = iface
        start = _payload_start(packet)
        piece = packet.data[start : headers.length]
        offset, end = headers.fragment_offset, headers.fragment_offset + len(piece)
        if headers.more_fragments and len(piece) % 8:
            piece = piece[: len(piece) & ~7]
            end = offset + len(piece)
        if queue.pieces.get(offset) == piece:
            return Gathered(None, SameFragment())
        if (
            not piece
            or _overlaps(queue, offset, end)
            or _contradicts(queue, end, headers.more_fragments)
        ):
            del self._queues[key]
            return Gathered(None, FragmentOverlaps())
        queue.pieces[offset] = piece
        if offset == 0:
            queue.first, queue.bridge = packet, bridge
        if not headers.more_fragments:
            queue.length = end
        queue.largest = max(queue.largest, headers.length)
        if headers.dont_fragment:
            queue.largest_with_df = max(queue.largest_with_df, headers.length)
        if queue.length is None or sum(map(len, queue.pieces.values())) != queue.length:
            return Gathered(None)
        del self._queues[key]
        sizes = tuple(len(queue.pieces[at]) for at in sorted(queue.pieces))
        largest = max(queue.largest, queue.largest_with_df)
        whole = _whole(queue, packet)
        return Gathered(whole, largest=largest, sizes=sizes, bridge=queue.bridge)


def _payload_start(packet: Packet) -> int:
    headers = packet.headers
    if headers.family == 4:
        return headers.header_length
    return next(at + 8 for number, at in headers.extensions if number == IPV6_FRAGMENT)


def _overlaps(queue: Queue, start: int, end: int) -> bool:
    return any(start < at + len(piece) and at < end for at, piece in queue.pieces.items())


def _contradicts(queue: Queue, end: int, more: bool) -> bool:
    """A piece beyond the end, or two different ends."""
    if queue.length is not None:
        return end > queue.length or (not more and end != queue.length)
    furthest = max((at + len(piece) for at, piece in queue.pieces.items()), default=0)
    return not more and end < furthest


def _whole(queue: Queue, last: Packet) -> Packet:
    """The first fragment's header over all pieces; it goes on as the last one's skb."""
    first = queue.first
    assert first is not None
    body = b"".join(queue.pieces[at] for at in sorted(queue.pieces))
    if first.family == 4:
        data = bytearray(first.data[: first.headers.header_length] + body)
        data[2:4] = len(data).to_bytes(2, "big")
        # DF comes back only if the longest fragment carried it (path MTU discovery).
        keep = queue.largest_with_df == queue.largest
        data[6:8] = (0x4000 if keep else 0).to_bytes(2, "big")
        data[10:12] = b"\0\0"
        data[10:12] = checksum(bytes(data[: first.headers.header_length])).to_bytes(2, "big")
        return replace(first, data=bytes(data), id=last.id)
    at = next(place for number, place in first.headers.extensions if number == IPV6_FRAGMENT)
    data = bytearray(first.data[:at])
    data[_next_header_place(first)] = first.data[at]
    data += body
    data[4:6] = (len(data) - 40).to_bytes(2, "big")
    return replace(first, data=bytes(data), id=last.id)


def _next_header_place(packet: Packet) -> int:
    """Where the header before the fragment header names its successor."""
    place = 6
    for number, at in packet.headers.extensions:
        if number == IPV6_FRAGMENT:
            break
        place = at
    return place


def fragments(
    packet: Packet, limit: int, ident: int = 0, sizes: tuple[int, ...] = (), *, df: bool = False
) -> list[Packet]:
    """Cut a packet into pieces of at most ``limit`` bytes, their headers included.

    ``ident`` numbers an IPv6 packet's fragments; IPv4 keeps the packet's own. A packet that was
    gathered from fragments of these ``sizes`` falls apart into them again, if they fit. ``df``:
    those had DF, so IPv4 fragments get it again (IPSKB_FRAG_PMTU), unless they are the old ones
    (ip_fraglist_prepare knows nothing of it).
    """
    if packet.family == 6:
        return _fragments6(packet, limit, ident, sizes)
    return _fragments4(packet, limit, sizes, df)


def _are_old(length: int, most: int, sizes: tuple[int, ...]) -> bool:
    """Can the fragments that the packet came in go on as they are?"""
    fits = bool(sizes) and sum(sizes) == length and max(sizes) <= most
    return fits and not any(size % 8 for size in sizes[:-1])


def _cuts(length: int, most: int, sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    """From where to where each piece of the payload goes."""
    if _are_old(length, most, sizes):
        ends = [sum(sizes[: number + 1]) for number in range(len(sizes))]
        return list(zip([0, *ends], ends, strict=False))
    step = most & ~7
    return [(at, min(at + step, length)) for at in range(0, length, step)]


def _fragments4(packet: Packet, limit: int, sizes: tuple[int, ...], df: bool) -> list[Packet]:
    headers = packet.headers
    size = headers.header_length
    body = packet.data[size : headers.length]
    flags = 0x4000 if df and not _are_old(len(body), limit - size, sizes) else 0
    pieces = []
    for at, end in _cuts(len(body), limit - size, sizes):
        part = body[at:end]
        more = end < len(body) or headers.more_fragments
        head = bytearray(packet.data[:size])
        if at:
            head[20:size] = _kept_options(bytes(head[20:size]))
        head[2:4] = (size + len(part)).to_bytes(2, "big")
        word = flags | (headers.fragment_offset + at) // 8 | (0x2000 if more else 0)
        head[6:8] = word.to_bytes(2, "big")
        head[10:12] = b"\0\0"
        head[10:12] = checksum(bytes(head)).to_bytes(2, "big")
        pieces.append(replace(packet, data=bytes(head) + part))
    return pieces


def _kept_options(options: bytes) -> bytes:
    """Later fragments carry only options with the copied bit; the others become no-ops."""
    kept, at = bytearray(options), 0
    while at < len(kept) and kept[at] != 0:
        if kept[at] == 1:
            at += 1
            continue
        length = kept[at + 1] if at + 1 < len(kept) else 0
        if length < 2:
            break
        if not kept[at] & 0x80:
            kept[at : at + length] = b"\x01" * length
        at += length
    return bytes(kept)


def _fragments6(packet: Packet, limit: int, ident: int, sizes: tuple[int, ...]) -> list[Packet]:
    start, place = _unfragmentable(packet)
    body = packet.data[start : packet.headers.length]
    pieces = []
    for at, end in _cuts(len(body), limit - start - 8, sizes):
        part = body[at:end]
        more = end < len(body)
        head = bytearray(packet.data[:start])
        following, head[place] = head[place], IPV6_FRAGMENT
        head[4:6] = (start + 8 + len(part) - 40).to_bytes(2, "big")
        own = bytes((following, 0)) + (at | more).to_bytes(2, "big") + ident.to_bytes(4, "big")
        pieces.append(replace(packet, data=bytes(head) + own + part))
    return pieces


def _unfragmentable(packet: Packet) -> tuple[int, int]:
    """Where the fragmentable part starts, and which byte names what stands there.

    Hop-by-hop and routing headers stay in front, and destination options before a routing
    header (ip6_find_1stfragopt).
    """
    start, place = 40, 6
    extensions = packet.headers.extensions
    for index, (number, at) in enumerate(extensions):
        following = [later for later, _ in extensions[index + 1 :]]
        if number not in (HOP_BY_HOP, ROUTING) and not (
            number == DESTINATION and ROUTING in following
        ):
            break
        start, place = at + (packet.data[at + 1] + 1) * 8, at
    return start, place
