"""Text to value, the way iptables' own option parser reads it (libxtables/xtoptions.c).

Each parser has the shape of ``Option.parse``: ``(text, rule) -> value``, or makes one. They
raise ``ValueError`` with what was wanted; the caller adds the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any

from sim.base.frozen import dataclass
from sim.base.values import Masked, Range, address_text
from sim.extensions.extension import RuleContext
from sim.packet.protocols import PROTOCOL_ALIASES, PROTOCOLS, SERVICES, service_port

_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)\Z")


def integer(text: str, low: int = 0, high: int = 0xFFFFFFFF) -> int:
    """A number as strtoul with base 0 reads it: decimal, 0x hex, leading 0 octal.

    Raises ``ValueError`` outside ``low``..``high`` (both included).
    """
    found = _NUMBER.match(text)
    if not found or found[1] == "-":
        raise ValueError(f'"{text}" is not a number from {low} to {high}')
    digits = found[2]
    try:
        if digits[:2] in ("0x", "0X"):
            value = int(digits, 16)
        elif len(digits) > 1 and digits[0] == "0":
            value = int(digits, 8)
        else:
            value = int(digits)
    except ValueError:
        raise ValueError(f'"{text}" is not a number (a leading 0 means octal)') from None
    if not low <= value <= high:
        raise ValueError(f"{text} is out of range ({low} to {high})")
    return value


def number(low: int = 0, high: int = 0xFFFFFFFF) -> Callable[[str, RuleContext], int]:
    """An option value from ``low`` to ``high``."""

    def parse(text: str, rule: RuleContext) -> int:
        return integer(text, low, high)

    return parse


def number_range(
    low: int = 0, high: int = 0xFFFFFFFF, separator: str = ":"
) -> Callable[[str, RuleContext], Range]:
    """``n``, ``a:b``, ``a:``, ``:b`` (XTTYPE_UINT..RC). A backward range is kept as typed."""

    def parse(text: str, rule: RuleContext) -> Range:
        first, found, second = text.partition(separator)
        if not found:
            value = integer(first, low, high)
            return Range(value, value, separator)
        return Range(
            integer(first, low, high) if first else low,
            integer(second, low, high) if second else high,
            separator,
        )

    return parse


def text_up_to(limit: int, *, least: int = 0) -> Callable[[str, RuleContext], str]:
    """A string of ``least`` to ``limit`` bytes (XTTYPE_STRING)."""

    def parse(text: str, rule: RuleContext) -> str:
        size = len(text.encode())
        if size > limit:
            raise ValueError(f"at most {limit} characters, here are {size}")
        if size < least:
            raise ValueError(f"at least {least} characters")
        return text

    return parse


def one_of(*words: str, fold: bool = False) -> Callable[[str, RuleContext], str]:
    """One of a fixed list of words."""

    def parse(text: str, rule: RuleContext) -> str:
        word = text.lower() if fold else text
        if word not in words:
            raise ValueError(f'"{text}" is not one of {", ".join(words)}')
        return word

    return parse


def mark_mask(text: str, rule: RuleContext) -> Masked:
    """``value[/mask]``, 32 bits each (XTTYPE_MARKMASK32). The value is not masked here."""
    value, found, mask = text.partition("/")
    try:
        return Masked(integer(value), integer(mask) if found else 0xFFFFFFFF)
    except ValueError as error:
        raise ValueError(f"a mark is VALUE or VALUE/MASK, 32 bits each: {error}") from None


def port(text: str, rule: RuleContext) -> int:
    """A port by number (0 to 65535) or service name, for the rule's protocol."""
    try:
        return integer(text, 0, 65535)
    except ValueError:
        named = SERVICES.get(text)
        if named is None:
            raise ValueError(
                f'"{text}" is neither a port from 0 to 65535 nor a known service name'
            ) from None
        return named


def port_range(text: str, rule: RuleContext) -> Range:
    """``80``, ``http``, ``a:b``, ``:b``, ``a:``; refuses a backward range (XTTYPE_PORTRC)."""
    first, found, second = text.partition(":")
    if not found:
        value = port(first, rule)
        return Range(value, value)
    low = port(first, rule) if first else 0
    high = port(second, rule) if second else 65535
    if low > high:
        raise ValueError(f"the port range {text} is backwards")
    return Range(low, high)


def ipv4(text: str) -> IPv4Address:
    """A dotted IPv4 address, four decimal numbers (``inet_pton``)."""
    try:
        return IPv4Address(text)
    except AddressValueError:
        raise ValueError(f'"{text}" is not an IPv4 address') from None


def ipv6(text: str) -> IPv6Address:
    """An IPv6 address without a scope."""
    try:
        if "%" in text:
            raise AddressValueError
        return IPv6Address(text)
    except AddressValueError:
        raise ValueError(f'"{text}" is not an IPv6 address') from None


def address(text: str, rule: RuleContext) -> Any:
    """One address of the rule's family."""
    return ipv4(text) if rule.family == 4 else ipv6(text)


_MAC = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}\Z")


def mac(text: str, rule: RuleContext) -> str:
    """Six hex bytes with colons; lower case (XTTYPE_ETHERMAC)."""
    if not _MAC.match(text):
        raise ValueError(f'"{text}" is not a MAC address such as 02:00:00:00:00:01')
    return text.lower()


SYSLOG_LEVELS = {
    "emerg": 0, "panic": 0, "alert": 1, "crit": 2, "err": 3, "error": 3, "warning": 4, "warn": 4,
    "notice": 5, "info": 6, "debug": 7,
}  # fmt: skip


