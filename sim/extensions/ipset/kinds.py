"""The types of sets, and what ``create`` settles about one of them.

Every type is a name that spells its parts: ``hash:ip,port,net`` holds address, protocol with
port, network. Facts: net/netfilter/ipset/ip_set_*.c and the ipset tool, version 7.17.
"""

from __future__ import annotations

from collections.abc import Iterable

from sim.base.frozen import dataclass
from sim.extensions.args import inet_aton, integer, ipv6
from sim.packet.protocols import service_port

Options = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SetKind:
    """``parts``: ip, net, port, mac, iface, mark or set. ``families`` empty: serves both."""

    name: str
    parts: tuple[str, ...]
    families: frozenset[int] = frozenset()
    nomatch: bool = False  # entries can be exceptions

    @property
    def is_bitmap(self) -> bool:
        return self.name.startswith("bitmap:")


_BOTH = frozenset({4, 6})


def _kind(name: str, families: frozenset[int]) -> SetKind:
    parts = tuple(name.partition(":")[2].split(","))
    return SetKind(name, parts, families, "net" in parts)


KINDS: dict[str, SetKind] = {
    kind.name: kind
    for kind in (
        _kind("bitmap:ip", frozenset({4})),
        _kind("bitmap:ip,mac", frozenset({4})),
        _kind("bitmap:port", frozenset()),
        _kind("hash:ip", _BOTH),
        _kind("hash:mac", frozenset()),
        _kind("hash:ip,mac", _BOTH),
        _kind("hash:ip,mark", _BOTH),
        _kind("hash:ip,port", _BOTH),
        _kind("hash:ip,port,ip", _BOTH),
        _kind("hash:ip,port,net", _BOTH),
        _kind("hash:net", _BOTH),
        _kind("hash:net,net", _BOTH),
        _kind("hash:net,port", _BOTH),
        _kind("hash:net,port,net", _BOTH),
        _kind("hash:net,iface", _BOTH),
        _kind("list:set", frozenset()),
    )
}

# Older names, as the tool still takes them.
ALIASES = {
    "ipmap": "bitmap:ip", "macipmap": "bitmap:ip,mac", "portmap": "bitmap:port",
    "iphash": "hash:ip", "ipporthash": "hash:ip,port", "ipportiphash": "hash:ip,port,ip",
    "ipportnethash": "hash:ip,port,net", "nethash": "hash:net", "setlist": "list:set",
}  # fmt: skip

# Words of ``create`` and whether a value follows.
CREATE_WORDS = {
    "family": True, "-4": False, "-6": False, "hashsize": True, "maxelem": True, "netmask": True,
    "bitmask": True, "markmask": True, "timeout": True, "counters": False, "comment": False,
    "skbinfo": False, "forceadd": False, "bucketsize": True, "initval": True, "range": True,
    "from": True, "to": True, "network": True, "size": True, "probes": True, "resize": True,
    "gc": True,
}  # fmt: skip
# Words of ``add`` and whether a value follows.
ADD_WORDS = {
    "timeout": True, "nomatch": False, "wildcard": False, "packets": True, "bytes": True,
    "comment": True, "skbmark": True, "skbprio": True, "skbqueue": True, "before": True,
    "after": True,
}  # fmt: skip

MAX_TIMEOUT = 0x7FFFFFFF // 1000  # seconds
NAME_LIMIT = 31
_BITMAP_SIZE = 0x10000
_FAMILIES = {"inet": 4, "ipv4": 4, "-4": 4, "inet6": 6, "ipv6": 6, "-6": 6}


@dataclass(frozen=True, slots=True)
class SetSettings:
    """A set's ``create`` line, understood. ``family`` 0: entries of it serve both families.

    ``mask`` is what ``netmask`` or ``bitmask`` leave of an address; ``step`` how many addresses
    one bit or element then stands for. ``first``/``last``: a bitmap's range.
    """

    kind: SetKind
    family: int = 4
    timeout: int | None = None  # seconds, 0: permanent unless an entry says otherwise
    counters: bool = False
    comment: bool = False
    skbinfo: bool = False
    forceadd: bool = False
    maxelem: int = 65536
    mask: int = 0xFFFFFFFF
    step: int = 1
    markmask: int = 0xFFFFFFFF
    first: int = 0
    last: int = 0

    @property
    def bits(self) -> int:
        return 128 if self.family == 6 else 32


def kind_of(name: str) -> SetKind:
    """The type of that name. Raises ``ValueError`` if ipset has none."""
    kind = KINDS.get(ALIASES.get(name, name))
    if kind is None:
        raise ValueError(f'"{name}" is no set type: {", ".join(KINDS)}')
    return kind


def dimensions(name: str) -> int:
    """How many parts an element has: what ``src,dst,...`` must at least name."""
    return len(kind_of(name).parts)


