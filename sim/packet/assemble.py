"""From a description to bytes: one packet, every length and checksum right unless asked otherwise.

Knows layouts only. What a description leaves out and a conversation would decide (sequence
numbers, what an error quotes) has been filled in before (``conversation``).
"""

from __future__ import annotations

from typing import Any

from sim.base.frozen import replace
from sim.packet.headers import IPPROTO_AH, IPPROTO_SCTP, IPPROTO_UDP, IPPROTO_UDPLITE, dissect
from sim.packet.packet import CHECKSUM_OFFSET, sealed
from sim.packet.script import PacketSpec
from sim.packet.transport import TRANSPORTS, octets, plain

FRAGMENT_HEADER = 44


def assemble(spec: PacketSpec) -> bytes:
    """The packet's bytes from its IP header on.

    Raises ``ValueError`` when ``length`` is too small for the headers and the payload.
    """
    if spec.raw is not None:
        return spec.raw
    if spec.get("fragment") is not None:
        return _fragment(spec)
    ports_are_here = not spec.get("offset", 0)
    build = TRANSPORTS.get(spec.protocol, plain) if ports_are_here else plain
    body = build(spec)
    size = 20 + len(_ip_options(spec)) if spec.family == 4 else 40 + len(_extensions(spec))
    wanted = spec.get("length")
    if wanted is not None:
        if wanted < size + len(body):
            raise ValueError(
                f"length {wanted} is too small: the headers and the payload take {size + len(body)}"
            )
        body = build(spec, wanted - size - len(body)) if _pads_inside(spec) else body
        body += bytes(max(0, wanted - size - len(body)))
    packet = sealed(_ip_header(spec) + body)
    return _with_checksums(packet, spec)


def _pads_inside(spec: PacketSpec) -> bool:
    """Does the header hold the length of the payload?"""
    kinds = (IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_SCTP)
    return spec.protocol in kinds and not spec.get("offset", 0)


def _fragment(spec: PacketSpec) -> bytes:
    """Bytes ``first`` to ``last`` of the datagram's fragmentable part, as one fragment of it."""
    first, last = spec.get("fragment")
    rest = tuple(pair for pair in spec.fields if pair[0] != "fragment")
    whole = assemble(replace(spec, fields=rest))
    head = (whole[0] & 15) * 4 if spec.family == 4 else 40 + len(_extensions(spec))
    part = whole[head:]
    if first >= len(part):
        raise ValueError(f"the datagram's payload has {len(part)} bytes; byte {first} is behind it")
    end = len(part) if last is None else min(last + 1, len(part))
    if end < len(part) and (end - first) % 8:
        raise ValueError(f"bytes {first} to {last} are {end - first}, not a multiple of 8")
    data = bytearray(whole[:head])
    more = end < len(part)
    if spec.family == 4:
        word = int.from_bytes(data[6:8], "big") & 0xC000 | first // 8 | (0x2000 if more else 0)
        data[6:8] = octets(word, 2)
    else:
        following = data[_last_next_header(spec)]
        data[_last_next_header(spec)] = FRAGMENT_HEADER
        data += bytes((following, 0)) + octets(first | more, 2) + octets(spec.get("id", 0), 4)
    return sealed(bytes(data) + part[first:end])


def _last_next_header(spec: PacketSpec) -> int:
    """Where the header stands that names what follows the IPv6 header and its extensions."""
    at = 6
    size = 40
    for _, body in _header_chain(spec):
        at, size = size, size + 1 + len(body)
    return at


# ---- the network layer ----------------------------------------------------------------------


def tos_of(spec: PacketSpec) -> int:
    """TOS or traffic class, from ``tos``, ``dscp`` and ``ecn``."""
    tos: int = spec.get("tos", 0)
    if spec.get("dscp") is not None:
        tos = spec.get("dscp") << 2 | tos & 3
    if spec.get("ecn") is not None:
        tos = tos & 0xFC | spec.get("ecn")
    return tos