def resolved_port(text: str, rule: RuleContext) -> int:
    """A port as getaddrinfo reads it (XTTYPE_PORT): decimal only, any transport's service names.

    There is no range check: what is above 65535 loses its upper bits.
    """
    found = re.match(r"[ \t\n\v\f\r]*\+?([0-9]+)\Z", text)
    if found and int(found[1]) < 1 << 64 and not int(found[1]) & 1 << 31:
        return int(found[1]) & 0xFFFF
    named = service_port(text)
    if named is None:
        raise ValueError(f'"{text}" is neither a decimal port number nor a known service name')
    return named


def own_port(text: str, protocol: int | None) -> int:
    """A port from 0 to 65535 in any base, or a service of that transport (xtables_parse_port)."""
    try:
        return integer(text, 0, 65535)
    except ValueError:
        named = service_port(text, protocol)
        if named is None:
            several = "; for several ports: -m multiport --dports" if "," in text else ""
            raise ValueError(
                f'"{text}" is neither a port from 0 to 65535 nor a service of this protocol'
                f"{several}{f' {text}' if several else ''}"
            ) from None
        return named


# Names that the tools know without asking the machine's list.
_TOOL_PROTOCOLS = {"icmpv6": 58, "mh": 135, "all": 0}


def protocol(text: str, rule: RuleContext) -> int:
    """A protocol by number (0 to 255) or name (XTTYPE_PROTOCOL)."""
    try:
        return integer(text, 0, 255)
    except ValueError:
        for names in (_TOOL_PROTOCOLS, PROTOCOLS, PROTOCOL_ALIASES):
            if text in names:
                return names[text] & 255
        raise ValueError(f'"{text}" is neither a protocol from 0 to 255 nor a known name') from None


def inet_aton(text: str) -> IPv4Address:
    """One to four numbers in any base; the last fills the bytes that are left (inet_aton).

    So ``10`` is 0.0.0.10, ``10.1`` is 10.0.0.1 and ``010.1.1.1`` is 8.1.1.1.
    """
    parts = text.split(".")
    try:
        if not text[:1].isdecimal() or len(parts) > 4:
            raise ValueError
        numbers = [integer(part) for part in parts]
        *front, last = numbers
        if any(number > 255 for number in front) or last >= 1 << 8 * (4 - len(front)):
            raise ValueError
    except ValueError:
        raise ValueError(f'"{text}" is not an IPv4 address') from None
    value = last
    for place, number in enumerate(front):
        value |= number << 8 * (3 - place)
    return IPv4Address(value)


def dotted(text: str) -> IPv4Address:
    """Four numbers from 0 to 255 in any base; missing ones at the end are 0 (``10.1``: 10.1.0.0).

    xtables_numeric_to_ipaddr in libxtables/xtables.c.
    """
    parts = text.split(".")
    try:
        if len(parts) > 4:
            raise ValueError
        octets = [integer(part, 0, 255) for part in parts]
    except ValueError:
        raise ValueError(f'"{text}" is not an IPv4 address') from None
    return IPv4Address(bytes(octets).ljust(4, b"\0"))


def host(text: str, rule: RuleContext) -> IPv4Address | IPv6Address:
    """One address of the rule's family, or a name that has exactly one (XTTYPE_HOST)."""
    try:
        return inet_aton(text) if rule.family == 4 else ipv6(text.partition("%")[0])
    except ValueError as error:
        known = {a for a in rule.names.hostnames.get(text, ()) if a.version == rule.family}
        if text == "localhost" and not known:
            known = {IPv4Address("127.0.0.1") if rule.family == 4 else IPv6Address("::1")}
        if len(known) > 1:
            raise ValueError(f'"{text}" has more than one address here; name one of them') from None
        if not known:
            raise ValueError(f"{error}, and no host name that is known here") from None
        return known.pop()


@dataclass(frozen=True, slots=True)
class HostMask:
    """``address & mask`` compared with ``value & mask``; the value keeps its host bits."""

    address: IPv4Address | IPv6Address
    mask: int

    def __contains__(self, seen: IPv4Address | IPv6Address) -> bool:
        same_family = seen.version == self.address.version
        return same_family and (int(seen) ^ int(self.address)) & self.mask == 0

    def __str__(self) -> str:
        length = mask_length(self.mask, self.address.version)
        full = self.address.max_prefixlen
        return address_text(self.address) + ("" if length == full else f"/{length}")


def mask_length(mask: int, family: int) -> int | None:
    """The prefix length of a contiguous mask, else ``None``."""
    bits = 32 if family == 4 else 128
    zeros = (~mask & (1 << bits) - 1).bit_length()
    return bits - zeros if mask == (1 << bits) - (1 << zeros) else None


def host_mask(text: str, rule: RuleContext) -> HostMask:
    """``address[/length|/mask]`` (XTTYPE_HOSTMASK).

    The tool's own quirk is kept: a mask that is not contiguous (and ``/33``, which is read as
    0.0.0.33) counts as the whole address.
    """
    name, found, length_text = text.partition("/")
    address = host(name, rule)
    bits = address.max_prefixlen
    length: int | None = bits
    if found:
        try:
            length = integer(length_text, 0, bits)
        except ValueError:
            try:
                mask = inet_aton(length_text) if rule.family == 4 else ipv6(length_text)
            except ValueError:
                raise ValueError(
                    f'"{length_text}" is neither a prefix length from 0 to {bits} nor a mask'
                ) from None
            length = mask_length(int(mask), rule.family)
    full = (1 << bits) - 1
    return HostMask(address, full if length is None else full ^ full >> length)