def settings_of(name: str, options: Options) -> SetSettings:
    """What a ``create`` line settles. Raises ``ValueError`` for what the real ones refuse."""
    kind = kind_of(name)
    given = once(options)
    for word in given:
        if word not in CREATE_WORDS:
            raise ValueError(f'"{word}" is no option of create for {kind.name}')
    family = _family(kind, given)
    bits = 128 if family == 6 else 32
    mask, step = _mask(given, bits)
    first, last = _range(kind, given, mask if kind.is_bitmap else -1)
    if kind.name == "bitmap:ip" and (last - first + 1) // step > _BITMAP_SIZE:
        raise ValueError(f"a bitmap holds at most {_BITMAP_SIZE} elements")
    if kind.name == "bitmap:ip,mac" and last - first >= _BITMAP_SIZE:
        raise ValueError(f"a bitmap holds at most {_BITMAP_SIZE} elements")
    return SetSettings(
        kind,
        family,
        timeout=_number(given, "timeout", MAX_TIMEOUT) if "timeout" in given else None,
        counters="counters" in given,
        comment="comment" in given,
        skbinfo="skbinfo" in given,
        forceadd="forceadd" in given,
        maxelem=_number(given, "maxelem", 0xFFFFFFFF) if "maxelem" in given else 65536,
        mask=mask,
        step=step,
        markmask=_number(given, "markmask", 0xFFFFFFFF) if "markmask" in given else 0xFFFFFFFF,
        first=first,
        last=last,
    )


def once(options: Options) -> dict[str, str]:
    """The options by word. Raises ``ValueError`` if one with a value is said twice."""
    given: dict[str, str] = {}
    for word, value in options:
        if word in given and value:
            raise ValueError(f"{word} is said twice")
        given[word] = value
    return given


def _number(given: dict[str, str], word: str, high: int) -> int:
    try:
        return integer(given[word], 0, high)
    except ValueError as error:
        raise ValueError(f"{word}: {error}") from None


def _family(kind: SetKind, given: dict[str, str]) -> int:
    word = given.get("family", "-6" if "-6" in given else "")
    if word and word not in _FAMILIES:
        raise ValueError(f'family "{word}" is neither inet nor inet6')
    if not kind.families:
        return 0
    family = _FAMILIES.get(word, 4)
    if family not in kind.families:
        raise ValueError(f"{kind.name} does not hold IPv{family}")
    return family


def _mask(given: dict[str, str], bits: int) -> tuple[int, int]:
    full = (1 << bits) - 1
    if "netmask" in given and "bitmask" in given:
        raise ValueError("netmask and bitmask exclude each other")
    if "bitmask" in given:
        text = given["bitmask"]
        mask = int(ipv6(text) if bits == 128 else inet_aton(text))
        if not mask:
            raise ValueError("a bitmask of zero leaves nothing of an address")
        return mask, 1
    if "netmask" not in given:
        return full, 1
    try:
        length = integer(given["netmask"], 1, bits)
    except ValueError as error:
        raise ValueError(f"netmask: {error}") from None
    return full ^ full >> length, 1 << bits - length


def _range(kind: SetKind, given: dict[str, str], mask: int) -> tuple[int, int]:
    if not kind.is_bitmap:
        return 0, 0
    text = given.get("range") or given.get("network", "")
    if not text and "from" in given and "to" in given:
        text = f"{given['from']}-{given['to']}"
    if not text:
        raise ValueError(f"{kind.name} needs a range")
    if kind.name == "bitmap:port":
        return _port_range(text)
    first_text, dash, last_text = text.partition("-")
    address_text, slash, length_text = text.partition("/")
    if slash:
        length = integer(length_text, 0, 31)
        first = int(inet_aton(address_text)) & ~(0xFFFFFFFF >> length)
        last = first | 0xFFFFFFFF >> length
    elif dash:
        first, last = sorted((int(inet_aton(first_text)), int(inet_aton(last_text))))
    else:
        raise ValueError(f'the range "{text}" is neither FROM-TO nor ADDRESS/LENGTH')
    if kind.name == "bitmap:ip":
        first, last = first & mask, last | ~mask & 0xFFFFFFFF
    return first, last


def _port_range(text: str) -> tuple[int, int]:
    body = text.partition(":")[2] or text
    first, dash, last = body.partition("-")
    ends = [port_number(part, 6) for part in (first, last if dash else first)]
    return min(ends), max(ends)


def port_number(text: str, protocol: int) -> int:
    """A port as the ipset tool reads it: a number of any base, or a service's name."""
    text = text.removeprefix("[").removesuffix("]")
    try:
        return integer(text, 0, 65535)
    except ValueError:
        named = service_port(text, protocol)
        if named is None:
            raise ValueError(f'"{text}" is neither a port nor a known service') from None
        return named
