"""What the far end of a conversation sends in answer to a packet that reached it.

The obvious answer, as a description that the caller fills in; ``fields`` override parts of it.
"""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Any

from sim.kernel.far.impossible import Impossible
from sim.kernel.far.sequence import Sequences, ends_of, reverse
from sim.packet.headers import (
    ACK,
    FIN,
    IPPROTO_DCCP,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
    PSH,
    RST,
    SYN,
    Headers,
)
from sim.packet.icmp_names import ICMP_ERRORS, ICMPV6_ERRORS, icmp_type
from sim.packet.packet import Packet
from sim.packet.script import PacketSpec
from sim.trace.outcomes.answers import (
    LastIsAck,
    LastIsCutTcp,
    LastIsDccp,
    LastIsError,
    LastIsIcmp,
    LastIsReset,
    LastIsSctp,
    LaterFragment,
    OnlyErrorsFrom,
    OtherVersionError,
)

# Query -> answer. The answer repeats id, sequence number and body.
ICMP_ANSWERS = {8: 0, 13: 14, 15: 16, 17: 18}
ICMP6_ANSWERS = {128: 129, 135: 136}
SCTP_ANSWERS = {0: 3, 1: 2, 4: 5, 7: 8, 8: 14, 10: 11}
DCCP_ANSWERS = {0: 1, 2: 3, 4: 3, 5: 6, 6: 7, 8: 9}
ERROR_TYPES = {4: ICMP_ERRORS, 6: ICMPV6_ERRORS}


def answer_to(
    packet: Packet, fields: dict[str, Any], sequences: Sequences, place: str
) -> PacketSpec:
    """The answer to ``packet``, seen at ``place``.

    Raises ``Impossible`` when the far end would send none.
    """
    headers = packet.headers
    if headers.fragment_offset:
        raise Impossible(LaterFragment())
    fields = {name: value for name, value in fields.items() if name != "mark"}
    if "icmp" in fields:  # `reply host-unreachable`
        fields["type"], fields["code"] = icmp_type(fields.pop("icmp"), headers.family)
    if fields.get("type") in ERROR_TYPES[headers.family]:
        return _error(headers, fields)
    if "from" in fields:
        raise Impossible(OnlyErrorsFrom())
    answer = ANSWERS.get(headers.protocol)
    own = answer(packet, fields, sequences, place) if answer else {"payload": packet.payload}
    return _swapped(headers, {**own, **fields})


def _swapped(headers: Headers, fields: dict[str, Any]) -> PacketSpec:
    return PacketSpec(
        headers.family,
        headers.protocol,
        headers.dst,
        headers.src,
        headers.dport,
        headers.sport,
        tuple(fields.items()),
    )


def _error(headers: Headers, fields: dict[str, Any]) -> PacketSpec:
    """An ICMP error about the packet, from its destination or from a router on the way."""
    protocol = IPPROTO_ICMP if headers.family == 4 else IPPROTO_ICMPV6
    if headers.icmp is not None and headers.icmp.type in ERROR_TYPES[headers.family]:
        raise Impossible(LastIsError())
    sender = fields.pop("from", headers.dst)
    if sender.version != headers.family:
        raise Impossible(OtherVersionError(sender, headers.family))
    described = {**fields, "quoting": "last"}
    return PacketSpec(
        headers.family, protocol, sender, headers.src, fields=tuple(described.items())
    )


def _tcp(
    packet: Packet, fields: dict[str, Any], sequences: Sequences, place: str
) -> dict[str, Any]:
    headers = packet.headers
    if headers.tcp is None:
        raise Impossible(LastIsCutTcp())
    if "flags" in fields:
        return {}
    if fields.get("payload"):
        return {"flags": ACK | PSH}
    return {"flags": _tcp_flags(headers, sequences, place)}


def _tcp_flags(headers: Headers, sequences: Sequences, place: str) -> int:
    tcp = headers.tcp
    assert tcp is not None
    if tcp.flags & RST:
        raise Impossible(LastIsReset())
    if tcp.flags & SYN:
        return ACK if tcp.flags & ACK else SYN | ACK
    if tcp.flags & FIN:
        has_closed = sequences.has_sent(place, reverse(ends_of(headers)), FIN)
        return ACK if has_closed else FIN | ACK
    if headers.length - headers.payload_offset - tcp.offset > 0:
        return ACK
    raise Impossible(LastIsAck())


def _udp(
    packet: Packet, fields: dict[str, Any], sequences: Sequences, place: str
) -> dict[str, Any]:
    return {"payload": packet.payload[8:]}


def _icmp(
    packet: Packet, fields: dict[str, Any], sequences: Sequences, place: str
) -> dict[str, Any]:
    headers = packet.headers
    answers = ICMP_ANSWERS if headers.family == 4 else ICMP6_ANSWERS
    if headers.icmp is None or headers.icmp.type not in answers:
        raise Impossible(LastIsIcmp())
    if headers.icmp.type == 135:
        return {"type": 136, "target": _target(packet), "icmp_id": 0x6000}
    return {
        "type": answers[headers.icmp.type],
        "code": 0,
        "icmp_id": headers.icmp.ident,
        "icmp_seq": headers.icmp.seq,
        "payload": packet.payload[8:],
    }


def _target(packet: Packet) -> object:
    return IPv6Address(packet.payload[8:24].ljust(16, b"\0"))


def _sctp(
    packet: Packet, fields: dict[str, Any], sequences: Sequences, place: str
) -> dict[str, Any]:
    part = packet.payload
    if "kind" in fields:
        return {}
    if len(part) < 16 or part[12] not in SCTP_ANSWERS:
        raise Impossible(LastIsSctp())
    return {"kind": SCTP_ANSWERS[part[12]]}


def _dccp(
    packet: Packet, fields: dict[str, Any], sequences: Sequences, place: str
) -> dict[str, Any]:
    part = packet.payload
    kind = part[8] >> 1 & 15 if len(part) > 8 else -1
    if "kind" in fields:
        return {}
    if kind not in DCCP_ANSWERS:
        raise Impossible(LastIsDccp())
    return {"kind": DCCP_ANSWERS[kind]}


ANSWERS = {
    IPPROTO_TCP: _tcp,
    IPPROTO_UDP: _udp,
    IPPROTO_UDPLITE: _udp,
    IPPROTO_ICMP: _icmp,
    IPPROTO_ICMPV6: _icmp,
    IPPROTO_SCTP: _sctp,
    IPPROTO_DCCP: _dccp,
}
