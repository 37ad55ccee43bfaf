"""Text to value, the way iptables' own option parser reads it (libxtables/xtoptions.c).

Each parser has the shape of ``Option.parse``: ``(text, rule) -> value``, or makes one. They
raise ``ValueError`` with what was wanted; the caller adds the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Any

from sim.extension import RuleContext
from sim.protocols import SERVICES
from sim.values import Masked, Range

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


def syslog_level(text: str, rule: RuleContext) -> int:
    """A level by number (0 to 7) or name."""
    if text.isdigit():
        return integer(text, 0, 7)
    if text not in SYSLOG_LEVELS:
        raise ValueError(f'"{text}" is not a syslog level (0 to 7, or {", ".join(SYSLOG_LEVELS)})')
    return SYSLOG_LEVELS[text]
