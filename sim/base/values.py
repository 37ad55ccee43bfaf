"""Wanted values as data: what a clause compares with, readable by people and by solvers.

``value in wanted`` is the comparison; ``str(wanted)`` is how iptables-save prints it.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from sim.base.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends included. Printed as ``low:high``, or one number when they are equal."""

    low: int
    high: int
    separator: str = ":"

    def __contains__(self, value: int) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        if self.low == self.high:
            return str(self.low)
        return f"{self.low}{self.separator}{self.high}"


@dataclass(frozen=True, slots=True)
class Masked:
    """``seen & mask == value``. Printed in hex, the mask only when it is not all ones."""

    value: int
    mask: int = 0xFFFFFFFF
    width: int = 32

    def __contains__(self, seen: int) -> bool:
        return seen & self.mask == self.value

    def __str__(self) -> str:
        if self.mask == (1 << self.width) - 1:
            return f"{self.value:#x}"
        return f"{self.value:#x}/{self.mask:#x}"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several values or ranges; printed with commas, in the order typed."""

    members: tuple[Any, ...]

    def __contains__(self, value: Any) -> bool:
        return any(
            value in member if isinstance(member, (Range, Masked, OneOf)) else value == member
            for member in self.members
        )

    def __str__(self) -> str:
        return ",".join(str(member) for member in self.members)


@dataclass(frozen=True, slots=True)
class Exactly:
    """One value."""

    value: object
    text: str = ""

    def __contains__(self, seen: object) -> bool:
        return seen == self.value

    def __str__(self) -> str:
        return self.text or str(self.value)


# A byte of an IPv4 address in figures.
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
# One IPv4 address as iptables-save prints it, which ``saved_network`` reads.
SAVED_ADDRESS = rf"(?:{_BYTE}\.){{3}}{_BYTE}(?:/(?:3[0-2]|[12]?[0-9]))?"
_MASKS = {str(bits): 0xFFFFFFFF >> (32 - bits) << (32 - bits) for bits in range(33)}


def saved_network(text: str) -> tuple[int, int]:
    """Address and mask of a text that is like ``SAVED_ADDRESS``; the address is masked."""
    address, _, bits = text.partition("/")
    mask = _MASKS[bits or "32"]
    first, second, third, fourth = address.split(".")
    value = int(first) << 24 | int(second) << 16 | int(third) << 8 | int(fourth)
    return value & mask, mask


def is_address(text: str) -> bool:
    """Is this an IPv4 or IPv6 address, written as Python reads one?"""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def address_text(address: IPv4Address | IPv6Address) -> str:
    """An address as ``inet_ntop`` writes it, on which all the real tools rely.

    Python's own form differs for IPv4-mapped and IPv4-compatible addresses, whose last four
    bytes are written as an IPv4 address.
    """
    value = int(address)
    if isinstance(address, IPv6Address) and (
        value >> 32 == 0xFFFF or (value >> 32 == 0 and value >> 16)
    ):
        return ("::ffff:" if value >> 32 else "::") + str(IPv4Address(value & 0xFFFFFFFF))
    return str(address)
