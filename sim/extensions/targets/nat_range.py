"""What SNAT, DNAT, MASQUERADE and REDIRECT ask for: addresses and ports, read and printed.

Facts: iptables' extensions/libxt_NAT.c.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from sim.base.frozen import replace
from sim.base.values import address_text
from sim.extensions.args import integer
from sim.extensions.drawing import PORTED, DrawPlace
from sim.extensions.extension import NatRange, Option, RuleContext
from sim.model.rules import Args
from sim.packet.packet import Address
from sim.packet.protocols import SERVICES

# The tool's list, which knows ICMP by its IPv4 number in both families and no UDP-Lite.
PORT_PROTOCOLS = frozenset({1, 6, 17, 33, 132})

_LEADING = re.compile(r"[ \t\n\v\f\r]*\+?(0[xX][0-9a-fA-F]+|[0-9]+)")

RANDOM = Option("--random", help="pick the port at random")
RANDOM_FULLY = Option("--random-fully", help="pick the port fully at random")
PERSISTENT = Option("--persistent", help="same address for each connection of a client")

# How iptables -L prints them.
LISTED_CHOICE = {
    "--random": "random",
    "--random-fully": "random-fully",
    "--persistent": "persistent",
}

_FLAGS = {
    "--random": "RANDOM",
    "--random-fully": "RANDOM_FULLY",
    "--persistent": "PERSISTENT",
}


def _port(text: str, low: int, *, names: bool = True) -> tuple[int, str]:
    """A port at the start of the text, and what follows it. A service name takes it all."""
    number = _LEADING.match(text)
    if number:
        try:
            return integer(number[1], low, 65535), text[number.end() :]
        except ValueError:
            pass
    named = SERVICES.get(text) if names else None
    if named is None:
        wanted = f"neither a port from {low} to 65535 nor a service name"
        if not names:
            wanted = "not a port from 0 to 65535, and no names end a range"
        raise ValueError(f'"{text}" is {wanted}')
    return named, ""


def parse_ports(text: str, rule: RuleContext) -> NatRange:
    """``P``, ``P-Q`` or ``P-Q/BASE``; needs ``-p`` tcp, udp, sctp, dccp or icmp before it."""
    if rule.protocol not in PORT_PROTOCOLS:
        raise ValueError("ports need -p tcp, udp, sctp or dccp earlier in the rule")
    low, rest = _port(text, 0)
    if not rest:
        return NatRange(min_port=low, max_port=low)
    if rest[0] == ":":
        raise ValueError("a port range is written with a dash: 80-90")
    if rest[0] != "-":
        raise ValueError(f'"{rest}" after the port {low} means nothing')
    high, rest = _port(rest[1:], 0, names=False)
    if high < low:
        raise ValueError(f"the port range {text} is backwards")
    ports = NatRange(min_port=low, max_port=high)
    if not rest:
        return ports
    if rest[0] != "/":
        raise ValueError(f'"{rest}" after the port range {low}-{high} means nothing')
    base, rest = _port(rest[1:], 1)
    if rest:
        raise ValueError(f'"{rest}" after the base port {base} means nothing')
    return replace(ports, base_port=base, flags=frozenset({"OFFSET"}))


def parse_range(text: str, rule: RuleContext) -> NatRange:
    """``ADDRESS[-ADDRESS][:PORTS]`` or ``:PORTS``; IPv6 addresses with ports in brackets."""
    start, colon = _split(text, rule)
    ports = NatRange() if colon is None else parse_ports(colon, rule)
    if not start:
        if colon is None:
            raise ValueError(f'"{text}" is not an address')
        return ports
    first, dash, last = start.partition("-")
    low = _address(first, rule)
    high = _address(last, rule) if dash else low
    return replace(ports, min_address=low, max_address=high)


def _split(text: str, rule: RuleContext) -> tuple[str, str | None]:
    """The addresses and, unless ``None``, the ports. One lone colon starts the ports."""
    bracket = text.find("[")
    if bracket < 0:
        if text.count(":") != 1:
            return text, None
        addresses, _, ports = text.partition(":")
        return addresses, ports
    end = text.find("]", bracket)
    if end < 0 or rule.family == 4:
        raise ValueError(f'"{text}" is not an address with ports')
    _, found, ports = text[end + 1 :].partition(":")
    return text[bracket + 1 : end], ports if found else None


def _address(text: str, rule: RuleContext) -> Address:
    try:
        if "%" in text:
            raise AddressValueError
        return IPv4Address(text) if rule.family == 4 else IPv6Address(text)
    except AddressValueError:
        raise ValueError(f'"{text}" is not an IPv{rule.family} address') from None


def save_ports(wanted: NatRange) -> str:
    if wanted.min_port is None:
        return ""
    words = str(wanted.min_port)
    if wanted.max_port != wanted.min_port:
        words += f"-{wanted.max_port}"
    if "OFFSET" in wanted.flags:
        words += f"/{wanted.base_port}"
    return words


def save_addresses(wanted: NatRange) -> str:
    if wanted.min_address is None:
        return ""
    if wanted.min_address == wanted.max_address:
        return address_text(wanted.min_address)
    assert wanted.max_address is not None
    return f"{address_text(wanted.min_address)}-{address_text(wanted.max_address)}"


def save_range(wanted: NatRange) -> str:
    addresses, ports = save_addresses(wanted), save_ports(wanted)
    if not ports:
        return addresses
    if isinstance(wanted.min_address, IPv6Address):
        addresses = f"[{addresses}]"
    return f"{addresses}:{ports}"


def with_flags(wanted: NatRange, args: Args) -> NatRange:
    """The range with ``--random`` and its sisters added."""
    flags = frozenset(word for flag, word in _FLAGS.items() if flag in args)
    return replace(wanted, flags=wanted.flags | flags)


def without_base(text: str, rule: RuleContext) -> NatRange:
    """Ports whose base is read and then lost: only DNAT has a field for it."""
    return replace(parse_ports(text, rule), base_port=0)


def describe(end: str, wanted: NatRange) -> str:
    """What will be asked for, in words: "source becomes 203.0.113.1, port 80-90"."""
    words = []
    if wanted.min_address is not None:
        one = wanted.min_address == wanted.max_address
        words.append(f"{end} becomes {'' if one else 'one of '}{save_addresses(wanted)}")
    ports = save_ports(replace(wanted, flags=frozenset()))
    if ports:
        one = wanted.min_port == wanted.max_port
        what = f"port {ports}" if one else f"a port of {ports}"
        words.append(what if words else f"{end} port becomes {what.removeprefix('port ')}")
        if "OFFSET" in wanted.flags:
            words.append(f"shifted from base {wanted.base_port}")
    if "RANDOM" in wanted.flags or "RANDOM_FULLY" in wanted.flags:
        words.append("port at random")
    return ", ".join(words) if words else f"{end} keeps its address"


def drawn_address(place: DrawPlace) -> str:
    """Mostly one of the host's own."""
    if place.chance(0.6):
        return place.world.pick(place.world.own(place.family))
    return place.world.somebody(place.family)


def drawn_range(place: DrawPlace) -> str:
    """One address or a short range, with ports when the protocol has any."""
    address = drawn_address(place)
    if place.chance(0.15) and not address.endswith("::"):
        head, separator, last = (
            address.rpartition(".") if place.family == 4 else address.rpartition(":")
        )
        value = int(last, 10 if place.family == 4 else 16)
        top = min(value + 3, 255 if place.family == 4 else 0xFFFF)
        high = f"{top}" if place.family == 4 else f"{top:x}"
        address = f"{address}-{head}{separator}{high}"
    if place.protocol not in PORTED or place.chance(0.5):
        return address
    low = place.world.pick((80, 2000, 8080, 40000))
    ports = str(low) if place.chance(0.5) else f"{low}-{low + place.world.pick((0, 1, 50))}"
    return f"[{address}]:{ports}" if place.family == 6 else f"{address}:{ports}"


def drawn_random(place: DrawPlace) -> str:
    """How the port is chosen, now and then."""
    return place.world.pick(("", "", "", "", "--persistent", "--random", "--random-fully"))
