"""Fingerprints of operating systems, as ``nfnl_osf`` loads them from pf.os (one a line).

``WINDOW:TTL:DF:SIZE:OPTIONS:GENRE:VERSION:SUBTYPE:DETAILS``, what p0f 2 wrote of a system's SYN.
Sources: nfnl_osf.c (how a line is read), net/netfilter/nfnetlink_osf.c (how it is compared).
"""

from __future__ import annotations

import re

from sim.base.frozen import dataclass
from sim.packet.headers import SYN
from sim.packet.packet import Packet

FIELDS = 9
MOST = 5000  # of a host; pf.os has some hundreds
# How such a line looks, beside whatever else is told of a host.
SHAPE = (
    r"[ \t]*(?:[ST][%*]?\d*|[%*]\d*|\d+):\d+:\d+:\d+:(?:[A-Z.,*?][\w%*?,. ]*)?:"
    r"[ \t]*[@*]?[A-Za-z][^:\n]*:[^:\n]*:[^:\n]*:"
)
_LENGTHS = {"E": (0, 1), "N": (1, 1), "M": (2, 4), "W": (3, 3), "S": (4, 2), "T": (8, 10)}
_MSS = 2  # number of that option
_USUAL_MSS = (1460, 1448)  # tried beside the packet's own: modems change it
_NAME = 31  # bytes of a genre, version or subtype that the kernel keeps
_OPTIONS = 254  # characters of OPTIONS that are read
_MOST_OPTIONS = 40  # bytes that a TCP header has room for

TTL_EQUAL, TTL_AT_MOST, TTL_ANY = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One of them. ``window_in``: MSS, MTU, MODULO, or empty for the plain number (0: any).

    ``options``: number and length in bytes of each TCP option; values do not count, although
    the file has them.
    """

    window_in: str
    window: int
    ttl: int
    dont_fragment: bool
    size: int  # of the whole packet, bytes
    options: tuple[tuple[int, int], ...]
    genre: str
    version: str
    subtype: str
    text: str  # the line itself

    def matches(self, packet: Packet, ttl_check: int) -> bool:
        """Is it of this SYN? (nf_osf_match_one)"""
        headers = packet.headers
        tcp = headers.tcp
        if tcp is None or not tcp.flags & SYN or headers.dont_fragment != self.dont_fragment:
            return False
        return (
            headers.length == self.size
            and self._ttl_fits(headers.ttl, ttl_check)
            and self._options_fit(tcp.options)
            and self._window_fits(tcp.window, _mss(tcp.options, self.options))
        )

    def _ttl_fits(self, ttl: int, check: int) -> bool:
        # TTL_AT_MOST has the kernel look at subnets too, for a TTL that is too high already.
        return check == TTL_ANY or ttl == self.ttl or (check == TTL_AT_MOST and ttl < self.ttl)

    def _options_fit(self, octets: bytes) -> bool:
        if sum(length for _, length in self.options) != len(octets):
            return False
        at = 0
        for number, length in self.options:
            if octets[at] != number:
                return False
            at += length
        return True

    def _window_fits(self, window: int, mss: int) -> bool:
        if self.window_in == "MODULO":
            return window % self.window == 0
        if not self.window_in:
            return self.window in (0, window)
        more = 40 if self.window_in == "MTU" else 0
        return window in {self.window * (size + more) for size in (mss, *_USUAL_MSS)}

    def __str__(self) -> str:
        return " ".join(word for word in (self.genre, self.version, self.subtype) if word)


def _mss(octets: bytes, options: tuple[tuple[int, int], ...]) -> int:
    """The last MSS of options that are known to fit; 0 without one."""
    found = at = 0
    for number, length in options:
        if number == _MSS:
            found = int.from_bytes(octets[at + 2 : at + 4], "big")
        at += length
    return found


def fingerprint(line: str) -> Fingerprint:
    """A line of pf.os. Raises ``ValueError`` for what nfnl_osf or the kernel refuses."""
    fields = [field.lstrip() for field in line.strip().split(":")]
    if len(fields) != FIELDS:
        raise ValueError(
            f"a fingerprint has {FIELDS} fields with : between them, not {len(fields)}"
        )
    window_in, window = _window(fields[0])
    options = _options(fields[4])
    return Fingerprint(
        window_in,
        window,
        ttl=_number("TTL", fields[1], 255),
        dont_fragment=bool(_number("DF", fields[2], 0xFFFF)),
        size=_number("SIZE", fields[3], 0xFFFF),
        options=options,
        genre=re.sub(r"^[@*]", "", fields[5])[:_NAME],
        version=fields[6][:_NAME],
        subtype=fields[7][:_NAME],
        text=line.strip(),
    )


def _window(text: str) -> tuple[str, int]:
    found = re.fullmatch(r"([ST]?)([%*]?)([0-9]{0,9})", text)
    if not found or not text or (found[2] == "*" and found[3]):
        raise ValueError(f'the WINDOW "{text}" is not like 8192, S4, T2, %8192 or *')
    number = int(found[3] or 0)
    if found[1]:
        return {"S": "MSS", "T": "MTU"}[found[1]], number
    if found[2] == "%":
        if not number:
            raise ValueError("a WINDOW of %0 divides by zero: the kernel refuses it")
        return "MODULO", number
    return "", number


def _number(name: str, text: str, most: int) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) > most:
        raise ValueError(f'the {name} "{text}" is no number from 0 to {most}')
    return int(text)


def _options(text: str) -> tuple[tuple[int, int], ...]:
    """Words that begin with no known letter (``.``: none at all) are passed over."""
    words = [word.strip() for word in text[:_OPTIONS].split(",")]
    found = tuple(_LENGTHS[word[0]] for word in words if word[:1] in _LENGTHS)
    if len(found) > _MOST_OPTIONS:
        raise ValueError(f"a TCP header has room for {_MOST_OPTIONS} bytes of options")
    return found