def _ip_header(spec: PacketSpec) -> bytes:
    ends: bytes = spec.src.packed + spec.dst.packed
    ttl = spec.get("ttl", 64)
    if spec.family == 6:
        first = 6 << 28 | tos_of(spec) << 20 | spec.get("flowlabel", 0)
        chain = _extensions(spec)
        following = _first_header(spec)
        return octets(first, 4) + bytes((0, 0, following, ttl)) + ends + chain
    options = _ip_options(spec)
    fragment = spec.get("offset", 0) // 8
    fragment |= 0x4000 if spec.get("df") else 0
    fragment |= 0x2000 if spec.get("mf") else 0
    return (
        bytes((0x45 + len(options) // 4, tos_of(spec), 0, 0))
        + octets(spec.get("id", 0), 2)
        + octets(fragment, 2)
        + bytes((ttl, spec.protocol, 0, 0))
        + ends
        + options
    )


def _ip_options(spec: PacketSpec) -> bytes:
    options: bytes = spec.get("ip_options", b"")[:40]
    return options + bytes(-len(options) % 4)


def _header_chain(spec: PacketSpec) -> list[tuple[int, bytes]]:
    """IPv6 extension headers: (number, bytes behind the next-header byte)."""
    chain = []
    for number, rest in spec.get("ext", ()):
        if number == IPPROTO_AH:
            body = b"\0\0" + (rest or bytes(20)).ljust(20, b"\0")
            size = (2 + len(body)) // 4 - 2
        else:
            body = rest + bytes(-(len(rest) + 2) % 8) if rest else b"\x01\x04" + bytes(4)
            size = (2 + len(body)) // 8 - 1
        chain.append((number, bytes((size & 255,)) + body))
    if spec.get("mf") or spec.get("offset"):
        word = spec.get("offset", 0) | (1 if spec.get("mf") else 0)
        body = b"\0" + octets(word, 2) + octets(spec.get("id", 0), 4)
        chain.append((FRAGMENT_HEADER, body))
    return chain


def _first_header(spec: PacketSpec) -> int:
    chain = _header_chain(spec)
    return chain[0][0] if chain else spec.protocol


def _extensions(spec: PacketSpec) -> bytes:
    if spec.family == 4:
        return b""
    chain = _header_chain(spec)
    following = [*(number for number, _ in chain), spec.protocol][1:]
    return b"".join(
        bytes((after,)) + body for (_, body), after in zip(chain, following, strict=True)
    )


def _with_checksums(packet: bytes, spec: PacketSpec) -> bytes:
    """Checksums as asked for: a number as it is, ``bad`` for one that is surely wrong."""
    data = bytearray(packet)
    headers = dissect(packet)
    ip, transport = spec.get("ip_checksum"), spec.get("checksum")
    if ip is not None and spec.family == 4:
        data[10:12] = _chosen(ip, data[10:12])
    place = CHECKSUM_OFFSET.get(spec.protocol)
    if spec.protocol == IPPROTO_SCTP:
        place = 8
    if transport is not None and place is not None and not headers.fragment_offset:
        at = headers.payload_offset + place
        data[at : at + 2] = _chosen(transport, data[at : at + 2])
    return bytes(data)


def _chosen(asked: int | str, right: bytearray) -> bytes:
    if isinstance(asked, int):
        return octets(asked, 2)
    value = int.from_bytes(right, "big") ^ 0x5555
    return octets(value, 2)


def with_fields(spec: PacketSpec, **defaults: Any) -> PacketSpec:
    """The description with what it left unsaid; what it says stays."""
    said = dict(spec.fields)
    fields = {**{name: value for name, value in defaults.items() if value is not None}, **said}
    return PacketSpec(
        spec.family, spec.protocol, spec.src, spec.dst, spec.sport, spec.dport,
        tuple(fields.items()), spec.raw,
    )  # fmt: skip
