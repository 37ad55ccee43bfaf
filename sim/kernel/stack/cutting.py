"""Packets cut into fragments on the way out.

ip_do_fragment (net/ipv4/ip_output.c), ip6_fragment (net/ipv6/ip6_output.c).
"""

from __future__ import annotations

from contextlib import suppress

from sim.base.frozen import replace
from sim.packet.checksum import checksum
from sim.packet.headers import (
    DESTINATION,
    HOP_BY_HOP,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
    IPV6_FRAGMENT,
    ROUTING,
    dissect,
)
from sim.packet.packet import Packet


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


def _old(length: int, most: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes of the fragments that the packet came in, if they can go on as they are.

    What was in front of the fragments that came may be in them now, or the other way round: the
    first takes up the difference.
    """
    if not sizes:
        return ()
    sizes = (sizes[0] + length - sum(sizes), *sizes[1:])
    fits = sizes[0] > 0 and max(sizes) <= most and not any(size % 8 for size in sizes[:-1])
    return sizes if fits else ()


# Bytes of header that NAT writes.
_WRITTEN = {
    IPPROTO_TCP: 20, IPPROTO_SCTP: 12, IPPROTO_UDP: 8, IPPROTO_UDPLITE: 8, IPPROTO_ICMP: 8,
    IPPROTO_ICMPV6: 8,
}  # fmt: skip


def pulled_to(packet: Packet, together: int) -> int:
    """Where the transport header ends of a gathered packet, if not all of it stands together.

    NAT (skb_ensure_writable) takes the rest from the other fragments. ``together``: see
    ``skb.Fragments``. 0: nothing is to be taken.
    """
    headers = packet.headers
    end = headers.payload_offset + _WRITTEN.get(headers.protocol, 0)
    return end if 0 < together < end <= len(packet.data) else 0


def quote_end(packet: Packet, is_rewritten: bool) -> int:
    """How much of an ICMP error NAT has put together: with the IP header that it quotes, and with
    that one's transport header where it rewrites it (nf_nat_icmp_reply_translation)."""
    start = packet.headers.payload_offset + 8
    if is_rewritten:
        with suppress(ValueError):
            quoted = dissect(packet.data[start:])
            end = start + quoted.payload_offset
            whole = end + _WRITTEN.get(quoted.protocol, 0)
            if quoted.fragment_offset:
                return end
            return whole if whole <= len(packet.data) else min(end + 8, len(packet.data))
    return start + (20 if packet.family == 4 else 40)


def is_headless(packet: Packet, together: int) -> bool:
    """ip6_find_1stfragopt reads only what stands together: are headers that stay in front of all
    pieces not whole there? Then the packet cannot be cut."""
    return packet.family == 6 and 0 < together < unfragmentable(packet)[0]


def _cuts(length: int, most: int, sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    """From where to where each piece of the payload goes."""
    old = _old(length, most, sizes)
    if old:
        ends = [sum(old[: number + 1]) for number in range(len(old))]
        return list(zip([0, *ends], ends, strict=False))
    cuts, at = [], 0
    while length - at > most:
        cuts.append((at, at + (most & ~7)))
        at += most & ~7
    return [*cuts, (at, length)]


def _fragments4(packet: Packet, limit: int, sizes: tuple[int, ...], df: bool) -> list[Packet]:
    headers = packet.headers
    size = headers.header_length
    body = packet.data[size : headers.length]
    flags = 0x4000 if df and not _old(len(body), limit - size, sizes) else 0
    pieces = []
    for at, end in _cuts(len(body), limit - size, sizes):
        part = body[at:end]
        more = end < len(body) or headers.more_fragments
        head = bytearray(packet.data[:size])
        if at and not headers.fragment_offset:  # else they count as done (ip_frag_next)
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
    start, place = unfragmentable(packet)
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


def unfragmentable(packet: Packet) -> tuple[int, int]:
    """Where the fragmentable part starts, and which byte names what stands there.

    ip6_find_1stfragopt: hop-by-hop, routing and destination headers stay in front, up to the
    first destination header behind a routing header.
    """
    start, place, is_routed = 40, 6, False
    for number, at in packet.headers.extensions:
        if number not in (HOP_BY_HOP, ROUTING, DESTINATION) or (
            number == DESTINATION and is_routed
        ):
            break
        is_routed = is_routed or number == ROUTING
        start, place = at + (packet.data[at + 1] + 1) * 8, at
    return start, place
