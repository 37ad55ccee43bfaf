"""What the kernel picks at random: ports of NAT, sequence numbers of listeners, IP idents.

The simulation picks too and says so. The first time a pick of the kernel is seen beside the
simulation's, the pair is remembered: what goes in afterwards is rewritten to the kernel's pick,
what comes out to the simulation's, so that everything else can be compared byte by byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from playground.lab.account import Datagram
from sim.packet.checksum import checksum
from sim.packet.fragment_header import fragment_header
from sim.packet.headers import (
    ACK,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_UDP,
    IPV6_FRAGMENT,
    SYN,
    dissect,
)
from sim.packet.packet import CHECKSUM_OFFSET, Address, Packet, sealed
from sim.trace import steps as t

Port = tuple[int, Address | None, int]  # protocol, whose port, port; of an ICMP id nobody's


def _port(packet: Packet, source: bool) -> int | None:
    """A port; ICMP's one id counts as its source port."""
    headers = packet.headers
    if headers.icmp is not None:
        return headers.icmp.ident if source else None
    return headers.sport if source else headers.dport


def _key(packet: Packet, source: bool, port: int) -> Port:
    """Another address may have the same port by another pick; an ICMP id serves both ways."""
    whose = None if packet.headers.icmp is not None else _address(packet, source)
    return packet.headers.protocol, whose, port


def _address(packet: Packet, source: bool) -> Address:
    return packet.headers.src if source else packet.headers.dst


def _with_port(packet: Packet, source: bool, port: int) -> Packet:
    headers = packet.headers
    if source:
        return packet.with_source(headers.src, port)
    return packet.with_destination(headers.dst, port)


TIMESTAMP_REPLY = 14
NEAR = 1 << 24  # as far as a conversation's sequence numbers go from the first


@dataclass
class Chances:
    """The pairs of one case."""

    random: set[Port] = field(default_factory=set)  # the simulation's picks
    ports: dict[Port, int] = field(default_factory=dict)  # simulation's -> kernel's
    numbers: dict[int, int] = field(default_factory=dict)  # first sequence number -> how far off
    answered: set[int] = field(default_factory=set)  # ports whose SYN got a random number back
    stamps: dict[int, int] = field(default_factory=dict)  # the same for timestamps (RFC 7323)

    fresh: bool = False  # a connection begins here, so a pick known so far may be made again

    def expect(self, steps: Sequence[t.Step]) -> None:
        """Learn from a statement's steps which picks are random."""
        self.is_touched = False
        self.fresh = any(
            isinstance(step, t.Conntrack) and step.event == "created" for step in steps
        )
        for step in steps:
            if isinstance(step, t.NatApplied) and step.at_random:
                for source in (True, False):
                    port, before = _port(step.packet, source), _port(step.before, source)
                    # A pick may happen to be the port that was there.
                    moved = _address(step.packet, source) != _address(step.before, source)
                    if port is not None and (port != before or moved):
                        self.random.add(_key(step.packet, source, port))

    def to_kernel(self, packet: Packet) -> Packet:
        """A packet that goes in, with the kernel's picks in place of the simulation's."""
        if packet.is_arp:
            return packet
        quote = _quote(packet)
        if _is_readable(quote):
            told = self.to_kernel(Packet(quote)).data
            if told != quote:
                data = sealed(packet.data[: len(packet.data) - len(quote)] + told)
                packet = replace(packet, data=data)
        for source in (True, False):
            port = _port(packet, source)
            known = self.ports.get(_key(packet, source, port)) if port is not None else None
            if known is not None:
                packet = _with_port(packet, source, known)
        tcp = packet.headers.tcp
        if tcp is not None:
            for at, number in ((4, tcp.seq), (8, tcp.ack)):
                shift = _shift(self.numbers, number)
                if shift:
                    packet = packet.patched(at, (number + shift & 0xFFFFFFFF).to_bytes(4, "big"))
            if tcp.sport in self.answered and tcp.flags & ACK and not _shift(self.numbers, tcp.ack):
                self.is_touched = True  # whether that is old or too new is up to chance
        place = _stamp_place(packet)
        for at in () if place is None else (place, place + 4):
            packet = _moved(packet, at, _shift(self.stamps, _word(packet, at)))
        return packet

    @property
    def differs(self) -> bool:
        """Has the kernel picked a port other than the simulation's?"""
        return any(key[2] != port for key, port in self.ports.items())

    is_touched: bool = False  # something of this statement differs by a pick

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
            if mine is None or other is None:
                continue
            key = _key(ours, source, mine)
            if key not in self.random:
                continue
            if self.fresh or key not in self.ports:
                self.ports[key] = other
            if self.ports[key] == other:
                theirs = _with_port(theirs, source, mine)
        theirs = self._numbers(ours, theirs, made_here)
        theirs = _timed(ours, theirs) if made_here else theirs
        theirs = self._quoted(ours, theirs, made_here)
        self.is_touched = self.is_touched or theirs.data != seen
        return theirs.data

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
        if made_here and there.flags & (SYN | ACK) == SYN | ACK:
            self.numbers[here.seq] = there.seq - here.seq & 0xFFFFFFFF
            self.answered.add(here.dport)
        if made_here and there.flags & (SYN | ACK) == SYN:  # SYNPROXY hides its number there
            theirs = theirs.patched(8, here.ack.to_bytes(4, "big"))
        for at, mine, other in ((4, here.seq, there.seq), (8, here.ack, there.ack)):
            shift = _shift(self.numbers, mine)
            if shift and other - mine & 0xFFFFFFFF == shift:
                theirs = theirs.patched(at, mine.to_bytes(4, "big"))
        return self._stamps(ours, theirs, bool(made_here) and there.flags & SYN != 0)

    def read(self, ours: Sequence[Datagram], theirs: Sequence[Datagram]) -> None:
        """A source port that INPUT picked at random: only the process that reads sees it."""
        for mine in ours:
            key = (IPPROTO_UDP, ip_address(mine.source), mine.sport)
            same = (other for other in theirs if mine._replace(sport=other.sport) == other)
            seen = next(same, None) if key in self.random and key not in self.ports else None
            if seen is not None:
                self.ports[key] = seen.sport

    def hear(self, ours: Sequence[bytes], theirs: Sequence[bytes]) -> None:
        """TCP headers of answers to a SYN, and all that was traced: ``lo`` has no wire that shows
        them, and it may be that no rule but TRACE meets them."""
        for mine in ours:
            for other in theirs:
                if other[:4] == mine[:4] and len(other) >= 20 and _is_syn_ack(other[13]):
                    first, seen = (int.from_bytes(data[4:8], "big") for data in (mine, other))
                    self.numbers[first] = seen - first & 0xFFFFFFFF
                    self.answered.add(int.from_bytes(mine[2:4], "big"))
                    break

    def _stamps(self, ours: Packet, theirs: Packet, is_first: bool) -> Packet:
        """Timestamps like sequence numbers: the clock behind them is the kernel's own."""
        place = _stamp_place(ours)
        if place is None or place != _stamp_place(theirs):
            return theirs
        if is_first and theirs.headers.tcp and theirs.headers.tcp.flags & ACK:
            mine = _word(ours, place)
            self.stamps[mine] = _word(theirs, place) - mine & 0xFFFFFFFF
        for at in (place, place + 4):
            shift = _shift(self.stamps, _word(ours, at))
            if shift and _word(theirs, at) - _word(ours, at) & 0xFFFFFFFF == shift:
                theirs = _moved(theirs, at, -shift)
        return theirs


