"""What the packet builder offers as a packet's type, from the names that the packets text reads."""

from __future__ import annotations

from dataclasses import dataclass

from sim.packet.icmp_names import ICMP, ICMPV6
from sim.read.packets.language import ARP_OPERATIONS, first_words
from sim.read.packets.values import DCCP_TYPES, SCTP_CHUNKS


@dataclass(frozen=True, slots=True)
class Types:
    """``usual``: what is chosen first. ``is_optional``: a line can do without one."""

    protocol: str
    label: str
    names: tuple[str, ...]
    usual: str
    is_optional: bool = True


def _icmp(known: dict[str, tuple[int, int]]) -> tuple[str, ...]:
    """One name of each type and code, with what is asked most at the top."""
    first = {value: name for name, value in reversed(known.items())}
    first |= {known[name]: name for name in _MOST}
    return tuple(dict.fromkeys((*_MOST, *(first[value] for value in known.values()))))


_MOST = ("echo-request", "echo-reply", "destination-unreachable", "time-exceeded")
# "sack" is read as TCP's option, whose ranges it then wants.
_CHUNKS = tuple(name for name in SCTP_CHUNKS if name != "sack")

PACKET_TYPES = (
    Types("icmp", "ICMP type", _icmp(ICMP), "echo-request"),
    Types("icmpv6", "ICMPv6 type", _icmp(ICMPV6), "echo-request"),
    Types("sctp", "SCTP chunk", _CHUNKS, "init"),
    Types("dccp", "DCCP type", tuple(DCCP_TYPES), "request"),
    Types("arp", "ARP operation", first_words(ARP_OPERATIONS), "request", is_optional=False),
)
