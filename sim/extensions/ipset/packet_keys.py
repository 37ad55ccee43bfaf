"""A packet's element for a set: what the types' ``kadt`` functions read, and how it is worded.

Directions are ``src`` or ``dst``, one for each part of the type, in order.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Any

from sim.base.values import address_text
from sim.extensions.extension import Context
from sim.extensions.ipset.elements import Iface, Key, icmp_text
from sim.extensions.ipset.kinds import SetSettings
from sim.packet.headers import EXTENSION_HEADERS
from sim.packet.packet import Packet
from sim.packet.protocols import PROTOCOLS

# Bytes of transport header that must be there (ip_set_getport.c); others have no ports.
_SIZES = {6: 20, 17: 8, 136: 8, 132: 12, 1: 8, 58: 8}
_ICMP = (1, 58)
_NO_NEXT_HEADER = 59
_NAMES = {number: name for name, number in reversed(PROTOCOLS.items())}


class NoElement(Exception):
    """This packet has nothing that could be in the set; the text says what it lacks."""


def key_of(settings: SetSettings, directions: tuple[str, ...], ctx: Context) -> Key:
    """The packet's element. Raises ``NoElement``."""
    return tuple(
        _read(kind, direction == "src", settings, ctx)
        for kind, direction in zip(settings.kind.parts, directions, strict=False)
    )


def _read(kind: str, source: bool, settings: SetSettings, ctx: Context) -> Any:
    headers = ctx.packet.headers
    if kind in ("ip", "net"):
        return _address(kind, int(headers.src if source else headers.dst), settings)
    if kind == "port":
        return _port(source, settings, ctx.packet)
    if kind == "mac":
        return _mac(source, ctx.packet)
    if kind == "mark":
        return ctx.packet.mark & settings.markmask
    name = ctx.in_iface if source else ctx.out_iface
    if not name:
        raise NoElement(f"there is no {'incoming' if source else 'outgoing'} device here")
    return Iface(name)


def _address(kind: str, address: int, settings: SetSettings) -> Any:
    name = settings.kind.name
    if kind == "net":
        return (address & settings.mask if name == "hash:net,net" else address, settings.bits)
    if settings.kind.is_bitmap:
        if not settings.first <= address <= settings.last:
            text = _address_text(address, settings)
            raise NoElement(f"{text} is outside the range of the set")
        return address - address % settings.step
    if name not in ("hash:ip", "hash:ip,port"):
        return address
    if not address & settings.mask:
        raise NoElement("nothing is left of the address under the set's mask")
    return address & settings.mask


def _port(source: bool, settings: SetSettings, packet: Packet) -> Any:
    headers = packet.headers
    protocol, part = headers.protocol, packet.payload
    needs = _SIZES.get(protocol)
    if not protocol or protocol == _NO_NEXT_HEADER or (
        headers.family == 6 and protocol in EXTENSION_HEADERS
    ):  # fmt: skip
        raise NoElement("there is no transport header")
    if headers.fragment_offset and (needs is not None or headers.family == 6):
        raise NoElement("a later fragment has no ports")
    if needs is not None and len(part) < needs and not headers.fragment_offset:
        raise NoElement("the transport header is cut off")
    if needs is None:
        number = 0
    elif source or protocol in _ICMP:
        number = int.from_bytes(part[:2], "big")
    else:
        number = int.from_bytes(part[2:4], "big")
    if settings.kind.name != "bitmap:port":
        return protocol, number
    if protocol not in (6, 17):
        raise NoElement("bitmap:port knows tcp and udp only")
    if not settings.first <= number <= settings.last:
        raise NoElement(f"port {number} is outside the range of the set")
    return number


def _mac(source: bool, packet: Packet) -> str:
    link = packet.link
    mac = "" if link is None else link.src_mac if source else link.dst_mac
    if not mac.strip("0:"):
        raise NoElement("there is no Ethernet header")
    return mac


def key_text(settings: SetSettings, key: Key) -> str:
    """An element as ipset prints it."""
    texts = (
        _part_text(kind, part, settings)
        for kind, part in zip(settings.kind.parts, key, strict=False)
        if part is not None
    )
    return ",".join(texts)


def _address_text(address: int, settings: SetSettings) -> str:
    return address_text(IPv6Address(address) if settings.bits == 128 else IPv4Address(address))


def _part_text(kind: str, part: Any, settings: SetSettings) -> str:
    if kind == "ip":
        return _address_text(part, settings)
    if kind == "net":
        address, length = part
        tail = "" if length == settings.bits else f"/{length}"
        return _address_text(address, settings) + tail
    if kind == "iface":
        return f"physdev:{part.name}" if part.physdev else part.name
    if kind == "port" and isinstance(part, tuple):
        protocol, number = part
        name = _NAMES.get(protocol, str(protocol))
        if protocol in _ICMP:
            return f"{name}:{icmp_text(protocol, number)}"
        return f"{name}:{number}"
    if kind == "mac":
        return str(part).upper()
    return f"0x{part:08x}" if kind == "mark" else str(part)