def _timed(ours: Packet, theirs: Packet) -> Packet:
    """A timestamp reply tells the time of this machine, not that of the host text's clock."""
    here, there = ours.headers.icmp, theirs.headers.icmp
    if here is None or there is None or ours.family != 4:
        return theirs
    if (here.type, there.type) != (TIMESTAMP_REPLY,) * 2 or len(theirs.payload) < 20:
        return theirs
    return theirs.patched(12, ours.payload[12:20])


def _is_syn_ack(flags: int) -> bool:
    return flags & (SYN | ACK) == SYN | ACK


def _shift(known: dict[int, int], number: int) -> int:
    for first, shift in reversed(known.items()):
        if number - first & 0xFFFFFFFF < NEAR:
            return shift
    return 0


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


def _moved(packet: Packet, place: int, by: int) -> Packet:
    if not by or place % 2:
        return packet
    return packet.patched(place, (_word(packet, place) + by & 0xFFFFFFFF).to_bytes(4, "big"))


def _quote(packet: Packet) -> bytes:
    """What an ICMP error is about, or nothing."""
    headers = packet.headers
    if headers.icmp is None or headers.fragment_offset:
        return b""
    kinds = {3, 4, 5, 11, 12} if headers.family == 4 else {1, 2, 3, 4}
    return packet.data[headers.payload_offset + 8 :] if headers.icmp.type in kinds else b""


def _is_readable(quote: bytes) -> bool:
    """A quote may be cut or lie; in what nobody can read the kernel's picks stand nowhere."""
    try:
        dissect(quote)
    except ValueError:
        return False
    return True


_REDIRECT, _TARGET_MAC = 137, 2


def _without_target_mac(packet: bytearray) -> bytearray:
    """A neighbour discovery redirect without the option that holds the better hop's MAC.

    The kernel adds it when it knows that MAC; here it knows every MAC from the start.
    """
    if packet[80] == _TARGET_MAC:
        del packet[80:88]
    packet[4:6] = packet[42:44] = b"\0\0"  # length and checksum follow from it
    return packet


def _without_fragment_ident(packet: bytearray) -> bytes:
    """An IPv6 fragment without its ident, which the one who cuts draws; it may be cut again."""
    header = fragment_header(bytes(packet)) if len(packet) >= 40 else None
    named, at = (6, 40) if header is None else (header.named_at, header.at)
    while len(packet) >= at + 8 and packet[named] == IPV6_FRAGMENT:
        packet[at + 4 : at + 8] = b"\0\0\0\0"
        named, at = at, at + 8
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
        _without_transport_checksum(packet)
    return bytes(packet)


def _without_transport_checksum(packet: bytearray) -> None:
    try:
        headers = Packet(bytes(packet)).headers
    except ValueError:
        return
    place = CHECKSUM_OFFSET.get(headers.protocol)
    if place is not None and not headers.fragment_offset:
        at = headers.payload_offset + place
        if len(packet) >= at + 2:
            packet[at : at + 2] = b"\0\0"


def masked_with_quote(data: bytes) -> bytes:
    """An ICMP error of the kernel's about a packet of its own: nothing of either is kept that
    ``masked`` takes away, nor the ICMP checksum, which covers the quoted packet."""
    packet = bytearray(masked(data, True, False))
    quote = _quote(Packet(bytes(packet)))
    if len(quote) < 20:
        return bytes(packet)
    return bytes(packet[: len(packet) - len(quote)]) + masked_with_quote(quote)


def is_equal(wanted: bytes, seen: bytes, made_here: bool, on_wire: bool) -> bool:
    """Are they the same packet, as far as can be known?"""
    if masked(wanted, made_here, on_wire) == masked(seen, made_here, on_wire):
        return True
    if not made_here:
        return False
    try:
        return masked_with_quote(wanted) == masked_with_quote(seen)
    except ValueError:
        return False
