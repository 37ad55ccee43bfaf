"""A packet: its bytes, and what rides beside them in the kernel's skb.

The bytes are the truth. ``headers`` reads them, the ``with_...`` methods return a new packet
with other bytes and the checksums mended the way the kernel mends them.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from sim.base.frozen import dataclass, replace
from sim.packet.checksum import checksum, pseudo_header, updated
from sim.packet.headers import (
    IPPROTO_DCCP,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
    Headers,
    dissect,
)
from sim.packet.kinds import CtState, PacketType

Address = IPv4Address | IPv6Address

# Offset of the checksum inside the transport header.
CHECKSUM_OFFSET = {
    IPPROTO_TCP: 16,
    IPPROTO_UDP: 6,
    IPPROTO_UDPLITE: 6,
    IPPROTO_DCCP: 6,
    IPPROTO_ICMPV6: 2,
    IPPROTO_ICMP: 2,
}
# Their checksum covers the pseudo header, so a change of address changes it.
PSEUDO_HEADER_PROTOCOLS = frozenset(
    {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, IPPROTO_DCCP, IPPROTO_ICMPV6}
)


@dataclass(frozen=True, slots=True)
class Link:
    """The Ethernet side of a packet that came in; ``kind`` is what ``-m pkttype`` sees."""

    src_mac: str = ""  # lower case, colons; empty when the device has no Ethernet header
    dst_mac: str = ""
    kind: PacketType = PacketType.HOST
    ethertype: int = 0  # 0: that of the IP version


@dataclass(frozen=True, slots=True)
class Owner:
    """The socket that a local packet came from.

    ``has_file`` is false for the kernel's own control sockets (they send ICMP errors and RST):
    ``--socket-exists`` and an inverted uid match them, a plain uid never does.
    """

    uid: int
    gid: int
    groups: tuple[int, ...] = ()
    has_file: bool = True
    pid: int | None = None
    sid: int | None = None
    command: str | None = None
    cgroup: str | None = None  # cgroup2 path of the process, from the root; None: not said


@dataclass(frozen=True, slots=True)
class Transform:
    """One IPsec state: ``mode`` is transport or tunnel, ``protocol`` 50 (ESP), 51 or 108."""

    protocol: int
    mode: str
    spi: int = 0
    reqid: int = 0
    source: Address | None = None  # the tunnel's ends
    destination: Address | None = None


@dataclass(frozen=True, slots=True)
class Summed:
    """What is known of the checksum since somebody looked (``skb->ip_summed``, ``csum``).

    ``total``: the 16-bit sum of the whole packet as it was then; ``None``: none is kept.
    ``is_valid``: it came out right (``csum_valid``).
    """

    total: int | None = None
    is_valid: bool = False


NOT_SUMMED = Summed()


@dataclass(frozen=True, slots=True)
class Packet:
    """One skb. ``data`` starts at the IP header.

    ``id`` tells skbs apart within a run: what the host sends in answer has its own.
    ``flow`` is the id of the conntrack entry it is attached to, ``ct_state`` netfilter's word
    for how (``NEW``, ``ESTABLISHED``, ``RELATED``, ``UNTRACKED``, or ``INVALID``: no entry).
    """

    data: bytes
    id: int = 0
    mark: int = 0
    link: Link | None = None
    owner: Owner | None = None
    flow: int | None = None
    ct_state: CtState = CtState.INVALID
    ct_reply: bool = False  # travels in the flow's reply direction
    is_attached: bool = False  # to what an untracked packet has: to no entry, yet CT finds it taken
    template: object = None  # the ``key`` of the -j CT rule whose template it has until conntrack
    priority: int = 0  # tc class, set by CLASSIFY
    secpath: tuple[Transform, ...] = ()  # IPsec transforms undone on the way in, outermost first
    transforms: tuple[Transform, ...] = ()  # those the route still has for it on the way out
    given_to: object = None  # the host.Socket that TPROXY gave it to; delivery asks no further
    unknown: bytes = b""  # mask of the bits of ``data`` that no scenario can know (chance)
    summed: Summed = NOT_SUMMED
    is_copy: bool = False  # made by TEE, or in answer to what TEE made: TEE leaves it alone

    @property
    def headers(self) -> Headers:
        return dissect(self.data)

    @property
    def family(self) -> int:
        return self.data[0] >> 4

    @property
    def ethertype(self) -> int:
        """The protocol that the Ethernet header names or will name."""
        if self.link is not None and self.link.ethertype:
            return self.link.ethertype
        return 0x86DD if self.data[:1] and self.family == 6 else 0x0800

    @property
    def is_arp(self) -> bool:
        """An ARP message: ``data`` begins with it, and there is no IP header."""
        return self.link is not None and self.link.ethertype == 0x0806

    @property
    def payload(self) -> bytes:
        """From the transport header on, cut at the length that the IP header claims."""
        headers = self.headers
        return self.data[headers.payload_offset : max(headers.payload_offset, headers.length)]

    def with_mark(self, mark: int) -> Packet:
        return replace(self, mark=mark & 0xFFFFFFFF)

    def with_ttl(self, ttl: int) -> Packet:
        """TTL or hop limit; IPv4's header checksum follows incrementally."""
        if self.family == 6:
            return replace(self, data=self.data[:7] + bytes((ttl,)) + self.data[8:])
        return self._with_ip4(8, bytes((ttl, self.data[9])))

    def with_tos(self, tos: int) -> Packet:
        """TOS or traffic class, all eight bits."""
        if self.family == 6:
            word = int.from_bytes(self.data[:2], "big") & 0xF00F | tos << 4
            return replace(self, data=word.to_bytes(2, "big") + self.data[2:])
        return self._with_ip4(0, bytes((self.data[0], tos)))

    def with_source(self, address: Address, port: int | None = None) -> Packet:
        """Another source address and, unless ``None``, source port (ICMP query: the id)."""
        return self._with_end(address, port, source=True)

    def with_destination(self, address: Address, port: int | None = None) -> Packet:
        """Another destination address and, unless ``None``, destination port."""
        return self._with_end(address, port, source=False)

    def with_transport(self, payload: bytes) -> Packet:
        """Another transport part of any length; lengths and all checksums are made anew."""
        offset = self.headers.payload_offset
        return replace(self, data=sealed(self.data[:offset] + payload))

    def patched(self, at: int, new: bytes) -> Packet:
        """Transport bytes at offset ``at`` of the transport header replaced, checksum updated.

        ``at`` and the length of ``new`` are even. A UDP checksum of zero stays zero.
        """
        headers = self.headers
        start = headers.payload_offset + at
        old = self.data[start : start + len(new)]
        data = bytearray(self.data)
        data[start : start + len(new)] = new
        _mend(data, headers, old, new)
        return replace(self, data=bytes(data))

    def _with_ip4(self, at: int, new: bytes) -> Packet:
        old = self.data[at : at + len(new)]
        data = bytearray(self.data)
        data[at : at + len(new)] = new
        data[10:12] = updated(int.from_bytes(data[10:12], "big"), old, new).to_bytes(2, "big")
        return replace(self, data=bytes(data))

    def _with_end(self, address: Address, port: int | None, *, source: bool) -> Packet:
        headers = self.headers
        data = bytearray(self.data)
        size = 4 if headers.family == 4 else 16
        at = (12 if headers.family == 4 else 8) + (0 if source else size)
        old_address, new_address = bytes(data[at : at + size]), address.packed
        data[at : at + size] = new_address
        if headers.family == 4:
            data[10:12] = updated(
                int.from_bytes(data[10:12], "big"), old_address, new_address
            ).to_bytes(2, "big")
        if headers.fragment_offset:
            return replace(self, data=bytes(data))
        old, new = b"", b""
        if headers.protocol in PSEUDO_HEADER_PROTOCOLS:
            old, new = old_address, new_address
        if port is not None:
            place = _port_place(headers, source)
            if place is not None and len(data) >= headers.payload_offset + place + 2:
                start = headers.payload_offset + place
                old += bytes(data[start : start + 2])
                new += port.to_bytes(2, "big")
                data[start : start + 2] = port.to_bytes(2, "big")
        if old != new:
            _mend(data, headers, old, new)
        return replace(self, data=bytes(data))


