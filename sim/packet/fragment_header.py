"""An IPv6 packet's fragment header: where it is, what it says, what must follow it."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.packet.headers import (
    EXTENSION_HEADERS,
    IPPROTO_AH,
    IPPROTO_ICMPV6,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPV6_FRAGMENT,
)

NO_NEXT_HEADER = 59
SIZE = 8  # bytes of a fragment header
_TRANSPORT = {IPPROTO_TCP: 20, IPPROTO_UDP: 8, IPPROTO_ICMPV6: 8}  # bytes of a whole header


@dataclass(frozen=True, slots=True)
class FragmentHeader:
    """The first one of a packet. ``at``: its place in the packet, ``named_at``: that of the byte
    that names it; ``offset`` in bytes. ``is_whole``: none of its own bytes is missing."""

    at: int
    named_at: int
    following: int
    offset: int
    more: bool
    ident: int
    is_whole: bool = True

    @property
    def is_atomic(self) -> bool:
        """The only fragment of its packet (RFC 6946)."""
        return not self.offset and not self.more


def fragment_header(data: bytes) -> FragmentHeader | None:
    """The first fragment header of an IPv6 packet, if it has one (find_prev_fhdr)."""
    number, named_at, at = data[6], 6, 40
    while number != IPV6_FRAGMENT:
        if number not in EXTENSION_HEADERS or len(data) < at + 2:
            return None
        size = (data[at + 1] + 2) * 4 if number == IPPROTO_AH else (data[at + 1] + 1) * 8
        number, named_at, at = data[at], at, at + size
    if at > len(data):
        return None
    part = data[at : at + SIZE].ljust(SIZE, b"\0")
    word = int.from_bytes(part[2:4], "big")
    ident = int.from_bytes(part[4:8], "big")
    is_whole = at + SIZE <= len(data)
    return FragmentHeader(at, named_at, part[0], word & 0xFFF8, bool(word & 1), ident, is_whole)


def lacks_transport(data: bytes, header: FragmentHeader) -> bool:
    """ipv6frag_thdr_truncated: is it a first fragment without the whole transport header?

    RFC 8200, 4.5: it has all headers up to that one.
    """
    number, at = IPV6_FRAGMENT, header.at
    while number in EXTENSION_HEADERS:
        if len(data) < at + (4 if number == IPV6_FRAGMENT else 2):
            return False
        size = (data[at + 1] + 1) * 8
        if number == IPV6_FRAGMENT:
            if int.from_bytes(data[at + 2 : at + 4], "big") & 0xFFF8:
                return False
            size = SIZE
        elif number == IPPROTO_AH:
            size = (data[at + 1] + 2) * 4
        number, at = data[at], at + size
    if number == NO_NEXT_HEADER:
        return False
    return at + _TRANSPORT.get(number, 1) > len(data)
