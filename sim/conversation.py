"""Statements become packets: bytes that fit what has been said so far.

Remembers what crossed each wire and each socket, so that sequence numbers follow on, an ICMP
error quotes what its sender really saw, and ``reply`` is the far end's answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from typing import Any

from sim.far_end import answer_to
from sim.headers import (
    ACK,
    IPPROTO_DCCP,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    PSH,
    SYN,
)
from sim.host import Host, Interface
from sim.icmp_names import ICMP_ERRORS, ICMPV6_ERRORS
from sim.packet import Address, Link, Packet
from sim.script import Answer, Inject, Originate, PacketSpec
from sim.sequence import LOCAL, Sequences
from sim.wire import assemble, with_fields

# A number per statement, far apart, so that two connections never look alike by chance.
SEQUENCE_STEP = 100_000
PEER_OFFSET = 50_000
DEFAULT_SPORT = 40_000

# What a quoting error holds of the packet, headers included (RFC 1812; RFC 4443, 2.4 c).
QUOTE_LIMIT = {4: 548, 6: 1232}
ERRORS = {IPPROTO_ICMP: ICMP_ERRORS, IPPROTO_ICMPV6: ICMPV6_ERRORS}


@dataclass(frozen=True, slots=True)
class Crossing:
    """A packet as it was at one place; ``way``: arrived, sent, local (made here), delivered."""

    line: int
    way: str
    place: str
    packet: Packet


@dataclass
class Conversation:
    """One per run. The ``note_...`` calls tell it what happened, in order."""

    host: Host
    sequences: Sequences = field(default_factory=Sequences)
    crossings: list[Crossing] = field(default_factory=list)
    line: int = 0
    tags: dict[object, int] = field(default_factory=dict)  # SCTP: who announced which tag

    def make(self, statement: Inject | Originate) -> Packet:
        """The packet of a statement, with link, owner and mark set.

        Raises ``ValueError`` when it quotes a packet that was not there, or its ``length`` is
        too small.
        """
        self.line = statement.line
        place = statement.iface if isinstance(statement, Inject) else LOCAL
        data = assemble(self._filled(statement.spec, place))
        if isinstance(statement, Inject):
            link = self._link(statement, data)
            return Packet(data, mark=statement.mark, link=link)
        return Packet(data, mark=statement.mark, owner=statement.owner)

    def reply(self, statement: Answer) -> tuple[str, Packet]:
        """The interface on which the far end's answer comes in, and the answer.

        Raises ``ValueError`` when nothing has left yet, or what left is not answered.
        """
        self.line = statement.line
        last = self._last_sent()
        spec = answer_to(last.packet, dict(statement.fields), self.sequences, last.place)
        if spec.get("quoting") == "last":
            spec = _with_payload(spec, quote(last.packet))
        data = assemble(self._filled(spec, last.place))
        src_mac, dst_mac = self._frame_back(last)
        inject = Inject(
            line=statement.line, span=statement.span, iface=last.place, spec=spec,
            src_mac=src_mac, dst_mac=dst_mac,
        )  # fmt: skip
        mark = dict(statement.fields).get("mark", 0)
        return last.place, Packet(data, mark=mark, link=self._link(inject, data))

    # ---- what happened -------------------------------------------------------------------

    def note_arrived(self, iface: str, packet: Packet) -> None:
        """The far end behind ``iface`` sent this; it came in."""
        self.sequences.note_sent(iface, packet)
        self._note("arrived", iface, packet)

    def note_sent(self, iface: str, packet: Packet) -> None:
        """This left on ``iface``; the far end behind it has it."""
        self.sequences.note_seen(iface, packet)
        self._note("sent", iface, packet)

    def note_local(self, packet: Packet) -> None:
        """A socket of the host, or its kernel, sent this."""
        self.sequences.note_sent(LOCAL, packet)
        self._note("local", LOCAL, packet)

    def note_delivered(self, packet: Packet) -> None:
        """A socket of the host was given this."""
        self.sequences.note_seen(LOCAL, packet)
        self._note("delivered", LOCAL, packet)

    def _note(self, way: str, place: str, packet: Packet) -> None:
        self.crossings.append(Crossing(self.line, way, place, packet))
        kind = packet.headers.protocol
        if kind == IPPROTO_SCTP and not packet.headers.fragment_offset:
            part = packet.payload
            if len(part) >= 20 and part[12] in (1, 2):
                self.tags[(place, way, packet.headers.src)] = int.from_bytes(part[16:20], "big")

    def sender_mac(self, bridge: str, address: Address) -> str:
        """The MAC of whoever sent from ``address`` into a bridge, the latest; or nothing."""
        for crossing in reversed(self.crossings):
            interface = self.host.interfaces.get(crossing.place)
            if (
                crossing.way == "arrived"
                and interface is not None
                and interface.master == bridge
                and crossing.packet.link is not None
                and crossing.packet.data[0] >> 4 in (4, 6)
                and crossing.packet.headers.src == address
            ):
                return crossing.packet.link.src_mac
        return ""

    def _frame_back(self, last: Crossing) -> tuple[str, str]:
        """Source and destination of the frame that answers one which left by a bridge port."""
        link, bridge = last.packet.link, self._bridge(last.place)
        if link is None or bridge is None:
            return "", ""
        return "" if _is_group(link.dst_mac) else link.dst_mac, link.src_mac

    def _bridge(self, place: str) -> Interface | None:
        interface = self.host.interfaces.get(place)
        master = self.host.interfaces.get(interface.master) if interface is not None else None
        return master if master is not None and master.kind == "bridge" else None

    def _last_sent(self) -> Crossing:
        for crossing in reversed(self.crossings):
            if crossing.way == "sent" and crossing.place != "lo":
                return crossing
        raise ValueError("nothing has left the host yet, so there is nothing to reply to")

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
        way = "delivered" if place == LOCAL else "sent"
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
        seen = "delivered" if place == LOCAL else "sent"
        for crossing in reversed(self.crossings):
            if (crossing.way, crossing.place) == (seen, place) and _same(crossing, spec.family):
                return quote(crossing.packet)
        if asked == "last":
            raise ValueError("there is no packet yet that this error could quote")
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
            raise ValueError(f"statement {line} has no packet that this error could quote")
        root = mine[0].packet.id
        for way, where in (("sent", place), ("arrived", place), ("sent", ""), ("", "")):
            for crossing in mine:
                fits = crossing.way == (way or crossing.way)
                if (
                    fits
                    and crossing.packet.id == root
                    and crossing.place == (where or crossing.place)
                ):
                    return crossing.packet
        return mine[0].packet

    # ---- Ethernet ------------------------------------------------------------------------

    def _link(self, statement: Inject, data: bytes) -> Link:
        """The Ethernet header that the packet came with; the obvious one where not said."""
        interface = self.host.interfaces.get(statement.iface) or Interface(statement.iface)
        packet = Packet(data)
        headers = packet.headers
        if interface.kind in WITHOUT_ETHERNET:
            return Link()
        bridge = self._bridge(statement.iface)
        if bridge is not None:
            return self._bridge_link(statement, interface, bridge, headers.src, headers.dst)
        own = interface.mac
        dst = statement.dst_mac or self._dst_mac(interface, headers.dst, own)
        src = statement.src_mac or self._src_mac(interface, headers.src)
        return Link(src, dst, kind_of(dst, own))

    def _bridge_link(
        self, statement: Inject, port: Interface, bridge: Interface, src: Address, dst: Address
    ) -> Link:
        """A frame into a bridge port: to a neighbour there if ``dst`` is one, else to the
        bridge as the sender's gateway, if it has an address at all."""
        source = statement.src_mac or self.neighbour_mac(bridge.name, src)
        if not source:
            source = next((mac for mac, dev in self.host.fdb if dev == port.name), "")
        target = statement.dst_mac or self._receiver(bridge, dst)
        own = {port.mac, bridge.mac}
        kind = "host" if target in own else kind_of(target, port.mac)
        return Link(source or far_mac(port.index), target, kind)

    def neighbour_mac(self, dev: str, address: Address) -> str:
        """The MAC that a neighbour line tells for an address on ``dev``, or nothing."""
        found = (n.mac for n in self.host.neighbours if (n.address, n.dev) == (address, dev))
        return next(found, "")

    def _receiver(self, bridge: Interface, dst: Address) -> str:
        guess = self._dst_mac(bridge, dst, "")
        if guess:
            return guess
        if any(dst == a.address.ip for i in self.host.interfaces.values() for a in i.addresses):
            return bridge.mac
        known = self.neighbour_mac(bridge.name, dst) or self.sender_mac(bridge.name, dst)
        if known:
            return known
        mine = [a.address for a in bridge.addresses if a.address.version == dst.version]
        is_near = any(dst in own.network for own in mine)
        return bridge.mac if mine and not is_near else far_mac(bridge.index)

    def _dst_mac(self, interface: Interface, address: Address, own: str) -> str:
        if address.is_multicast:
            return multicast_mac(address)
        if isinstance(address, IPv4Address):
            broadcasts = {
                entry.address.network.broadcast_address
                for entry in interface.addresses
                if entry.address.version == 4 and entry.address.network.prefixlen < 31
            }
            if address in broadcasts or int(address) == 0xFFFFFFFF:
                return "ff:ff:ff:ff:ff:ff"
        return own

    def _src_mac(self, interface: Interface, address: Address) -> str:
        """The neighbour's, when the text tells it; else that of an unnamed router there."""
        for neighbour in self.host.neighbours:
            if (neighbour.dev, neighbour.address) == (interface.name, address) and neighbour.mac:
                return neighbour.mac
        return far_mac(interface.index)


