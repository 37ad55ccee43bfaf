"""Statements become packets: bytes that fit what has been said so far.

Remembers what crossed each wire and each socket, so that sequence numbers follow on, an ICMP
error quotes what its sender really saw, and ``reply`` is the far end's answer.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from sim.base.frozen import dataclass, replace
from sim.kernel.far.far_end import answer_to
from sim.kernel.far.frames import CrossedAs, Crossing, Frames, kind_of
from sim.kernel.far.gateway import FarGateway
from sim.kernel.far.impossible import Impossible
from sim.kernel.far.sequence import LOCAL, Sequences
from sim.model.host import Host
from sim.model.ipsec import State
from sim.packet.arp import ETH_P_ARP, REQUEST, arp_bytes
from sim.packet.assemble import assemble, with_fields
from sim.packet.headers import (
    ACK,
    IPPROTO_DCCP,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    PSH,
    SYN,
)
from sim.packet.icmp_names import ICMP_ERRORS, ICMPV6_ERRORS
from sim.packet.packet import Address, Link, Packet
from sim.packet.script import Inject, InjectArp, Originate, PacketSpec, Reply
from sim.trace.outcomes.answers import NothingLeft, NothingToQuote, StatementWithout

# A number per statement, far apart, so that two connections never look alike by chance.
SEQUENCE_STEP = 100_000
PEER_OFFSET = 50_000
DEFAULT_SPORT = 40_000

# What a quoting error holds of the packet, headers included (RFC 1812; RFC 4443, 2.4 c).
QUOTE_LIMIT = {4: 548, 6: 1232}
ERRORS = {IPPROTO_ICMP: ICMP_ERRORS, IPPROTO_ICMPV6: ICMPV6_ERRORS}


@dataclass
class Conversation:
    """One per run. The ``note_...`` calls tell it what happened, in order."""

    host: Host
    sequences: Sequences = field(default_factory=Sequences)
    crossings: list[Crossing] = field(default_factory=list)
    line: int = 0
    tags: dict[object, int] = field(default_factory=dict)  # SCTP: who announced which tag
    gateway: FarGateway = field(init=False)

    def __post_init__(self) -> None:
        self.gateway = FarGateway(self.host)

    @property
    def frames(self) -> Frames:
        return Frames(self.host, self.crossings)

    def make(self, statement: Inject | Originate) -> Packet:
        """The packet of a statement, with link, owner and mark set.

        Raises ``ValueError`` when it quotes a packet that was not there, or its ``length`` is
        too small.
        """
        self.line = statement.line
        place = statement.iface if isinstance(statement, Inject) else LOCAL
        data = self._bytes(statement.spec, place)
        if isinstance(statement, Inject):
            link = self.frames.link(statement, data)
            hidden = self.gateway.hidden_in(data)
            return Packet(data, mark=statement.mark, link=link, unknown=hidden)
        return Packet(data, mark=statement.mark, owner=statement.owner)

    def make_arp(self, statement: InjectArp) -> Packet:
        """The ARP message of a statement; what is not said is the frame's own address."""
        self.line = statement.line
        src, dst = self.frames.arp_macs(statement)
        nobody = "00:00:00:00:00:00" if statement.operation == REQUEST else dst
        data = arp_bytes(
            statement.operation, statement.sender_mac or src, statement.sender,
            statement.target_mac or nobody, statement.target,
        )  # fmt: skip
        interface = self.host.interfaces.get(statement.iface)
        own = interface.mac if interface is not None else ""
        return Packet(data, link=Link(src, dst, kind_of(dst, own), ETH_P_ARP))

    def note_arp(self, iface: str, packet: Packet) -> None:
        """The host took an ARP message: it knows the sender's MAC now."""
        self.crossings.append(Crossing(self.line, CrossedAs.ARRIVED, iface, packet))

    def reply(self, statement: Reply) -> tuple[str, Packet]:
        """The interface on which the far end's answer comes in, and the answer.

        Raises ``ValueError`` when nothing has left yet, or what left is not answered.
        """
        self.line = statement.line
        last = self._last_sent()
        asked, states = last.carried or (last.packet, ())
        spec = answer_to(asked, dict(statement.fields), self.sequences, last.place)
        if spec.get("quoting") == "last":
            spec = _with_payload(spec, quote(asked))
        data = assemble(self._filled(spec, last.place))
        data = self.gateway.answered(data, states, self.line)
        src_mac, dst_mac = self.frames.back(last)
        inject = Inject(
            line=statement.line, span=statement.span, iface=last.place, spec=spec,
            src_mac=src_mac, dst_mac=dst_mac,
        )  # fmt: skip
        mark = dict(statement.fields).get("mark", 0)
        link, hidden = self.frames.link(inject, data), self.gateway.hidden_in(data)
        return last.place, Packet(data, mark=mark, link=link, unknown=hidden)

    # ---- what happened -------------------------------------------------------------------

    def note_arrived(self, iface: str, packet: Packet) -> None:
        """The far end behind ``iface`` sent this; it came in."""
        self.sequences.note_sent(iface, packet)
        self._note(CrossedAs.ARRIVED, iface, packet)

    def note_sent(
        self, iface: str, packet: Packet, carried: tuple[Packet, tuple[State, ...]] | None = None
    ) -> None:
        """This left on ``iface``; the far end behind it has it, and what IPsec put inside."""
        self.sequences.note_seen(iface, carried[0] if carried else packet)
        self._note(CrossedAs.SENT, iface, packet)
        self.crossings[-1] = replace(self.crossings[-1], carried=carried)

    def note_local(self, packet: Packet) -> None:
        """A socket of the host, or its kernel, sent this."""
        self.sequences.note_sent(LOCAL, packet)
        self._note(CrossedAs.LOCAL, LOCAL, packet)

    def note_delivered(self, packet: Packet) -> None:
        """A socket of the host was given this."""
        self.sequences.note_seen(LOCAL, packet)
        self._note(CrossedAs.DELIVERED, LOCAL, packet)

    def _note(self, way: CrossedAs, place: str, packet: Packet) -> None:
        self.crossings.append(Crossing(self.line, way, place, packet))
        kind = packet.headers.protocol
        if kind == IPPROTO_SCTP and not packet.headers.fragment_offset:
            part = packet.payload
            if len(part) >= 20 and part[12] in (1, 2):
                self.tags[(place, way, packet.headers.src)] = int.from_bytes(part[16:20], "big")

    def neighbour_mac(self, dev: str, address: Address) -> str:
        """The MAC that a neighbour line tells for an address on ``dev``, or nothing."""
        return self.frames.neighbour_mac(dev, address)

    def sender_mac(self, bridge: str, address: Address) -> str:
        """The MAC of whoever sent from ``address`` into a bridge, the latest; or nothing."""
        return self.frames.sender_mac(bridge, address)

    def _last_sent(self) -> Crossing:
        for crossing in reversed(self.crossings):
            if crossing.way is CrossedAs.SENT and crossing.place != "lo":
                return crossing
        raise Impossible(NothingLeft())

    def _bytes(self, spec: PacketSpec, place: str) -> bytes:
        """The packet's bytes; what it is ``carrying`` is packed by IPsec."""
        inner = spec.get("carrying")
        if inner is None:
            return assemble(self._filled(spec, place))
        return self.gateway.carried(spec, self._bytes(inner, place), self.line)

    # ---- what a line leaves out ----------------------------------------------------------

    def _filled(self, spec: PacketSpec, place: str) -> PacketSpec:
        """The description with everything that was left unsaid."""
        if spec.raw is not None:
            return spec
        spec = with_fields(spec, id=self.line & 0xFFFF)
        if spec.sport is None and spec.dport is not None:
            spec = replace(spec, sport=DEFAULT_SPORT + self.line)
        if spec.protocol == IPPROTO_TCP:
            return self._filled_tcp(spec, place)
        if spec.protocol in ERRORS:
            return self._filled_icmp(spec, place)
        if spec.protocol == IPPROTO_SCTP:
            return self._filled_sctp(spec, place)
        if spec.protocol == IPPROTO_DCCP:
            return with_fields(spec, seq=self.line)
        return spec

    def _filled_tcp(self, spec: PacketSpec, place: str) -> PacketSpec:
        ends = (spec.src, spec.dst, spec.sport or 0, spec.dport or 0)
        flags = spec.get("flags")
        if flags is None:
            flags = ACK | PSH if spec.get("payload") else ACK
            if self.sequences.is_new(place, ends) and not spec.get("payload"):
                flags = SYN
        initial = self.line * SEQUENCE_STEP & 0xFFFFFFFF
        return with_fields(
            spec,
            flags=flags,
            seq=self.sequences.next_seq(place, ends, flags, initial),
            ack=self.sequences.next_ack(place, ends, flags, (initial + PEER_OFFSET) & 0xFFFFFFFF),
        )

    def _filled_icmp(self, spec: PacketSpec, place: str) -> PacketSpec:
        kind = spec.get("type", 8 if spec.family == 4 else 128)
        if kind not in ERRORS[spec.protocol] or spec.get("payload") is not None:
            return spec
        return _with_payload(spec, self._quoted(spec, place))

    def _filled_sctp(self, spec: PacketSpec, place: str) -> PacketSpec:
        """Tags: an INIT announces one of its own, the rest carry what the other end announced."""
        kind = spec.get("kind", 1)
        announced = self.line * SEQUENCE_STEP + 1
        if kind == 1:
            return with_fields(spec, init_tag=spec.get("vtag", announced), vtag=0)
        way = CrossedAs.DELIVERED if place == LOCAL else CrossedAs.SENT
        tag = self.tags.get((place, way, spec.dst), 0)
        return with_fields(spec, vtag=tag, init_tag=announced)

    # ---- quoting -------------------------------------------------------------------------

    def _quoted(self, spec: PacketSpec, place: str) -> bytes:
        """The quoted part of an ICMP error, as its sender at ``place`` saw the packet."""
        asked = spec.get("quoting")
        if isinstance(asked, PacketSpec):
            return assemble(self._filled_quote(asked))
        if isinstance(asked, int):
            return quote(self._packet_of(asked, place, spec.family))
        seen = CrossedAs.DELIVERED if place == LOCAL else CrossedAs.SENT
        for crossing in reversed(self.crossings):
            if (crossing.way, crossing.place) == (seen, place) and _same(crossing, spec.family):
                return quote(crossing.packet)
        if asked == "last":
            raise Impossible(NothingToQuote())
        return b""

    def _filled_quote(self, spec: PacketSpec) -> PacketSpec:
        """A quoted packet that was described: its numbers as they would be on the wire now."""
        if spec.protocol == IPPROTO_TCP and spec.raw is None:
            ends = (spec.src, spec.dst, spec.sport or 0, spec.dport or 0)
            for (_, known), direction in reversed(self.sequences.sent.items()):
                if known == ends:
                    return with_fields(spec, id=self.line, flags=ACK, seq=direction.next)
        return with_fields(spec, id=self.line & 0xFFFF)

    def _packet_of(self, line: int, place: str, family: int) -> Packet:
        """The packet of an earlier statement: as it left on this wire, else as it came in."""
        mine = [c for c in self.crossings if c.line == line and _same(c, family)]
        if not mine:
            raise Impossible(StatementWithout(line))
        root = mine[0].packet.id
        for way, where in (
            (CrossedAs.SENT, place),
            (CrossedAs.ARRIVED, place),
            (CrossedAs.SENT, ""),
            (None, ""),
        ):
            for crossing in mine:
                fits = crossing.way == (way or crossing.way)
                if (
                    fits
                    and crossing.packet.id == root
                    and crossing.place == (where or crossing.place)
                ):
                    return crossing.packet
        return mine[0].packet


def quote(packet: Packet) -> bytes:
    """What an ICMP error holds of a packet."""
    return packet.data[: QUOTE_LIMIT[packet.family]]


def _same(crossing: Crossing, family: int) -> bool:
    return crossing.packet.family == family


def _with_payload(spec: PacketSpec, payload: bytes) -> PacketSpec:
    fields: dict[str, Any] = {**dict(spec.fields), "payload": payload}
    return replace(spec, fields=tuple(fields.items()))
