"""The Ethernet header that a packet comes in with: what was said, else the obvious one."""

from __future__ import annotations

from enum import Enum
from functools import cache
from ipaddress import IPv4Address

from sim.base.frozen import dataclass
from sim.model.host import Host, Interface
from sim.model.ipsec import State
from sim.packet.arp import REQUEST, arp_of
from sim.packet.kinds import PacketType
from sim.packet.packet import Address, Link, Packet
from sim.packet.script import Inject, InjectArp

BROADCAST = "ff:ff:ff:ff:ff:ff"


class CrossedAs(Enum):
    """How a packet was at a place."""

    ARRIVED = "arrived"
    SENT = "sent"
    LOCAL = "local"  # made by the host
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A packet as it was at one place."""

    line: int
    way: CrossedAs
    place: str
    packet: Packet
    carried: tuple[Packet, tuple[State, ...]] | None = None  # what IPsec packed, and how


@dataclass(frozen=True, slots=True)
class Frames:
    """Reads ``crossings``, which the conversation keeps, for who is behind which port."""

    host: Host
    crossings: list[Crossing]

    def link(self, statement: Inject, data: bytes) -> Link:
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

    def arp_macs(self, statement: InjectArp) -> tuple[str, str]:
        """Source and destination of an ARP message's frame: a request is for everybody."""
        port = self.host.interfaces.get(statement.iface) or Interface(statement.iface)
        bridge = self._bridge(statement.iface) or port
        source = statement.src_mac or statement.sender_mac
        source = source or self.neighbour_mac(bridge.name, statement.sender)
        if not source and bridge is not port:
            source = next((mac for mac, dev in self.host.fdb if dev == port.name), "")
        target = statement.dst_mac or BROADCAST
        if statement.operation != REQUEST and not statement.dst_mac:
            target = statement.target_mac or self._receiver(bridge, statement.target)
        return source or far_mac(port.index), target

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
        kind = PacketType.HOST if target in own else kind_of(target, port.mac)
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
            if int(address) == 0xFFFFFFFF:
                return BROADCAST
            for entry in interface.addresses:
                network = entry.address.network
                if network.broadcast_address == address and network.prefixlen < 31:
                    return BROADCAST
        return own

    def _src_mac(self, interface: Interface, address: Address) -> str:
        """The neighbour's, when the text tells it; else that of an unnamed router there."""
        for neighbour in self.host.neighbours:
            if (neighbour.dev, neighbour.address) == (interface.name, address) and neighbour.mac:
                return neighbour.mac
        return far_mac(interface.index)

    def sender_mac(self, bridge: str, address: Address) -> str:
        """The MAC of whoever sent from ``address`` into a bridge, the latest; or nothing."""
        for crossing in reversed(self.crossings):
            interface = self.host.interfaces.get(crossing.place)
            if (
                crossing.way is CrossedAs.ARRIVED
                and interface is not None
                and interface.master == bridge
                and crossing.packet.link is not None
            ):
                message = arp_of(crossing.packet)
                if message is not None and message.sender == address and message.sender_mac:
                    return message.sender_mac.to_bytes(6, "big").hex(":")
                is_ip = message is None and crossing.packet.data[0] >> 4 in (4, 6)
                if is_ip and crossing.packet.headers.src == address:
                    return crossing.packet.link.src_mac
        return ""

    def back(self, last: Crossing) -> tuple[str, str]:
        """Source and destination of the frame that answers one which left by a bridge port."""
        link, bridge = last.packet.link, self._bridge(last.place)
        if link is None or bridge is None:
            return "", ""
        return "" if _is_group(link.dst_mac) else link.dst_mac, link.src_mac

    def _bridge(self, place: str) -> Interface | None:
        interface = self.host.interfaces.get(place)
        master = self.host.interfaces.get(interface.master) if interface is not None else None
        return master if master is not None and master.kind == "bridge" else None


WITHOUT_ETHERNET = frozenset(
    {"tun", "wireguard", "ppp", "sit", "ipip", "gre", "none", "tunnel", "xfrm", "loopback"}
)


@cache
def far_mac(index: int) -> str:
    """The MAC of whoever is behind an interface, where the text tells nothing better."""
    return f"02:00:00:01:{index >> 8 & 255:02x}:{index & 255:02x}"


def multicast_mac(address: Address) -> str:
    """RFC 1112, section 6.4; RFC 2464, section 7."""
    tail = address.packed
    head = (0x33, 0x33, tail[-4]) if address.version == 6 else (0x01, 0x00, 0x5E)
    low = (tail[-3] & 0x7F if address.version == 4 else tail[-3], tail[-2], tail[-1])
    return ":".join(f"{byte:02x}" for byte in (*head, *low))


def kind_of(dst_mac: str, own: str) -> PacketType:
    """What ``eth_type_trans`` makes of a frame's destination (net/ethernet/eth.c)."""
    if dst_mac == BROADCAST:
        return PacketType.BROADCAST
    if int(dst_mac[:2] or "0", 16) & 1:
        return PacketType.MULTICAST
    return PacketType.HOST if dst_mac == own or not own else PacketType.OTHERHOST


def _is_group(mac: str) -> bool:
    return bool(int(mac[:2] or "0", 16) & 1)
