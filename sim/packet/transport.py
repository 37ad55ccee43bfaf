"""Transport headers from a description: TCP, UDP, ICMP, SCTP, DCCP, GRE, ESP, AH.

Layouts as in RFC 9293, 768, 3828, 792, 4443, 9260, 4340, 2890, 4303, 4302. Checksums are left
zero: ``wire`` fills them when the whole packet is there.
"""

from __future__ import annotations

from collections.abc import Callable

from sim.packet.headers import (
    ACK,
    IPPROTO_AH,
    IPPROTO_DCCP,
    IPPROTO_ESP,
    IPPROTO_GRE,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
    PSH,
    SYN,
)
from sim.packet.script import PacketSpec

WINDOW = 64240
NO_NEXT_HEADER = 59
# ICMP types that carry an id and a sequence number.
QUERIES = frozenset({0, 8, 13, 14, 15, 16, 17, 18})
QUERIES6 = frozenset({128, 129})
# ICMP queries whose body is not free: timestamps, an address mask.
BODY_LENGTH = {13: 12, 14: 12, 17: 4, 18: 4}


def octets(value: int, size: int) -> bytes:
    """A number in network order; bits that do not fit are cut off."""
    return (value & (1 << 8 * size) - 1).to_bytes(size, "big")


def plain(spec: PacketSpec, padding: int = 0) -> bytes:
    payload: bytes = spec.get("payload", b"")
    return payload + bytes(padding)


def ports(spec: PacketSpec) -> bytes:
    return octets(spec.sport or 0, 2) + octets(spec.dport or 0, 2)


