"""What the kernel picks at random: ports of NAT, sequence numbers of listeners, IP idents.

The simulation picks too and says so. The first time a pick of the kernel is seen beside the
simulation's, the pair is remembered: what goes in afterwards is rewritten to the kernel's pick,
what comes out to the simulation's, so that everything else can be compared byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sim import trace as t
from sim.checksum import checksum
from sim.headers import ACK, IPPROTO_ICMP, IPPROTO_ICMPV6, SYN
from sim.packet import CHECKSUM_OFFSET, Packet, sealed

Port = tuple[int, int]  # protocol, port or ICMP id
End = tuple[int, bytes, int]  # with the address in the middle


def _port(packet: Packet, source: bool) -> int | None:
    headers = packet.headers
    if headers.icmp is not None:
        return headers.icmp.ident
    return headers.sport if source else headers.dport


def _end(packet: Packet, source: bool) -> End | None:
    headers = packet.headers
    port = _port(packet, source)
    if port is None:
        return None
    return headers.protocol, (headers.src if source else headers.dst).packed, port


def _with_port(packet: Packet, source: bool, port: int) -> Packet:
    headers = packet.headers
    if source:
        return packet.with_source(headers.src, port)
    return packet.with_destination(headers.dst, port)


@dataclass
class Chances:
    """The pairs of one case."""

    random: set[Port] = field(default_factory=set)  # the simulation's picks
    ports: dict[Port, int] = field(default_factory=dict)  # simulation's -> kernel's
    numbers: dict[tuple[End | None, End | None], int] = field(default_factory=dict)
    stamps: dict[tuple[End | None, End | None], int] = field(default_factory=dict)

    def expect(self, steps: Iterable[t.Step]) -> None:
        """Learn from a statement's steps which picks are random."""
        for step in steps:
            if isinstance(step, t.NatApplied) and step.at_random:
                before = {_port(step.before, source) for source in (True, False)}
                for source in (True, False):
                    port = _port(step.packet, source)
                    if port is not None and port not in before:
                        self.random.add((step.packet.headers.protocol, port))

    def to_kernel(self, packet: Packet) -> Packet:
        """A packet that goes in, with the kernel's picks in place of the simulation's."""
        for source in (True, False):
            port = _port(packet, source)
            known = self.ports.get((packet.headers.protocol, port)) if port is not None else None
            if known is not None:
                packet = _with_port(packet, source, known)
        tcp = packet.headers.tcp
        if tcp is not None and tcp.flags & ACK:
            shift = self.numbers.get((_end(packet, False), _end(packet, True)))
            if shift:
                number = (tcp.ack + shift & 0xFFFFFFFF).to_bytes(4, "big")
                packet = packet.patched(8, number)
        shift = self.stamps.get((_end(packet, False), _end(packet, True)))
        place = _stamp_place(packet)
        if shift and place is not None:
            packet = _shifted(packet, place + 4, shift)
        return packet

    def from_kernel(self, wanted: bytes, seen: bytes, made_here: str) -> bytes:
        """What came out, with the simulation's picks where ``wanted`` shows one."""
        try:
            ours, theirs = Packet(wanted), Packet(seen)
            if (
                ours.family != theirs.family
                or ours.headers.protocol != theirs.headers.protocol
                or ours.headers.fragment_offset
            ):
                return seen
        except ValueError:
            return seen
        for source in (True, False):
            mine, other = _port(ours, source), _port(theirs, source)
            if mine is None or other is None or (ours.headers.protocol, mine) not in self.random:
                continue
            if self.ports.setdefault((ours.headers.protocol, mine), other) == other:
                theirs = _with_port(theirs, source, mine)
        theirs = self._numbers(ours, theirs, made_here)
        return self._quoted(ours, theirs, made_here).data

    def _quoted(self, ours: Packet, theirs: Packet, made_here: str) -> Packet:
        """An ICMP error whose quoted packet shows the simulation's picks."""
        here, there = _quote(ours), _quote(theirs)
        if len(here) < 20 or len(here) != len(there):
            return theirs
        translated = self.from_kernel(here, there, made_here)
        if translated == there:
            return theirs
        return Packet(sealed(theirs.data[: len(theirs.data) - len(there)] + translated))

    def _numbers(self, ours: Packet, theirs: Packet, made_here: str) -> Packet:
        here, there = ours.headers.tcp, theirs.headers.tcp
        if here is None or there is None:
            return theirs
        key = (_end(ours, True), _end(ours, False))
        is_opening = there.flags & (SYN | ACK) == SYN | ACK
        if made_here and is_opening:
            self.numbers[key] = there.seq - here.seq & 0xFFFFFFFF
        if made_here and there.flags & (SYN | ACK) == SYN:  # SYNPROXY hides its number there
            theirs = theirs.patched(8, here.ack.to_bytes(4, "big"))
            there = here
        back = self.numbers.get((key[1], key[0]))
        if back and there.ack - here.ack & 0xFFFFFFFF == back:
            theirs = theirs.patched(8, here.ack.to_bytes(4, "big"))
        shift = self.numbers.get(key)
        if shift and there.seq - here.seq & 0xFFFFFFFF == shift:
            theirs = theirs.patched(4, here.seq.to_bytes(4, "big"))
        return self._stamps(ours, theirs, key, bool(made_here) and is_opening)

    def _stamps(
        self, ours: Packet, theirs: Packet, key: tuple[End | None, End | None], is_first: bool
    ) -> Packet:
        """Timestamps like sequence numbers: the clock behind them is the kernel's own."""
        here, there = _stamp_place(ours), _stamp_place(theirs)
        if here is None or here != there:
            return theirs
        if is_first and key not in self.stamps:
            self.stamps[key] = _word(theirs, here) - _word(ours, here) & 0xFFFFFFFF
        for way, place in ((key, here), ((key[1], key[0]), here + 4)):
            shift = self.stamps.get(way)
            if shift and _word(theirs, place) - _word(ours, place) & 0xFFFFFFFF == shift:
                theirs = _shifted(theirs, place, -shift)
        return theirs


