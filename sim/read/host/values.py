"""Words of the host text to values. Each raises ``ValueError`` with what was wanted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
)
from typing import Any

from sim.model.host import InterfaceAddress, Network
from sim.packet.packet import Address
from sim.packet.protocols import PROTOCOL_ALIASES, PROTOCOLS, SERVICES
from sim.read.lines import clip, did_you_mean

_MAC = re.compile(r"[0-9a-fA-F]{1,2}([:-])[0-9a-fA-F]{1,2}(\1[0-9a-fA-F]{1,2}){4}\Z")
_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]{1,16}|\d{1,20})\Z")
# dev_valid_name (net/core/dev.c): 1 to 15 bytes, no slash, no colon, no blank.
_DEVICE = re.compile(r"[^\s/:]{1,15}\Z")
SCOPES = ("global", "site", "link", "host", "nowhere")


def number(text: str, low: int = 0, high: int = 0xFFFFFFFF) -> int:
    """A decimal or 0x number from ``low`` to ``high``."""
    if not _NUMBER.match(text):
        raise ValueError(f'"{text}" is not a number')
    value = int(text, 16) if text[:2] in ("0x", "0X") else int(text)
    if not low <= value <= high:
        raise ValueError(f"{text} is out of range ({low} to {high})")
    return value


def device(text: str) -> str:
    """The name of a network device, as the kernel allows it."""
    name = text.split("@")[0]
    if not _DEVICE.match(name) or name in (".", ".."):
        raise ValueError(f'"{text}" cannot be an interface: at most 15 characters, no "/" or ":"')
    return name


def address(text: str) -> Address:
    """An IPv4 or IPv6 address, with or without brackets around the latter."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        if "%" in bare:
            raise ValueError
        return ip_address(bare)
    except ValueError:
        raise ValueError(f'"{text}" is not an IP address') from None


def interface_address(text: str) -> InterfaceAddress:
    """``address/length``; without a length it is the address alone, as in ``ip addr add``."""
    try:
        if "%" in text or text.count("/") > 1 or not text[:1].strip():
            raise ValueError
        tail = text.partition("/")[2]
        if "/" in text and not tail.isdecimal():
            raise ValueError
        return ip_interface(text)
    except ValueError:
        raise ValueError(f'"{text}" is not an address such as 192.0.2.1/24') from None


def network(text: str) -> Network | None:
    """A destination: ``default``, ``all`` and ``any`` give ``None``; bits behind the mask go."""
    if text in ("default", "all", "any"):
        return None
    return interface_address(_completed(text)).network


def strict_network(text: str) -> Network | None:
    """As ``network``, but refusing bits behind the mask as the kernel's route code does."""
    if text in ("default", "all", "any"):
        return None
    given = interface_address(_completed(text))
    if given.ip != given.network.network_address:
        raise ValueError(f'"{text}" has bits set behind the /{given.network.prefixlen}: '
                         f"the network is {given.network}")  # fmt: skip
    return given.network


def _completed(text: str) -> str:
    """``10/8`` and ``192.168.1/24`` as iproute2 reads them: the missing bytes are zero."""
    head, slash, tail = text.partition("/")
    if slash and ":" not in head and 0 <= head.count(".") < 3:
        head += ".0" * (3 - head.count("."))
    return head + slash + tail


def any_network(family: int) -> Network:
    return IPv4Network("0.0.0.0/0") if family == 4 else IPv6Network("::/0")


def mac(text: str) -> str:
    """Six hex bytes with colons or dashes; given back in lower case with colons."""
    if not _MAC.match(text):
        raise ValueError(f'"{text}" is not a MAC address such as 02:00:00:00:00:01')
    return ":".join(f"{int(part, 16):02x}" for part in re.split("[:-]", text))


def endpoint(text: str) -> tuple[Address | None, int, str]:
    """``address:port`` of a socket, with ss' spellings: (``None``: any, port, device).

    The port may be ``*`` (zero) or a service name. IPv6 with or without brackets.
    """
    host, colon, tail = text.rpartition(":")
    if not colon:
        raise ValueError(f'"{text}" is not an address and port such as 0.0.0.0:22')
    host, _, dev = host.partition("%")
    if host.startswith("[") and dev.endswith("]"):
        dev = dev[:-1]
        host += "]"
    value = None if host in ("*", "any", "") else address(host)
    return value, 0 if tail == "*" else port(tail), dev


def port(text: str) -> int:
    """A port by number or service name."""
    if text.isdecimal():
        return number(text, 0, 65535)
    if text not in SERVICES:
        raise ValueError(f'"{text}" is not a port')
    return SERVICES[text]


def protocol(text: str) -> int:
    """An IP protocol by number or name."""
    if text.isdecimal():
        return number(text, 0, 255)
    found = PROTOCOLS.get(text.lower(), PROTOCOL_ALIASES.get(text))
    if text.lower() == "icmpv6":
        return 58
    if found is None:
        raise ValueError(f'"{text}" is not a protocol')
    return found


def number_range(text: str) -> tuple[int, int]:
    """``a-b`` or one number."""
    low, dash, high = text.partition("-")
    pair = (number(low), number(high if dash else low))
    if pair[0] > pair[1]:
        raise ValueError(f"the range {text} is backwards")
    return pair


def mark(text: str) -> tuple[int, int]:
    """``value[/mask]``"""
    value, slash, mask = text.partition("/")
    return number(value), number(mask) if slash else 0xFFFFFFFF


