"""Elements from text: what ``add`` puts into a set, spelled out.

A part is one value or a range of them; ``spelled_out`` multiplies ranges out as the kernel does, so
that ``10.0.0.0/30`` in a hash:ip is four elements and in a hash:net one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from sim.base.frozen import dataclass
from sim.extensions.args import inet_aton, integer, ipv6
from sim.extensions.ipset.kinds import NAME_LIMIT, Options, SetSettings, port_number, settings_of
from sim.packet.packet import Address
from sim.packet.protocols import PROTOCOL_ALIASES, PROTOCOLS

Hostnames = Mapping[str, tuple[Address, ...]]
Key = tuple[Any, ...]

_PORTED = {6: "tcp", 17: "udp", 132: "sctp", 136: "udplite"}

_ICMP = {
    "echo-reply": 0, "pong": 0, "network-unreachable": 0x300, "host-unreachable": 0x301,
    "protocol-unreachable": 0x302, "port-unreachable": 0x303, "fragmentation-needed": 0x304,
    "source-route-failed": 0x305, "network-unknown": 0x306, "host-unknown": 0x307,
    "network-prohibited": 0x309, "host-prohibited": 0x30A, "TOS-network-unreachable": 0x30B,
    "TOS-host-unreachable": 0x30C, "communication-prohibited": 0x30D,
    "host-precedence-violation": 0x30E, "precedence-cutoff": 0x30F, "source-quench": 0x400,
    "network-redirect": 0x500, "host-redirect": 0x501, "TOS-network-redirect": 0x502,
    "TOS-host-redirect": 0x503, "echo-request": 0x800, "ping": 0x800,
    "router-advertisement": 0x900, "router-solicitation": 0xA00,
    "ttl-zero-during-transit": 0xB00, "ttl-zero-during-reassembly": 0xB01,
    "ip-header-bad": 0xC00, "required-option-missing": 0xC01, "timestamp-request": 0xD00,
    "timestamp-reply": 0xE00, "address-mask-request": 0x1100, "address-mask-reply": 0x1200,
}  # fmt: skip
_ICMPV6 = {
    "no-route": 0x100, "communication-prohibited": 0x101, "address-unreachable": 0x103,
    "port-unreachable": 0x104, "packet-too-big": 0x200, "ttl-zero-during-transit": 0x300,
    "ttl-zero-during-reassembly": 0x301, "bad-header": 0x400, "unknown-header-type": 0x401,
    "unknown-option": 0x402, "echo-request": 0x8000, "ping": 0x8000, "echo-reply": 0x8100,
    "pong": 0x8100, "router-solicitation": 0x8500, "router-advertisement": 0x8600,
    "neighbour-solicitation": 0x8700, "neighbour-advertisement": 0x8800, "redirect": 0x8900,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ElementSpan:
    """Numbers from ``low`` to ``high`` in steps."""

    low: int
    high: int
    step: int = 1


@dataclass(frozen=True, slots=True)
class Nets:
    """Networks that together cover ``low`` to ``high``; ``length``: it was one of that length."""

    low: int
    high: int
    bits: int
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports (ICMP: type and code in 16 bits) of one protocol; 0 stands for the others' only one."""

    protocol: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Iface:
    name: str
    physdev: bool = False


Part = ElementSpan | Nets | Ports | Iface | str | int | None


@dataclass(frozen=True, slots=True)
class Element:
    """``parts`` in the order of the type's name."""

    parts: tuple[Part, ...]

    def spelled_out(self) -> Iterator[Key]:
        """Every element of the set that this text means."""
        return iter(product(*(_values(part) for part in self.parts)))


def _values(part: Part) -> Iterator[Any]:
    if isinstance(part, ElementSpan):
        return iter(range(part.low, part.high + 1, part.step))
    if isinstance(part, Nets):
        return _networks(part)
    if isinstance(part, Ports):
        return ((part.protocol, port) for port in range(part.low, part.high + 1))
    return iter((part,))


