"""What the bytes of a packet say. Reading only; rewriting is in ``packet``.

A header that is too short for its fixed part is ``None``: the matches that need it drop the
packet on the spot, as the kernel's do ("hotdrop").
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from sim.base.frozen import dataclass

IPPROTO_ICMP = 1
IPPROTO_TCP = 6
IPPROTO_UDP = 17
IPPROTO_DCCP = 33
IPPROTO_GRE = 47
IPPROTO_ESP = 50
IPPROTO_AH = 51
IPPROTO_ICMPV6 = 58
IPPROTO_SCTP = 132
IPPROTO_UDPLITE = 136

# IPv6 headers that are skipped on the way to the last one (net/ipv6/exthdrs_core.c).
HOP_BY_HOP, ROUTING, IPV6_FRAGMENT, DESTINATION = 0, 43, 44, 60
EXTENSION_HEADERS = frozenset({HOP_BY_HOP, ROUTING, IPV6_FRAGMENT, IPPROTO_AH, DESTINATION})

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128
TCP_FLAG_NAMES = ("fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr")


@dataclass(frozen=True, slots=True)
class Tcp:
    sport: int
    dport: int
    seq: int
    ack: int
    offset: int  # header length in bytes as the header claims, may be < 20 or beyond the packet
    flags: int
    window: int
    checksum: int
    urgent: int
    options: bytes


@dataclass(frozen=True, slots=True)
class Udp:
    """UDP and UDP-Lite (where ``length`` is the checksum coverage)."""

    sport: int
    dport: int
    length: int
    checksum: int


@dataclass(frozen=True, slots=True)
class Icmp:
    """ICMP and ICMPv6. ``ident`` and ``seq`` are the two words behind the checksum."""

    type: int
    code: int
    checksum: int
    ident: int
    seq: int


@dataclass(frozen=True, slots=True)
class Headers:
    family: int  # 4 or 6
    src: IPv4Address | IPv6Address
    dst: IPv4Address | IPv6Address
    protocol: int  # IPv6: the last header, extension headers skipped
    ttl: int  # IPv6: hop limit
    tos: int  # IPv6: traffic class
    length: int  # of the whole packet as its header claims, in bytes
    ident: int  # IPv6: of the fragment header
    dont_fragment: bool
    more_fragments: bool
    fragment_offset: int  # in bytes
    flow_label: int
    header_length: int  # IPv4 header in bytes; IPv6 always 40
    options: bytes  # IPv4 options
    extensions: tuple[tuple[int, int], ...]  # IPv6: (header number, offset of it in the packet)
    payload_offset: int  # where the transport header starts
    sport: int | None  # None: the protocol has no ports, or they are cut off, or a later fragment
    dport: int | None
    tcp: Tcp | None
    udp: Udp | None
    icmp: Icmp | None

    @property
    def is_fragment(self) -> bool:
        return self.more_fragments or self.fragment_offset > 0


@lru_cache(maxsize=4096)
def dissect(data: bytes) -> Headers:
    """Read the headers of an IP packet.

    Raises ``ValueError`` when there is no complete IP header.
    """
    if not data:
        raise ValueError("the packet is empty")
    version = data[0] >> 4
    if version == 4:
        return _dissect4(data)
    if version == 6:
        return _dissect6(data)
    raise ValueError(f"IP version {version} is neither 4 nor 6")


def _dissect4(data: bytes) -> Headers:
    if len(data) < 20:
        raise ValueError(f"an IPv4 header has at least 20 bytes, here are {len(data)}")
    header_length = (data[0] & 15) * 4
    if header_length < 20 or header_length > len(data):
        raise ValueError(f"the IPv4 header length of {header_length} bytes does not fit")
    fragment = int.from_bytes(data[6:8], "big")
    offset = (fragment & 0x1FFF) * 8
    return Headers(
        family=4,
        src=IPv4Address(data[12:16]),
        dst=IPv4Address(data[16:20]),
        protocol=data[9],
        ttl=data[8],
        tos=data[1],
        length=int.from_bytes(data[2:4], "big"),
        ident=int.from_bytes(data[4:6], "big"),
        dont_fragment=bool(fragment & 0x4000),
        more_fragments=bool(fragment & 0x2000),
        fragment_offset=offset,
        flow_label=0,
        header_length=header_length,
        options=data[20:header_length],
        extensions=(),
        payload_offset=header_length,
        **_transport(data, header_length, data[9], offset),
    )


def _dissect6(data: bytes) -> Headers:
    if len(data) < 40:
        raise ValueError(f"an IPv6 header has 40 bytes, here are {len(data)}")
    protocol, offset = data[6], 40
    extensions: list[tuple[int, int]] = []
    ident, more, fragment_offset = 0, False, 0
    # ipv6_find_hdr reads two bytes of a header, four of a routing or fragment header.
    while protocol in EXTENSION_HEADERS:
        if offset + (4 if protocol in (43, 44) else 2) > len(data):
            break
        extensions.append((protocol, offset))
        if protocol == 44:
            word = int.from_bytes(data[offset + 2 : offset + 4], "big")
            ident = int.from_bytes(data[offset + 4 : offset + 8], "big")
            more, fragment_offset = bool(word & 1), word & 0xFFF8
            size = 8
        elif protocol == 51:
            size = (data[offset + 1] + 2) * 4
        else:
            size = (data[offset + 1] + 1) * 8
        protocol = data[offset]
        offset += size
        if fragment_offset:
            break  # what follows is payload of a later fragment
    word = int.from_bytes(data[:4], "big")
    return Headers(
        family=6,
        src=IPv6Address(data[8:24]),
        dst=IPv6Address(data[24:40]),
        protocol=protocol,
        ttl=data[7],
        tos=word >> 20 & 0xFF,
        length=int.from_bytes(data[4:6], "big") + 40,
        ident=ident,
        dont_fragment=False,
        more_fragments=more,
        fragment_offset=fragment_offset,
        flow_label=word & 0xFFFFF,
        header_length=40,
        options=b"",
        extensions=tuple(extensions),
        payload_offset=offset,
        **_transport(data, offset, protocol, fragment_offset),
    )


def _transport(data: bytes, at: int, protocol: int, fragment_offset: int) -> dict[str, Any]:
    part = data[at:]
    tcp = udp = icmp = sport = dport = None
    if not fragment_offset:
        if protocol in PORT_PROTOCOLS and len(part) >= 4:
            sport, dport = int.from_bytes(part[:2], "big"), int.from_bytes(part[2:4], "big")
        if protocol == IPPROTO_TCP and len(part) >= 20:
            size = (part[12] >> 4) * 4
            tcp = Tcp(
                int.from_bytes(part[0:2], "big"),
                int.from_bytes(part[2:4], "big"),
                int.from_bytes(part[4:8], "big"),
                int.from_bytes(part[8:12], "big"),
                size,
                part[13],
                int.from_bytes(part[14:16], "big"),
                int.from_bytes(part[16:18], "big"),
                int.from_bytes(part[18:20], "big"),
                part[20:size],
            )
        elif protocol in (IPPROTO_UDP, IPPROTO_UDPLITE) and len(part) >= 8:
            udp = Udp(*(int.from_bytes(part[i : i + 2], "big") for i in (0, 2, 4, 6)))
        elif protocol in (IPPROTO_ICMP, IPPROTO_ICMPV6) and len(part) >= 4:
            rest = part[4:8].ljust(4, b"\0")
            icmp = Icmp(
                part[0],
                part[1],
                int.from_bytes(part[2:4], "big"),
                int.from_bytes(rest[:2], "big"),
                int.from_bytes(rest[2:4], "big"),
            )
    return {"sport": sport, "dport": dport, "tcp": tcp, "udp": udp, "icmp": icmp}


PORT_PROTOCOLS = frozenset({IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_SCTP, IPPROTO_DCCP})
