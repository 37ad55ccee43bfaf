"""Host names and addresses as getaddrinfo and the tools' XTTYPE_HOST options read them."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from sim.base.errors import UnknownHost
from sim.extensions.args import integer, ipv6
from sim.extensions.extension import RuleContext
from sim.packet.packet import Address

# The one name that is known everywhere.
_LOCALHOST = {"localhost": (IPv4Address("127.0.0.1"), IPv6Address("::1"))}
_PART = re.compile(r"0[xX][0-9a-fA-F]+\Z|[0-9]+\Z")


def inet_aton(text: str) -> IPv4Address | None:
    """The classic reading: 1 to 4 numbers, octal with a leading 0, the last one fills the rest.

    ``10.1`` is 10.0.0.1. ``None``: not such a text.
    """
    parts = text.split(".")
    if not 1 <= len(parts) <= 4 or not all(_PART.match(part) for part in parts):
        return None
    try:
        numbers = [integer(part) for part in parts]
    except ValueError:
        return None
    *heads, last = numbers
    room = 4 - len(heads)
    if any(number > 255 for number in heads) or last >= 1 << 8 * room:
        return None
    return IPv4Address(bytes(heads) + last.to_bytes(room, "big"))


def host_address(text: str, rule: RuleContext) -> Address:
    """One address of the rule's family, by number or by a name the host text knows.

    Of a name with several addresses the first is taken, as the tools do for target options.
    """
    if rule.family == 4:
        found = inet_aton(text)
        if found is not None:
            return found
    else:
        try:
            return ipv6(text)
        except ValueError:
            pass
    for address in rule.names.hostnames.get(text, _LOCALHOST.get(text, ())):
        if address.version == rule.family:
            return address
    raise UnknownHost(
        f'"{text}" is neither an IPv{rule.family} address nor a known host name', text
    )


def prefix_length(text: str, family: int) -> int:
    """``/len`` or a mask. As in the tools, IPv4 takes a mask with holes or over 32 for /32."""
    bits = 32 if family == 4 else 128
    wanted = f'"{text}" is neither a network mask nor a prefix length from 0 to {bits}'
    try:
        number = integer(text)
    except ValueError:
        number = -1
    if number >= 0:
        if number <= bits:
            return number
        if family == 6:
            raise ValueError(wanted)
        return bits
    mask: Address | None
    try:
        mask = inet_aton(text) if family == 4 else IPv6Address(text)
    except ValueError:
        mask = None
    if mask is None or (family == 6 and "%" in text):
        raise ValueError(wanted)
    ones = bin(int(mask)).count("1")
    contiguous = int(mask) == (1 << bits) - (1 << (bits - ones))
    return ones if contiguous else bits
