"""The values of -s, -d, -i and -o, read as the tools read them (libxtables/xtables.c)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address

from sim.base import budget
from sim.base.errors import UnknownHost
from sim.base.values import SAVED_ADDRESS, address_text, saved_network
from sim.extensions.args import inet_aton, integer
from sim.model.rules import AddressMask, DeviceName
from sim.packet.packet import Address

_DECIMAL = re.compile(r"(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})")
_is_saved = re.compile(SAVED_ADDRESS).fullmatch
_ALL_ONES = {4: 0xFFFFFFFF, 6: (1 << 128) - 1}
_SIZE = {4: 32, 6: 128}
_PREFIXES = {  # masks by how many bits they have, as it is written
    family: {str(bits): ones >> (_SIZE[family] - bits) << (_SIZE[family] - bits)
             for bits in range(_SIZE[family] + 1)}
    for family, ones in _ALL_ONES.items()
}  # fmt: skip


def device(text: str, negated: bool) -> DeviceName:
    """``eth0``, ``eth+`` (all that begin so) or ``+`` (all)."""
    size = len(text.encode())
    if size > 15:
        raise ValueError(f"an interface name has at most 15 bytes, {text} has {size}")
    if not text:
        raise ValueError("the interface name is empty")
    if text.endswith("+"):
        return DeviceName(text[:-1], True, negated)
    return DeviceName(text, False, negated)


def saved_device(letter: str, name: DeviceName | None) -> str:
    """`` -i eth0``; nothing for ``+``, even negated, which iptables-save forgets."""
    if name is None or not name.name:
        return ""
    return f"{' !' * name.negated} -{letter} {name.name}{'+' * name.prefix}"


def address_list(
    text: str, family: int, hostnames: Mapping[str, tuple[Address, ...]]
) -> tuple[AddressMask, ...]:
    """``address[/mask][,...]``: every address that it stands for, masked.

    A host name stands for all its addresses. Raises ``ValueError``.
    """
    if family == 4 and _is_saved(text):
        budget.make(1, "addresses")
        return (saved_part(text),)
    found = []
    for part in text.split(","):
        name, slash, mask_text = part.lstrip(" \t\n\v\f\r").rpartition("/")
        if slash:
            mask = _mask(mask_text, family)
        else:
            name, mask = mask_text, _ALL_ONES[family]
        # With an empty mask the name does not matter: "any/0".
        values = _addresses(name, family, hostnames) if mask else (0,)
        budget.make(len(values), "addresses")
        found += [AddressMask(family, value & mask, mask) for value in values]
    return tuple(found)


def saved_part(text: str) -> AddressMask:
    """What a text that is shaped like ``SAVED_ADDRESS`` stands for."""
    return AddressMask(4, *saved_network(text))


def saved_address(letter: str, part: AddressMask | None) -> str:
    """`` ! -s 10.0.0.0/8``; nothing when every address fits."""
    if part is None:
        return ""
    return f"{' !' * part.negated} -{letter} {address_mask_text(part)}"


def address_mask_text(part: AddressMask) -> str:
    """``10.0.0.0/8``, or with a mask that is no prefix ``10.0.2.0/255.0.255.0``."""
    ones = _ALL_ONES[part.family]
    holes = ones ^ part.mask
    if holes & (holes + 1):
        return f"{_text(part.address, part.family)}/{_text(part.mask, part.family)}"
    return f"{_text(part.address, part.family)}/{_SIZE[part.family] - holes.bit_length()}"


def _text(value: int, family: int) -> str:
    return address_text(IPv4Address(value) if family == 4 else IPv6Address(value))


def _mask(text: str, family: int) -> int:
    known = _PREFIXES[family].get(text)
    if known is not None:
        return known
    try:
        return _numeric4(text, whole=True) if family == 4 else _numeric6(text)
    except ValueError:
        pass
    size = _SIZE[family]
    try:
        bits = integer(text, 0, size)
    except ValueError:
        wanted = "255.255.255.0" if family == 4 else "ffff:ffff::"
        raise ValueError(
            f'"{text}" is not a mask: 0 to {size}, or written out as in {wanted}'
        ) from None
    return _ALL_ONES[family] >> (size - bits) << (size - bits)


def _addresses(
    name: str, family: int, hostnames: Mapping[str, tuple[Address, ...]]
) -> tuple[int, ...]:
    try:
        return ((_numeric4(name) if family == 4 else _numeric6(name)),)
    except ValueError:
        pass
    known = tuple(int(a) for a in hostnames.get(name, ()) if a.version == family)
    if known:
        return known
    if family == 4:  # the resolver reads numbers its own way: 99999 is 0.1.134.159
        try:
            return (int(inet_aton(name)),)
        except ValueError:
            pass
    raise _not_found(name, family)


def _not_found(name: str, family: int) -> ValueError:
    if not name:
        return ValueError("an address is missing here")
    other = 10 - family
    try:
        if other == 6:
            _numeric6(name)
        else:
            _numeric4(name, whole=True)
    except ValueError:
        pass
    else:
        message = f"{name} is an IPv{other} address, and this is a rule for IPv{family}"
        return ValueError(message)
    if re.fullmatch(r"[\d./]+", name):
        return ValueError(f'"{name}" is not an IPv{family} address')
    return UnknownHost(
        f'"{name}" is neither an IPv{family} address nor a host that the host text names', name
    )


def _numeric4(text: str, *, whole: bool = False) -> int:
    """Up to four numbers with dots, each as strtoul reads it; missing ones are 0.

    ``whole``: all four must be there. A leading 0 means octal: 010.0.0.1 is 8.0.0.1.
    """
    found = _DECIMAL.fullmatch(text)
    if found:
        numbers = [int(number) for number in found.groups()]
        if max(numbers) > 255:
            raise ValueError
    else:
        parts = text.split(".", 3)
        if whole and len(parts) < 4:
            raise ValueError
        numbers = [integer(part, 0, 255) for part in parts] + [0, 0, 0]
    return numbers[0] << 24 | numbers[1] << 16 | numbers[2] << 8 | numbers[3]


def _numeric6(text: str) -> int:
    """An IPv6 address; a scope such as ``%eth0`` is read and forgotten."""
    return int(IPv6Address(text.partition("%")[0]))
