"""ICMP and ICMPv6: queries are connections, errors belong to the connection they quote.

Facts: net/netfilter/nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c.
"""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.kernel.conntrack.protocol import Ruling, Sight, checksum_holds, invalid
from sim.model.flow import FlowTuple
from sim.model.rules import Hook
from sim.model.tuples import Part, inverted, transport, tuple_of
from sim.packet.headers import IPPROTO_ICMPV6, dissect
from sim.packet.packet import Address
from sim.trace.outcomes.conntrack import BadChecksum, HeaderCutOff
from sim.trace.outcomes.conntrack_icmp import (
    NeverTracked,
    NoQuery,
    QuoteCut,
    QuotesNoQuery,
    QuotesNothing,
    RedirectCut,
    RedirectFromAfar,
    RedirectQuotesNothing,
    UnknownType,
)

QUERIES = frozenset({8, 13, 15, 17})
ERRORS = frozenset({3, 4, 5, 11, 12})
HIGHEST_KNOWN = 18
QUERIES6 = frozenset({128, 139})
REDIRECT6 = 137
# Multicast listeners and routers, routers, neighbours: never tracked.
UNTRACKED6 = frozenset({130, 131, 132, 133, 134, 135, 136, 143, 151, 152})


@dataclass(frozen=True, slots=True)
class Quote:
    """An ICMP error's subject: the tuple to look up, in the direction of the error.

    The entry's destination in that direction must be ``outer`` for the error to be believed.
    """

    tuple: FlowTuple
    outer: Address


def query(sight: Sight, flow_type: int) -> Ruling:
    """``flow_type`` is the type of the packet that made the entry."""
    if sight.part.family == 4:
        if flow_type not in QUERIES:
            return invalid(NoQuery("ICMP", flow_type))
        return Ruling(True, timeout=sight.settings["icmp_timeout"])
    if flow_type not in QUERIES6:
        return invalid(NoQuery("ICMPv6", flow_type))
    return Ruling(True, timeout=sight.settings["icmpv6_timeout"])


def first_look(part: Part, hook: Hook, checks: bool, zone: int) -> Ruling | Quote | None:
    """Before the lookup: refuse, leave untracked, name the quoted connection, or ``None``.

    A valid ruling with the state UNTRACKED means: this packet is never tracked.
    """
    if len(part.data) < 8:
        return invalid(HeaderCutOff("ICMP"))
    if checks and not checksum_holds(part, part.protocol):
        return invalid(BadChecksum("ICMP"))
    kind = part.data[0]
    if part.protocol == IPPROTO_ICMPV6:
        return _first_look6(part, kind, zone)
    if kind > HIGHEST_KNOWN:
        return invalid(UnknownType(kind))
    if kind not in ERRORS:
        return None
    return _quote(part, 8, zone)


def _first_look6(part: Part, kind: int, zone: int) -> Ruling | Quote | None:
    if kind in UNTRACKED6:
        return Ruling(True, NeverTracked(), untracked=True)
    if kind == REDIRECT6:
        return _redirect6(part, zone)
    if kind >= 128:
        return None
    return _quote(part, 8, zone)


def _redirect6(part: Part, zone: int) -> Ruling | Quote:
    """A redirect is about the packet in its "redirected header" option (RFC 4861, 4.6.3)."""
    data = part.data
    if len(data) < 40 or data[1] != 0:
        return invalid(RedirectCut())
    if part.headers.ttl != 255 or not part.headers.src.is_link_local:
        return invalid(RedirectFromAfar())
    if len(data) < 42 or data[41] == 0 or data[40] != 4:
        return invalid(RedirectQuotesNothing())
    return _quote(part, 48, zone)


def _quote(part: Part, offset: int, zone: int) -> Ruling | Quote:
    """The tuple that a quoted packet's answer would have: the error travels like an answer."""
    quoted = _quoted(part.data[offset:], part.family)
    if quoted is None:
        return invalid(QuotesNothing())
    inner = tuple_of(quoted, zone)
    if inner is None:
        return invalid(QuoteCut())
    answer = inverted(inner)
    if answer is None:
        return invalid(QuotesNoQuery())
    return Quote(answer, part.headers.dst)


def _quoted(data: bytes, family: int) -> Part | None:
    """The quoted packet: as much as is there counts, whatever its own lengths and version say."""
    if len(data) < (20 if family == 4 else 40):
        return None
    if family == 4:
        headers = dissect(b"\x45" + data[1:20])
        start = (data[0] & 15) * 4
        if headers.fragment_offset or start > len(data):
            return None
        return Part(headers, headers.protocol, data[start:])
    quoted = transport(bytes((0x60 | data[0] & 15,)) + data[1:])
    if quoted is None:
        return None
    return Part(quoted.headers, quoted.protocol, data[quoted.headers.payload_offset :])