def tcp(spec: PacketSpec, padding: int = 0) -> bytes:
    options = tcp_options(spec)
    flags = spec.get("flags", ACK | PSH if spec.get("payload") else SYN)
    return (
        ports(spec)
        + octets(spec.get("seq", 0), 4)
        + octets(spec.get("ack", 0), 4)
        + bytes(((5 + len(options) // 4) << 4, flags & 255))
        + octets(spec.get("window", WINDOW), 2)
        + b"\0\0"
        + octets(spec.get("urgent", 0), 2)
        + options
        + plain(spec)
    )


def tcp_options(spec: PacketSpec) -> bytes:
    """The options named, in the order in which Linux writes them; ``options`` is used as it is."""
    if spec.get("options") is not None:
        given: bytes = spec.get("options")[:40]
        return given + bytes(-len(given) % 4)
    out = b""
    if spec.get("mss") is not None:
        out += b"\x02\x04" + octets(spec.get("mss"), 2)
    if spec.get("sackok"):
        out += b"\x04\x02"
    if spec.get("timestamp") is not None:
        value, echo = spec.get("timestamp")
        out += b"\x08\x0a" + octets(value, 4) + octets(echo, 4)
    if spec.get("wscale") is not None:
        out += b"\x01\x03\x03" + bytes((spec.get("wscale"),))
    if spec.get("sack") is not None:
        edges = b"".join(octets(edge, 4) for pair in spec.get("sack")[:4] for edge in pair)
        out += b"\x05" + bytes((2 + len(edges),)) + edges
    out = out[:40]
    return out + b"\x01" * (-len(out) % 4)


def udp(spec: PacketSpec, padding: int = 0) -> bytes:
    body = plain(spec, padding)
    length = spec.get("udp_length", 8 + len(body))
    return ports(spec) + octets(length, 2) + b"\0\0" + body


def icmp(spec: PacketSpec, padding: int = 0) -> bytes:
    kind, code = spec.get("type", 8), spec.get("code", 0)
    body: bytes = spec.get("payload", b"")
    if kind in QUERIES:
        rest = words(spec.get("icmp_id", 1), spec.get("icmp_seq", 1))
        body = body.ljust(BODY_LENGTH.get(kind, 0), b"\0")
    elif kind == 5:
        gateway = spec.get("gateway")
        rest = gateway.packed if gateway is not None else bytes(4)
    elif kind == 12:
        rest = bytes((spec.get("pointer", 0) & 255, 0, 0, 0))
    else:
        rest = words(spec.get("icmp_id", 0), spec.get("mtu", spec.get("icmp_seq", 0)) & 0xFFFF)
    return bytes((kind, code, 0, 0)) + rest + body


def icmp6(spec: PacketSpec, padding: int = 0) -> bytes:
    kind, code = spec.get("type", 128), spec.get("code", 0)
    body: bytes = spec.get("payload", b"")
    if kind in QUERIES6:
        rest = words(spec.get("icmp_id", 1), spec.get("icmp_seq", 1))
    elif kind in (2, 4):
        rest = octets(spec.get("mtu" if kind == 2 else "pointer", 0), 4)
    else:
        rest = words(spec.get("icmp_id", 0), spec.get("icmp_seq", 0))
    if kind in (135, 136, 137):
        target = spec.get("target")
        body = (target.packed if target is not None else bytes(16)) + body
    return bytes((kind, code, 0, 0)) + rest + body


def words(first: int, second: int) -> bytes:
    return octets(first, 2) + octets(second, 2)


def sctp(spec: PacketSpec, padding: int = 0) -> bytes:
    kind = spec.get("kind", 1)
    vtag = 0 if kind == 1 else spec.get("vtag", 0)
    payload = plain(spec, padding)
    if kind in (1, 2):  # INIT, INIT ACK: initiate tag, window, streams, first TSN
        tag = octets(spec.get("init_tag", 1), 4)
        value = tag + octets(65535, 4) + words(10, 10) + octets(1, 4)
        value += b"\x00\x07\x00\x08cook" if kind == 2 else b""
        value += payload
    elif kind == 0:
        value = octets(1, 4) + bytes(8) + (payload or b"\0")
    elif kind == 3:
        value = octets(1, 4) + octets(65535, 4) + bytes(4)
    elif kind in (4, 5):
        value = b"\x00\x01" + octets((4 + len(payload)), 2) + payload
    elif kind == 7:
        value = octets(1, 4)
    elif kind == 10:
        value = payload or b"cook"
    else:
        value = payload
    chunk_flags = 3 if kind == 0 else 0
    chunk = bytes((kind, chunk_flags)) + octets((4 + len(value)), 2) + value
    return ports(spec) + octets(vtag, 4) + bytes(4) + chunk + bytes(-len(chunk) % 4)


def dccp(spec: PacketSpec, padding: int = 0) -> bytes:
    kind = spec.get("kind", 0)
    extra = b"" if kind in (0, 2) else b"\0\0" + octets(spec.get("ack", 0), 6)
    if kind in (0, 1, 7):
        extra += bytes(4)  # service code; of a reset its code and data
    offset = (16 + len(extra)) // 4
    seq = octets(spec.get("seq", 0), 6)
    head = ports(spec) + bytes((offset, 0, 0, 0, kind << 1 | 1, 0)) + seq
    return head + extra + plain(spec)


def gre(spec: PacketSpec, padding: int = 0) -> bytes:
    key = spec.get("key")
    if key is None:
        return b"\0\0\x08\0" + plain(spec)
    return b"\x20\0\x08\0" + octets(key, 4) + plain(spec)


def esp(spec: PacketSpec, padding: int = 0) -> bytes:
    head: bytes = octets(spec.get("spi", 1), 4) + octets(spec.get("seq", 1), 4)
    return head + plain(spec)


def ah(spec: PacketSpec, padding: int = 0) -> bytes:
    spi, seq = octets(spec.get("spi", 1), 4), octets(spec.get("seq", 1), 4)
    return bytes((NO_NEXT_HEADER, 4, 0, 0)) + spi + seq + bytes(12) + plain(spec)


TRANSPORTS: dict[int, Callable[..., bytes]] = {
    IPPROTO_TCP: tcp,
    IPPROTO_UDP: udp,
    IPPROTO_UDPLITE: udp,
    IPPROTO_ICMP: icmp,
    IPPROTO_ICMPV6: icmp6,
    IPPROTO_SCTP: sctp,
    IPPROTO_DCCP: dccp,
    IPPROTO_GRE: gre,
    IPPROTO_ESP: esp,
    IPPROTO_AH: ah,
}