WITHOUT_ETHERNET = frozenset(
    {"tun", "wireguard", "ppp", "sit", "ipip", "gre", "none", "tunnel", "xfrm", "loopback"}
)


def far_mac(index: int) -> str:
    """The MAC of whoever is behind an interface, where the text tells nothing better."""
    return f"02:00:00:01:{index >> 8 & 255:02x}:{index & 255:02x}"


def multicast_mac(address: Address) -> str:
    """RFC 1112, section 6.4; RFC 2464, section 7."""
    tail = address.packed
    head = (0x33, 0x33, tail[-4]) if address.version == 6 else (0x01, 0x00, 0x5E)
    low = (tail[-3] & 0x7F if address.version == 4 else tail[-3], tail[-2], tail[-1])
    return ":".join(f"{byte:02x}" for byte in (*head, *low))


def kind_of(dst_mac: str, own: str) -> str:
    """What ``eth_type_trans`` makes of a frame's destination (net/ethernet/eth.c)."""
    if dst_mac == "ff:ff:ff:ff:ff:ff":
        return "broadcast"
    if int(dst_mac[:2] or "0", 16) & 1:
        return "multicast"
    return "host" if dst_mac == own or not own else "otherhost"


def _is_group(mac: str) -> bool:
    return bool(int(mac[:2] or "0", 16) & 1)


def quote(packet: Packet) -> bytes:
    """What an ICMP error holds of a packet."""
    return packet.data[: QUOTE_LIMIT[packet.family]]


def _same(crossing: Crossing, family: int) -> bool:
    return crossing.packet.family == family


def _with_payload(spec: PacketSpec, payload: bytes) -> PacketSpec:
    fields: dict[str, Any] = {**dict(spec.fields), "payload": payload}
    return replace(spec, fields=tuple(fields.items()))