def _networks(nets: Nets) -> Iterator[tuple[int, int]]:
    """The largest networks that fit, from the low end (ip_set_range_to_cidr)."""
    if nets.length is not None:
        yield nets.low, nets.length
        return
    at = nets.low
    while at <= nets.high:
        for length in range(1, nets.bits + 1):
            size = 1 << nets.bits - length
            if at % size == 0 and at + size - 1 <= nets.high:
                break
        yield at, length
        at += size


def parse_entry(
    kind: str, options: Options, text: str, hostnames: Hostnames | None = None
) -> Element:
    """An element as typed, for a set of that type and those ``create`` options.

    Raises ``ValueError`` with what is wrong with it.
    """
    return parse_element(settings_of(kind, options), text, hostnames)


def parse_element(settings: SetSettings, text: str, hostnames: Hostnames | None = None) -> Element:
    """The same for a set whose options are understood already."""
    kinds = settings.kind.parts
    words = text.split(",")
    least = 1 if settings.kind.name == "bitmap:ip,mac" else len(kinds)
    if not least <= len(words) <= len(kinds):
        wanted = ",".join(kinds).upper()
        raise ValueError(f'"{text}" has {len(words)} of {len(kinds)} parts: {wanted}')
    parts = [
        _part(kind, word, settings, hostnames or {}, place)
        for place, (kind, word) in enumerate(zip(kinds, words, strict=False))
    ]
    parts += [None] * (len(kinds) - len(words))
    return Element(tuple(parts))


def _part(kind: str, word: str, settings: SetSettings, hostnames: Hostnames, place: int) -> Part:
    if kind in ("ip", "net"):
        return _address_part(kind, word, settings, hostnames, place)
    if kind == "port":
        return _port_part(word, settings)
    if kind == "mac":
        return _mac(word)
    if kind == "iface":
        return _iface(word)
    if kind == "mark":
        return integer(word) & settings.markmask
    if len(word) > NAME_LIMIT:
        raise ValueError(f"a set's name has at most {NAME_LIMIT} characters")
    return word


def _address(word: str, family: int, hostnames: Hostnames) -> int:
    word = word.removeprefix("[").removesuffix("]")
    for address in hostnames.get(word, ()):
        if address.version == family:
            return int(address)
    return int(inet_aton(word) if family == 4 else ipv6(word))


def _range_of(word: str) -> tuple[str, str | None]:
    """Both ends of ``FROM-TO``; a name with a dash goes into brackets."""
    found = re.match(r"(\[[^]]*\])(?:-(.*))?\Z", word)
    if found:
        return found[1], found[2]
    first, dash, last = word.partition("-")
    return first, last if dash else None


def _address_part(
    kind: str, word: str, settings: SetSettings, hostnames: Hostnames, place: int
) -> Part:
    bits, family = settings.bits, settings.family or 4
    address_word, slash, length_word = word.partition("/")
    length, last = bits, None
    if slash:
        length = integer(length_word, 0, bits)
        low = _address(address_word, family, hostnames)
    else:
        first_word, last_word = _range_of(word)
        low = _address(first_word, family, hostnames)
        last = None if last_word is None else _address(last_word, family, hostnames)
    if last is not None and family == 6:
        raise ValueError("ranges of IPv6 addresses cannot be elements: give single ones")
    if kind == "net":
        return _net_part(low, last, length, settings)
    return _ip_part(low, last, length, settings, place)


def _net_part(low: int, last: int | None, length: int, settings: SetSettings) -> Nets:
    bits = settings.bits
    if last is not None:
        low, last = min(low, last), max(low, last)
        if last - low == (1 << bits) - 1:
            raise ValueError("the range covers every address there is")
        return Nets(low, last, bits)
    if length == 0 and settings.kind.name != "hash:net,iface":
        raise ValueError("a network of length 0 cannot be an element: use two of length 1")
    host_bits = (1 << bits - length) - 1
    mask = settings.mask if settings.kind.name == "hash:net,net" else -1
    return Nets(low & ~host_bits & mask, low | host_bits, bits, length)


