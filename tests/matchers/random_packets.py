"""Random packets of every protocol the matches read: whole, cut short, fragments. Seeded."""

from __future__ import annotations

import random
from ipaddress import IPv4Address, IPv6Address

from sim.packet.checksum import checksum
from sim.packet.packet import sealed

PORTS = (22, 53, 80, 443, 1024, 8080, 65535)
V4 = ("10.0.0.2", "10.0.0.200", "10.0.1.7", "10.1.0.5", "192.0.2.1", "203.0.113.77", "10.0.0.1",
      "10.0.0.255", "224.0.0.5", "239.1.2.3", "255.255.255.255", "127.0.0.1")  # fmt: skip
V6 = ("2001:db8::2", "2001:db8::200", "2001:db8:1::5", "2001:db8:2::1", "fe80::5", "ff02::1",
      "2001:db8::1", "2001:db8:1::1", "fd00::1", "::1")  # fmt: skip


def transport(rng: random.Random, family: int) -> tuple[int, bytes]:
    """(protocol, bytes) of a transport header and a little payload."""
    ports = b"".join(rng.choice(PORTS).to_bytes(2, "big") for _ in range(2))
    kind = rng.choice(("tcp", "tcp", "udp", "icmp", "sctp", "dccp", "udplite", "other"))
    tail = rng.randbytes(rng.choice((0, 1, 8, 40)))
    if kind == "tcp":
        return 6, ports + _tcp(rng) + tail
    if kind == "udp":
        return 17, ports + (8 + len(tail)).to_bytes(2, "big") + b"\0\0" + tail
    if kind == "icmp":
        types = (0, 3, 4, 5, 8, 11, 12, 13, 255) if family == 4 else (1, 2, 3, 4, 128, 129, 135)
        head = bytes((rng.choice(types), rng.choice((0, 0, 1, 3, 4, 13))))
        return (1 if family == 4 else 58), head + b"\0\0" + rng.randbytes(4) + tail
    if kind == "sctp":
        return 132, ports + rng.randbytes(8) + _chunks(rng)
    if kind == "dccp":
        return 33, ports + _dccp(rng) + tail
    if kind == "udplite":
        return 136, ports + b"\0\x08\0\0" + tail
    return rng.choice((47, 50, 89, 132, 103)), rng.randbytes(rng.choice((0, 3, 4, 12, 24)))


def _tcp(rng: random.Random) -> bytes:
    options = b""
    if rng.random() < 0.6:
        mss, small, timestamps = b"\x02\x04\x05\xb4", b"\x02\x04\x02\x00", b"\x08\x0a" + bytes(8)
        bad_mss, no_length = b"\x02\x03\x01", b"\x05\x00"
        pieces = [b"\x01", mss, b"\x03\x03\x07", b"\x04\x02", timestamps, small, bad_mss, b"\x00",
                  no_length]  # fmt: skip
        options = b"".join(rng.sample(pieces, rng.randint(1, 4)))[:40]
        options += b"\x01" * (-len(options) % 4)
    size = 5 + len(options) // 4
    if rng.random() < 0.1:
        size = rng.randint(0, 15)
    flags = rng.choice(
        (2, 0x12, 0x10, 0x18, 0x11, 4, 0, 0x29, 0x3F, 0xC2, 0x52, rng.randrange(256))
    )
    return rng.randbytes(8) + bytes((size << 4, flags)) + rng.randbytes(2) + b"\0\0\0\0" + options


def _chunks(rng: random.Random) -> bytes:
    out = b""
    for _ in range(rng.randint(0, 4)):
        body = rng.randbytes(rng.choice((0, 3, 4, 12)))
        length = 4 + len(body) if rng.random() > 0.05 else 0
        kind = rng.choice((0, 1, 2, 3, 6, 7, 10, 14, 64, 128, 192, 193, 200))
        out += bytes((kind, rng.choice((0, 1, 2, 3, 7, 8)))) + length.to_bytes(2, "big")
        out += body + bytes(-len(body) % 4)
    return out


def _dccp(rng: random.Random) -> bytes:
    size = rng.choice((3, 4, 5, 6, 7, 8, 9))
    kind = rng.randrange(16) << 1 | rng.choice((0, 1))
    return bytes((size, 0)) + b"\0\0" + bytes((kind, 0)) + rng.randbytes(18)


def ipv4(rng: random.Random) -> bytes:
    protocol, body = transport(rng, 4)
    fragment = 0
    if rng.random() < 0.15:
        fragment = rng.choice((0x2000, 0x2001, 1, 2, 5, 100))
    if rng.random() < 0.12:
        body = body[: rng.randint(0, len(body))]
    source = IPv4Address(rng.choice(V4[:7])).packed
    head = bytes(
        (0x45, rng.choice((0, 0x10, 0x08, 0x2E << 2, 0x28 << 2 | 1, 3, rng.randrange(256))))
    )
    head += bytes(2) + rng.randbytes(2) + fragment.to_bytes(2, "big")
    head += bytes((rng.choice((1, 5, 63, 64, 128, 255)), protocol)) + bytes(2)
    whole = bytearray(head + source + IPv4Address(rng.choice(V4[:11])).packed + body)
    if rng.random() < 0.5 or fragment:
        whole[2:4] = len(whole).to_bytes(2, "big")
        whole[10:12] = checksum(bytes(whole[:20])).to_bytes(2, "big")
        return bytes(whole)
    return sealed(bytes(whole))


def ipv6(rng: random.Random) -> bytes:
    protocol, body = transport(rng, 6)
    if rng.random() < 0.12:
        body = body[: rng.randint(0, len(body))]
    if rng.random() < 0.15:
        offset = rng.choice((0x0001, 8, 16, 9, 800))
        body = bytes((protocol, 0)) + offset.to_bytes(2, "big") + rng.randbytes(4) + body
        protocol = 44
    elif rng.random() < 0.15:
        body = bytes((protocol, 0)) + b"\x01\x04\0\0\0\0" + body
        protocol = 60
    word = 6 << 28 | rng.choice((0, 0x10, 0xB8, 0x03, rng.randrange(256))) << 20
    head = word.to_bytes(4, "big") + len(body).to_bytes(2, "big")
    head += bytes((protocol, rng.choice((1, 5, 64, 255))))
    ends = IPv6Address(rng.choice((*V6[:5], V6[6]))).packed + IPv6Address(rng.choice(V6[:8])).packed
    return head + ends + body