def scope(text: str) -> str:
    """An address or route scope; by number as ``ip -N`` prints it."""
    by_number = {"0": "global", "200": "site", "253": "link", "254": "host", "255": "nowhere"}
    name = by_number.get(text, text)
    if name not in SCOPES:
        raise ValueError(f'"{text}" is not a scope ({", ".join(SCOPES)})')
    return name


def release(text: str) -> str:
    """A kernel version such as ``2.4``."""
    if not re.match(r"\d{1,2}\.\d{1,3}(\.\d{1,3})?\Z", text):
        raise ValueError(f'"{text}" is not a kernel version such as 2.4')
    return text


def backend(text: str) -> str:
    """``legacy`` or ``nft``."""
    if text not in ("legacy", "nft"):
        raise ValueError(f'"{text}" is not a backend of iptables (legacy, nft)')
    return text


def moment(text: str) -> datetime:
    """A date and time such as ``2026-05-01T12:00``, UTC unless it ends in ``+02:00``."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is not a moment such as 2026-05-01T12:00:00') from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if found.timestamp() < 1:
        raise ValueError(f'"{text}" is before 1970')
    return found


UNITS = {
    "ns": 1, "us": 1000, "µs": 1000, "ms": 10**6, "s": 10**9, "sec": 10**9, "m": 60 * 10**9,
    "min": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9,
}  # fmt: skip
_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(ns|us|µs|ms|sec|s|min|m|h|d)")
YEAR = 366 * 86400 * 10**9
MOST_YEARS_UP = 100


def duration(text: str, years: int = 1) -> int:
    """``30s``, ``500ms``, ``2m``, ``1h30m`` in nanoseconds; at most a year, or so many."""
    total, at = 0, 0
    for found in _DURATION.finditer(text):
        if found.start() != at:
            break
        whole, _, part = found[1].partition(".")
        unit = UNITS[found[2]]
        total += int(whole) * unit + (int(part) * unit // 10 ** len(part) if part else 0)
        at = found.end()
    if not text or at != len(text):
        hint = f"; {text}s for seconds" if text.isdecimal() else ""
        raise ValueError(f'"{clip(text)}" is not a time such as 30s, 500ms, 2m or 1h{hint}')
    if total > years * YEAR:
        raise ValueError(
            f"{clip(text)} is longer than {'a year' if years == 1 else f'{years} years'}"
        )
    return total


def age(text: str) -> int:
    """Seconds since the boot: ``12d``, ``5m``, or a number of them, as in /proc/uptime."""
    seconds = duration(f"{text}s" if re.fullmatch("[0-9]+", text) else text, MOST_YEARS_UP) // 10**9
    if not seconds:
        raise ValueError(f"{clip(text)} is no time a host can be up: at least a second")
    return seconds


def transport(text: str) -> str:
    """A protocol that has sockets with ports (or ``raw``)."""
    name = text.lower().removesuffix("6").removesuffix("4")
    if name not in ("tcp", "udp", "udplite", "sctp", "dccp", "raw"):
        near = did_you_mean(text, ("tcp", "udp", "udplite", "sctp", "dccp", "raw"))
        raise ValueError(f'"{text}" is not one of tcp, udp, udplite, sctp, dccp, raw'
                         + (f"; {near}" if near else ""))  # fmt: skip
    return name


def is_link_local(value: Address) -> bool:
    return isinstance(value, IPv6Address) and value.is_link_local


def default_scope(value: InterfaceAddress) -> str:
    """The scope that an address gets when none is asked for (``ip addr add``, addrconf)."""
    ip = value.ip
    if isinstance(ip, IPv4Address):
        return "host" if ip.is_loopback else "global"
    if ip.is_loopback:
        return "host"
    return "link" if ip.is_link_local else "site" if ip.is_site_local else "global"


# Terminal of the grammar -> what makes its value.
BY_TERMINAL: dict[str, Callable[[str], Any]] = {
    "NAME": device,
    "DEVICE": device,
    "ADDRESS": address,
    "PREFIX": interface_address,
    "DESTINATION": network,
    "ENDPOINT": endpoint,
    "TRANSPORT": transport,
    "MAC": mac,
    "NUMBER": number,
    "MARK": mark,
    "RANGE": number_range,
    "SCOPE": scope,
    "RELEASE": release,
    "BACKEND": backend,
    "MOMENT": moment,
    "AGE": age,
}

# What a terminal is called in an error.
WANTED = {
    "NAME": "an interface name",
    "DEVICE": "an interface",
    "ADDRESS": "an address",
    "PREFIX": "an address such as 192.0.2.1/24",
    "DESTINATION": "a network",
    "ENDPOINT": "an address and port such as 0.0.0.0:22",
    "TRANSPORT": "a protocol (tcp, udp, ...)",
    "MAC": "a MAC address",
    "NUMBER": "a number",
    "MARK": "a mark",
    "RANGE": "a number or range",
    "SCOPE": "a scope",
    "TABLE": "a routing table",
    "USER": "a name",
    "OWNER": "a name or number",
    "HOSTNAME": "a name",
    "RELEASE": "a kernel version",
    "BACKEND": "legacy or nft",
    "ACCOUNT": "the name of an accounting object",
    "MOMENT": "a moment such as 2026-05-01T12:00:00",
    "AGE": "a time since the boot such as 12d",
    "SETTING": "a setting",
    "ASSIGNMENT": "a setting",
    "VALUE": "a value",
    "WORD": "a word",
    "KIND": "a kind of device",
}