def _ip_part(
    low: int, last: int | None, length: int, settings: SetSettings, place: int
) -> ElementSpan:
    kind, bits = settings.kind, settings.bits
    single = settings.family == 6 or place > 0 or kind.name == "bitmap:ip,mac"
    if single and (last is not None or length != bits):
        raise ValueError("a single address is wanted here, no range or network")
    if length == 0:
        raise ValueError("a network of length 0 cannot be an element")
    masked = kind.name in ("hash:ip", "hash:ip,port")
    if masked:
        low &= settings.mask
        if low == 0:
            raise ValueError("the address 0 cannot be an element of a hash")
    high = low if last is None else last
    low, high = min(low, high), max(low, high)
    if length != bits:
        host_bits = (1 << bits - length) - 1
        low, high = low & ~host_bits, low | host_bits
    step = settings.step if kind.name in ("hash:ip", "bitmap:ip") else 1
    if kind.is_bitmap:
        if low < settings.first or high > settings.last:
            raise ValueError("the element is outside the range of the set")
        start = low - low % step
        low, high = start, start + (high - low) // step * step
    return ElementSpan(low, high, step)


def _protocol(word: str) -> int:
    try:
        return integer(word, 0, 255)
    except ValueError:
        name = "ipv6-icmp" if word.lower() == "icmpv6" else word
        number = PROTOCOLS.get(name, PROTOCOL_ALIASES.get(name, 0))
        if not number:
            raise ValueError(f'"{word}" is no protocol') from None
        return number


def _port_part(word: str, settings: SetSettings) -> Ports | ElementSpan:
    name, colon, rest = word.partition(":")
    protocol = _protocol(name) if colon else 6
    rest = rest if colon else word
    if protocol in (1, 58):
        if settings.family != (4 if protocol == 1 else 6):
            raise ValueError(f"{name} belongs to the other family")
        return _icmp_part(protocol, rest)
    if settings.kind.name == "bitmap:port" and protocol not in (6, 17):
        raise ValueError("a bitmap:port knows tcp and udp only")
    if protocol not in _PORTED:
        if rest != "0":
            raise ValueError(f"{name} has no ports: write {name}:0")
        return Ports(protocol, 0, 0)
    first, last = _range_of(rest)
    low = port_number(first, protocol)
    high = low if last is None else port_number(last, protocol)
    low, high = min(low, high), max(low, high)
    if settings.kind.name != "bitmap:port":
        return Ports(protocol, low, high)
    if low < settings.first or high > settings.last:
        raise ValueError("the element is outside the range of the set")
    return ElementSpan(low, high)


def _icmp_part(protocol: int, word: str) -> Ports:
    names = _ICMP if protocol == 1 else _ICMPV6
    for name, number in names.items():
        if name.lower().startswith(word.lower()):
            return Ports(protocol, number, number)
    kind, slash, code = word.partition("/")
    if not slash:
        raise ValueError(f'"{word}" is no ICMP type: TYPE/CODE or a name')
    number = integer(kind, 0, 255) << 8 | integer(code, 0, 255)
    return Ports(protocol, number, number)


def icmp_text(protocol: int, number: int) -> str:
    """The name of a type and code, or ``type/code``."""
    for name, known in (_ICMP if protocol == 1 else _ICMPV6).items():
        if known == number:
            return name
    return f"{number >> 8}/{number & 255}"


def _mac(word: str) -> str:
    groups = word.split(":")
    if len(groups) != 6 or not all(re.fullmatch("[0-9a-fA-F]{1,2}", group) for group in groups):
        raise ValueError(f'"{word}" is not a MAC address such as 02:00:00:00:00:01')
    return ":".join(f"{int(group, 16):02x}" for group in groups)


def _iface(word: str) -> Iface:
    name = word.removeprefix("physdev:")
    if not 0 < len(name) <= 15:
        raise ValueError(f'"{name}" is no device name of 1 to 15 characters')
    return Iface(name, name != word)