def _port_place(headers: Headers, source: bool) -> int | None:
    if headers.protocol in (IPPROTO_ICMP, IPPROTO_ICMPV6):
        return 4
    if headers.sport is None:
        return None
    return 0 if source else 2


def _mend(data: bytearray, headers: Headers, old: bytes, new: bytes) -> None:
    """Update the transport checksum in place for bytes that changed under it."""
    if headers.protocol == IPPROTO_SCTP:
        _mend_sctp(data, headers.payload_offset)
        return
    place = CHECKSUM_OFFSET.get(headers.protocol)
    if place is None:
        return
    at = headers.payload_offset + place
    if len(data) < at + 2:
        return
    current = int.from_bytes(data[at : at + 2], "big")
    if headers.protocol == IPPROTO_UDP and current == 0:
        return  # no checksum was computed by the sender
    value = updated(current, old, new)
    if headers.protocol == IPPROTO_UDP and value == 0:
        value = 0xFFFF
    data[at : at + 2] = value.to_bytes(2, "big")


def sealed(data: bytes) -> bytes:
    """The packet with its total length and every checksum we know made right.

    A packet that is a fragment keeps its transport checksum: it covers bytes not seen here.
    """
    packet = bytearray(data)
    if packet[0] >> 4 == 4:
        packet[2:4] = len(packet).to_bytes(2, "big")
        size = (packet[0] & 15) * 4
        packet[10:12] = b"\0\0"
        packet[10:12] = checksum(bytes(packet[:size])).to_bytes(2, "big")
    else:
        packet[4:6] = (len(packet) - 40).to_bytes(2, "big")
    headers = dissect(bytes(packet))
    if headers.is_fragment:
        return bytes(packet)
    at = headers.payload_offset
    if headers.protocol == IPPROTO_SCTP:
        _mend_sctp(packet, at)
        return bytes(packet)
    place = CHECKSUM_OFFSET.get(headers.protocol)
    if place is None or len(packet) < at + place + 2:
        return bytes(packet)
    packet[at + place : at + place + 2] = b"\0\0"
    part = bytes(packet[at:])
    prefix = b""
    if headers.protocol in PSEUDO_HEADER_PROTOCOLS:
        prefix = pseudo_header(headers.src.packed, headers.dst.packed, headers.protocol, len(part))
    value = checksum(prefix + part)
    if headers.protocol == IPPROTO_UDP and value == 0:
        value = 0xFFFF
    packet[at + place : at + place + 2] = value.to_bytes(2, "big")
    return bytes(packet)


def _mend_sctp(data: bytearray, at: int) -> None:
    """SCTP has a CRC32c over the whole transport part (RFC 9260, appendix A)."""
    if len(data) < at + 12:
        return
    data[at + 8 : at + 12] = b"\0\0\0\0"
    data[at + 8 : at + 12] = crc32c(bytes(data[at:])).to_bytes(4, "little")


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
