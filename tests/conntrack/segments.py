"""Packets for the tests, as bytes, every field free to choose."""

from __future__ import annotations

from ipaddress import ip_address

from sim.packet.headers import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG
from sim.packet.packet import sealed

FLAGS = {"F": FIN, "S": SYN, "R": RST, "P": PSH, "A": ACK, "U": URG, "E": ECE, "C": CWR}
CLIENT, SERVER = "10.0.0.2", "10.0.1.2"
CLIENT6, SERVER6 = "fd00:0::2", "fd00:1::2"


def ip(src: str, dst: str, protocol: int, payload: bytes, *, ttl: int = 9, ident: int = 1) -> bytes:
    """An IP packet of the addresses' family with every checksum right."""
    return sealed(ip_raw(src, dst, protocol, payload, ttl=ttl, ident=ident))


def ip_raw(
    src: str, dst: str, protocol: int, payload: bytes, *, ttl: int = 9, ident: int = 1
) -> bytes:
    """The same with the payload's checksum as it was given."""
    source, target = ip_address(src), ip_address(dst)
    if source.version == 6:
        head = b"\x60\0\0\0" + len(payload).to_bytes(2, "big") + bytes((protocol, ttl))
        return head + source.packed + target.packed + payload
    head = b"\x45\0" + (20 + len(payload)).to_bytes(2, "big") + ident.to_bytes(2, "big")
    head += b"\0\0" + bytes((ttl, protocol)) + b"\0\0" + source.packed + target.packed
    total = sum(int.from_bytes(head[i : i + 2], "big") for i in range(0, 20, 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + (~total & 0xFFFF).to_bytes(2, "big") + head[12:] + payload


def tcp(
    flags: str,
    seq: int = 0,
    ack: int = 0,
    size: int = 0,
    *,
    back: bool = False,
    port: int = 40000,
    server_port: int = 80,
    window: int = 8192,
    options: bytes = b"",
    payload: bytes = b"",
    src: str = CLIENT,
    dst: str = SERVER,
) -> bytes:
    """One segment from client to server, or ``back``."""
    options += bytes(-len(options) % 4)
    ends = (server_port, port) if back else (port, server_port)
    header = ends[0].to_bytes(2, "big") + ends[1].to_bytes(2, "big")
    header += (seq & 0xFFFFFFFF).to_bytes(4, "big") + (ack & 0xFFFFFFFF).to_bytes(4, "big")
    header += bytes(((5 + len(options) // 4) << 4, sum(FLAGS[f] for f in flags)))
    header += window.to_bytes(2, "big") + b"\0\0\0\0" + options
    body = payload or b"x" * size
    return ip(dst, src, 6, header + body) if back else ip(src, dst, 6, header + body)


def udp(
    sport: int = 5000,
    dport: int = 53,
    *,
    src: str = CLIENT,
    dst: str = SERVER,
    payload: bytes = b"",
    length: int | None = None,
    checksum: int | None = None,
    protocol: int = 17,
) -> bytes:
    size = 8 + len(payload) if length is None else length
    head = sport.to_bytes(2, "big") + dport.to_bytes(2, "big") + size.to_bytes(2, "big")
    if checksum is None:
        return ip(src, dst, protocol, head + b"\0\0" + payload)
    return ip_raw(src, dst, protocol, head + checksum.to_bytes(2, "big") + payload)


def icmp(
    kind: int, code: int = 0, ident: int = 7, seq: int = 0, *, src: str = CLIENT,
    dst: str = SERVER, rest: bytes = b"",
) -> bytes:  # fmt: skip
    head = bytes((kind, code, 0, 0)) + ident.to_bytes(2, "big") + seq.to_bytes(2, "big")
    return ip(src, dst, 58 if ":" in src else 1, head + rest)


def icmp_error(kind: int, code: int, quoted: bytes, *, src: str, dst: str) -> bytes:
    return icmp(kind, code, 0, src=src, dst=dst, rest=quoted)