def _stamp_place(packet: Packet) -> int | None:
    """Where in the TCP header the two words of its timestamp option are."""
    tcp = packet.headers.tcp
    at, options = 0, tcp.options if tcp is not None else b""
    while at + 1 < len(options) and options[at] != 0:
        if options[at] == 8 and options[at + 1] == 10 and at + 10 <= len(options):
            return 20 + at + 2
        at += 1 if options[at] == 1 else max(options[at + 1], 2)
    return None


def _word(packet: Packet, place: int) -> int:
    at = packet.headers.payload_offset + place
    return int.from_bytes(packet.data[at : at + 4], "big")


def _shifted(packet: Packet, place: int, by: int) -> Packet:
    value = (_word(packet, place) + by & 0xFFFFFFFF).to_bytes(4, "big")
    return packet.patched(place, value) if place % 2 == 0 else packet


def _quote(packet: Packet) -> bytes:
    """What an ICMP error is about, or nothing."""
    headers = packet.headers
    if headers.icmp is None or headers.fragment_offset:
        return b""
    kinds = {3, 4, 5, 11, 12} if headers.family == 4 else {1, 2, 3, 4}
    return packet.data[headers.payload_offset + 8 :] if headers.icmp.type in kinds else b""


_REDIRECT, _TARGET_MAC, _FRAGMENT = 137, 2, 44


def _without_target_mac(packet: bytearray) -> bytearray:
    """A neighbour discovery redirect without the option that holds the better hop's MAC.

    The kernel adds it when it knows that MAC; here it knows every MAC from the start.
    """
    if packet[80] == _TARGET_MAC:
        del packet[80:88]
    packet[4:6] = packet[42:44] = b"\0\0"  # length and checksum follow from it
    return packet


def _without_fragment_ident(packet: bytearray) -> bytes:
    """An IPv6 fragment without its ident, which the one who cuts draws."""
    if len(packet) >= 48 and packet[6] == _FRAGMENT:
        packet[44:48] = b"\0\0\0\0"
    return bytes(packet)


def masked(data: bytes, made_here: bool, on_wire: bool) -> bytes:
    """The packet without what only the kernel can know.

    Of any packet: the ident of an IPv6 fragment. Of one that the kernel made: the IPv4 ident
    (unless it is a TCP one's zero) and with it the header checksum, if that was right; the IPv6
    flow label; in a trace also the transport checksum, which the device fills in later.
    """
    if data and data[0] >> 4 == 6:
        data = _without_fragment_ident(bytearray(data))
    if not data or not made_here:
        return data
    packet = bytearray(data)
    if packet[0] >> 4 == 4 and len(packet) >= 20:
        size = (packet[0] & 15) * 4
        right = checksum(bytes(packet[:size])) == 0
        if not packet[6] & 0x40 or packet[9] == IPPROTO_ICMP:
            packet[4:6] = b"\0\0"
        if right:
            packet[10:12] = b"\0\0"
    elif packet[0] >> 4 == 6 and len(packet) >= 40:
        packet[1:4] = bytes((packet[1] & 0xF0, 0, 0))
        if len(packet) > 88 and packet[6] == IPPROTO_ICMPV6 and packet[40] == _REDIRECT:
            packet = _without_target_mac(packet)
    if not on_wire:
        headers = Packet(bytes(packet)).headers
        place = CHECKSUM_OFFSET.get(headers.protocol)
        if place is not None:
            at = headers.payload_offset + place
            packet[at : at + 2] = b"\0\0"
    return bytes(packet)
