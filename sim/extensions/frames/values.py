"""Values of ebtables' options: ``seen in value`` compares, ``str(value)`` is what it prints.

iptables 1.8.9's extensions/libebt_*.c, which is what Debian calls ebtables.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from sim.base.frozen import dataclass
from sim.base.values import address_text
from sim.extensions.args import integer
from sim.extensions.extension import RuleContext

_MAC = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}\Z")
ALL_MAC = (1 << 48) - 1

# /etc/ethertypes of Debian's netbase.
ETHERTYPES: dict[str, int] = {
    "IPv4": 0x0800, "X25": 0x0805, "ARP": 0x0806, "FR_ARP": 0x0808, "BPQ": 0x08FF,
    "TRILL": 0x22F3, "L2-IS-IS": 0x22F4, "TEB": 0x6558, "RAW_FR": 0x6559, "RARP": 0x8035,
    "ATALK": 0x809B, "AARP": 0x80F3, "802_1Q": 0x8100, "IPX": 0x8137, "NetBEUI": 0x8191,
    "IPv6": 0x86DD, "PPP": 0x880B, "MPLS": 0x8847, "MPLS_MULTI": 0x8848, "ATMMPOA": 0x884C,
    "PPP_DISC": 0x8863, "PPP_SES": 0x8864, "ATMFATE": 0x8884, "EAPOL": 0x888E, "S-TAG": 0x88A8,
    "EAP_PREAUTH": 0x88C7, "LLDP": 0x88CC, "MACSEC": 0x88E5, "PBB": 0x88E7, "MVRP": 0x88F5,
    "PTP": 0x88F7, "FCOE": 0x8906, "FIP": 0x8914, "ROCE": 0x8915, "LoWPAN": 0xA0ED,
}  # fmt: skip
_ALSO_CALLED = {
    "ip": 0x0800, "ip4": 0x0800, "ether-arp": 0x0806, "8021q": 0x8100, "1q": 0x8100,
    "802.1q": 0x8100, "dot1q": 0x8100, "ip6": 0x86DD, "macinmac": 0x88E7,
}  # fmt: skip
_BY_NAME = {name.lower(): number for name, number in (ETHERTYPES | _ALSO_CALLED).items()}
ETHERTYPE_NAMES = {number: name for name, number in ETHERTYPES.items()}
LEAST_ETHERTYPE = 0x0600  # what is below is a length (IEEE 802.3)


def mac_text(value: int) -> str:
    return value.to_bytes(6, "big").hex(":")


def mac_number(text: str) -> int:
    """Six hex numbers of one or two digits (``ether_aton``). Raises ``ValueError``."""
    if not _MAC.match(text):
        raise ValueError(f'"{text}" is not a MAC address such as 02:00:00:00:00:01')
    return int("".join(part.rjust(2, "0") for part in text.split(":")), 16)


@dataclass(frozen=True, slots=True)
class MacMask:
    """A MAC address and the bits of it that count."""

    value: int
    mask: int = ALL_MAC
    named: bool = True  # printed by its name where it has one

    def __contains__(self, seen: int) -> bool:
        return seen & self.mask == self.value

    def __str__(self) -> str:
        name = _MAC_NAMES.get((self.value, self.mask)) if self.named else None
        if name:
            return name
        text = mac_text(self.value)
        return text if self.mask == ALL_MAC else f"{text}/{mac_text(self.mask)}"


_GROUP_BIT = 1 << 40
_NAMED_MACS = {
    "Unicast": (0, _GROUP_BIT), "Multicast": (_GROUP_BIT, _GROUP_BIT),
    "Broadcast": (ALL_MAC, ALL_MAC), "BGA": (0x0180C2000000, ALL_MAC),
}  # fmt: skip
_MAC_NAMES = {pair: name for name, pair in _NAMED_MACS.items()}


def mac_mask(text: str, rule: RuleContext) -> MacMask:
    """``MAC[/MASK]``, or Unicast, Multicast, Broadcast, BGA (the bridge group address)."""
    for name, (value, mask) in _NAMED_MACS.items():
        if text.lower() == name.lower():
            return MacMask(value, mask)
    address, slash, mask_text = text.partition("/")
    try:
        mask = mac_number(mask_text) if slash else ALL_MAC
        return MacMask(mac_number(address) & mask, mask)
    except ValueError:
        raise ValueError(
            f'"{text}" is neither MAC or MAC/MASK nor Unicast, Multicast, Broadcast or BGA'
        ) from None


def one_mac(text: str, rule: RuleContext) -> MacMask:
    """A MAC that is written into a frame; what stands behind a slash is forgotten."""
    return MacMask(mac_number(text.partition("/")[0]), named=False)


@dataclass(frozen=True, slots=True)
class EtherType:
    """``number`` 0 is ``Length``: a frame of IEEE 802.3, which has a length in its place."""

    number: int

    def __contains__(self, seen: int) -> bool:
        return seen == self.number if self.number else seen < LEAST_ETHERTYPE

    def __str__(self) -> str:
        return ethertype_text(self.number) if self.number else "Length"


def ethertype_text(number: int) -> str:
    return ETHERTYPE_NAMES.get(number) or f"0x{number:04x}"


def ethertype(text: str, rule: RuleContext) -> EtherType:
    """A name of /etc/ethertypes, ``Length``, or a number, which is read as hex even without 0x."""
    if text.lower() == "length":
        return EtherType(0)
    if text.lower() in _BY_NAME:
        return EtherType(_BY_NAME[text.lower()])
    if not re.match(r"(0[xX])?[0-9a-fA-F]{1,8}\Z", text):
        raise ValueError(
            f'"{text}" is no protocol of Ethernet: a name such as IPv4, IPv6, ARP or 802_1Q, '
            "or a number in hex"
        )
    number = int(text, 16)
    if number > 0xFFFF:
        raise ValueError(f"a protocol of Ethernet has 16 bits, {text} is more")
    if number < LEAST_ETHERTYPE:
        raise ValueError(f"numbers of protocols begin at 0x0600, {text} is a length")
    return EtherType(number)


@dataclass(frozen=True, slots=True)
class FrameDevice:
    """``eth0``, or with ``prefix`` all devices whose names begin so."""

    name: str
    prefix: bool = False

    def __contains__(self, seen: str) -> bool:
        return seen.startswith(self.name) if self.prefix else seen == self.name

    def __str__(self) -> str:
        return self.name + "+" * self.prefix


def device(text: str, rule: RuleContext) -> FrameDevice:
    size = len(text.encode())
    if size > 15:
        raise ValueError(f"an interface name has at most 15 bytes, {text} has {size}")
    if not text:
        raise ValueError("the interface name is empty")
    return FrameDevice(text[:-1], True) if text.endswith("+") else FrameDevice(text)


@dataclass(frozen=True, slots=True)
class FrameBits:
    """``--mark``. ``any_of``: only a mask was given, and one of its bits is enough."""

    value: int
    mask: int
    any_of: bool = False

    def __contains__(self, seen: int) -> bool:
        return bool(seen & self.mask) if self.any_of else seen & self.mask == self.value

    def __str__(self) -> str:
        if self.any_of:
            return f"/{self.mask:#x}"
        return f"{self.value:#x}" + ("" if self.mask == 0xFFFFFFFF else f"/{self.mask:#x}")


def mark_bits(text: str, rule: RuleContext) -> FrameBits:
    """``VALUE``, ``VALUE/MASK`` or ``/MASK``."""
    value, slash, mask = text.partition("/")
    try:
        if slash and not value:
            return FrameBits(0, integer(mask), True)
        return FrameBits(integer(value), integer(mask) if slash else 0xFFFFFFFF)
    except ValueError as error:
        raise ValueError(f"a mark is VALUE, VALUE/MASK or /MASK: {error}") from None


@dataclass(frozen=True, slots=True)
class Hex:
    """A number that is printed in hex with so many digits."""

    number: int
    digits: int = 2
    prefix: str = "0x"

    def __contains__(self, seen: int) -> bool:
        return seen == self.number

    def __str__(self) -> str:
        return f"{self.prefix}{self.number:0{self.digits}x}"


@dataclass(frozen=True, slots=True)
class Network:
    """An address with a mask of any shape; ``address`` is masked already."""

    address: IPv4Address | IPv6Address
    mask: int

    def __contains__(self, seen: IPv4Address | IPv6Address) -> bool:
        return int(seen) & self.mask == int(self.address)

    def __str__(self) -> str:
        size = self.address.max_prefixlen
        text = address_text(self.address)
        if self.mask == (1 << size) - 1:
            return text
        length = self.mask.bit_count()
        if self.mask == ((1 << length) - 1) << size - length:
            return f"{text}/{length}"
        return f"{text}/{address_text(type(self.address)(self.mask))}"


@dataclass(frozen=True, slots=True)
class Types:
    """ICMP types and codes, both from and to; ``text`` is the name that stands for them."""

    types: tuple[int, int]
    codes: tuple[int, int]
    text: str = ""

    def __contains__(self, seen: tuple[int, int]) -> bool:
        type_, code = seen
        low, high = self.types
        return low <= type_ <= high and self.codes[0] <= code <= self.codes[1]

    def __str__(self) -> str:
        return self.text or f"{_span(self.types)}/{_span(self.codes)}"


def _span(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}:{pair[1]}"


@dataclass(frozen=True, slots=True)
class MacList:
    """``--among-src``: MAC addresses, each with the IPv4 address it must have, or with any."""

    members: tuple[tuple[int, int], ...]  # (MAC, address or 0)

    def __contains__(self, seen: tuple[int, int]) -> bool:
        mac, address = seen
        return any(mac == one and want in (0, address) for one, want in self.members)

    def __str__(self) -> str:
        return ",".join(_member(*pair) for pair in self.members)


def _member(mac: int, address: int) -> str:
    text = ":".join(f"{byte:x}" for byte in mac.to_bytes(6, "big"))
    return f"{text}={IPv4Address(address)}" if address else text


def mac_list(text: str, rule: RuleContext) -> MacList:
    """``MAC[=ADDRESS],…``, kept in order; nothing between two commas is the address of zeros."""
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        mac, equals, address = (part or "0:0:0:0:0:0").partition("=")
        try:
            found.append((mac_number(mac), int(IPv4Address(address)) if equals else 0))
        except ValueError as error:
            raise ValueError(f"a list is MAC or MAC=ADDRESS with commas: {error}") from None
    return MacList(tuple(sorted(set(found))))


def quoted(value: Any) -> str:
    return f'"{value}"'
