"""What the host sends through a bridge: the frame's addresses and the ports it leaves by.

net/bridge/br_device.c (br_dev_xmit) and br_forward.c. The hooks of IP are behind it then: the
packet has passed POSTROUTING with ``-o br0``, and no port is known to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address

from sim.base.frozen import replace
from sim.base.values import address_text
from sim.kernel.bridge.ports import ports_of
from sim.kernel.far.frames import far_mac, multicast_mac
from sim.kernel.stack.answering import end_told, send_error
from sim.kernel.stack.bridge_fit import PortCut, cut, fits, port_mtu
from sim.kernel.stack.bridge_hooks import asks, filtered
from sim.kernel.stack.core import Stack
from sim.kernel.stack.skb import Skb
from sim.model.host import Interface, RouteKind
from sim.model.replies import ReplyKind
from sim.model.rules import FrameHook, Hook
from sim.packet.icmp import V6_TOO_BIG
from sim.packet.kinds import PacketType
from sim.packet.packet import Address, Link, Packet
from sim.trace.outcomes.bridge import BehindPort, NeighbourLine, NoPort, PortUnknown, ToEveryPort
from sim.trace.outcomes.decided import ByDevice, ByPart, FateVerdict
from sim.trace.outcomes.departures import Left
from sim.trace.outcomes.routing import DoesNotFitPort, InFragments, LostAtPort
from sim.trace.steps import Emitted, Sent, Step

BROADCAST = "ff:ff:ff:ff:ff:ff"


def has_ports(stack: Stack, name: str) -> Interface | None:
    """The bridge of that name, if it is one and the text tells its ports."""
    host = stack.runtime.host
    bridge = host.interface(name)
    if bridge is None or bridge.kind != "bridge" or not ports_of(host, name):
        return None
    return bridge


def resolved(stack: Stack, bridge: Interface, address: Address) -> str:
    """Who answers for ``address`` on the bridge; empty when nobody can say.

    A neighbour of the text, else whoever sent from that address, else the only one there is.
    """
    host = stack.runtime.host
    talk = stack.conversation
    mac = talk.neighbour_mac(bridge.name, address) or talk.sender_mac(bridge.name, address)
    ports = ports_of(host, bridge.name)
    return mac or (far_mac(ports[0].index) if len(ports) == 1 else "")


def transmit(stack: Stack, skb: Skb, bridge: Interface, pieces: Sequence[Packet]) -> Iterator[Step]:
    """br_dev_xmit: the frame goes to the port behind which its receiver is, or to all."""
    target = skb.next_hop or skb.packet.headers.dst
    mac = _destination(stack, skb, bridge, target)
    if not mac:
        yield from nobody_knows(stack, skb, bridge, target)
        return
    ports = stack.bridges.targets(bridge, mac)
    if stack.bridges.is_local(bridge, mac):
        ports = ()
    link = Link(bridge.mac, mac, PacketType.HOST)
    if ports != stack.bridges.flood(bridge):
        yield stack.note(skb, BehindPort(mac, ports))
    elif len(ports) > 1:
        yield stack.note(skb, ToEveryPort(mac, bridge.name))
    is_seen = asks(stack, FrameHook.OUTPUT) or asks(stack, FrameHook.POSTROUTING)
    if ports and (is_seen or skb.physout):
        yield from _one_by_one(stack, skb, bridge, link, [(p, o) for p in pieces for o in ports])
        return
    yield from leave(stack, skb, bridge.name, ports, link, pieces)


def _one_by_one(
    stack: Stack, skb: Skb, bridge: Interface, link: Link, ways: Sequence[tuple[Packet, str]]
) -> Iterator[Step]:
    """__br_forward: ebtables sees each frame at each port alone, and may stop it there."""
    copies = [skb]
    for number, (piece, port) in enumerate(ways):
        packet = replace(piece, link=link)
        if number:
            packet = replace(packet, id=stack.runtime.new_packet_id())
            copies.append(replace(skb, packet=packet, is_main=False, depth=skb.depth + 1))
            reason = ReplyKind.FLOOD if port != ways[0][1] else ReplyKind.FRAGMENT
            yield stack.recorder.step(
                Emitted, packet, stack.where(copies[-1]), parent=skb.packet.id, reason=reason
            )
        else:
            skb.packet = replace(packet, id=skb.packet.id)
    for place, (copy, (_, port)) in enumerate(zip(copies, ways, strict=True)):
        copy.is_shared = place < len(ways) - 1
        yield from _through_port(stack, copy, bridge, port)


def through_ports(stack: Stack, skb: Skb, bridge: Interface, mac: str) -> Iterator[Step]:
    """br_dev_xmit for a frame that is no IP packet: its addresses are there already."""
    ports = stack.bridges.targets(bridge, mac)
    assert skb.packet.link is not None
    if not ports or stack.bridges.is_local(bridge, mac):
        why = NoPort(bridge.name, mac)
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.BRIDGE, why)
        return
    ways = [(skb.packet, port) for port in ports]
    yield from _one_by_one(stack, skb, bridge, skb.packet.link, ways)


def _through_port(stack: Stack, skb: Skb, bridge: Interface, port: str) -> Iterator[Step]:
    for hook in (FrameHook.OUTPUT, FrameHook.POSTROUTING):
        if not (yield from filtered(stack, skb, hook, bridge, out=port)):
            return
    found = PortCut((skb.packet,))
    if skb.bridge is not None and skb.physout:
        # br_nf_post_routing takes TEE's copy of a bridged frame for a bridged frame itself, and
        # cuts it as the fragments that the frame was gathered from.
        if not (yield from stack.hook(skb, Hook.POSTROUTING, "", bridge.name)):
            return
        skb.fragments = replace(skb.fragments, largest=skb.bridge.largest_fragment, sizes=())
        found = cut(stack, skb, port)
    if not found.pieces:
        yield from does_not_fit(stack, skb, port, found.told)
        return
    assert skb.packet.link is not None
    yield from leave(stack, skb, bridge.name, (port,), skb.packet.link, found.pieces)


def does_not_fit(stack: Stack, skb: Skb, port: str, told: int = 0) -> Iterator[Step]:
    """Too long for a port, and not to be cut. ``told``: the MTU that an IPv6 sender learns."""
    size, mtu = len(skb.packet.data), told or port_mtu(stack, port)
    has_df = skb.packet.family == 4 and skb.packet.headers.dont_fragment
    if told and skb.packet.family == 6:
        yield from send_error(stack, skb, V6_TOO_BIG, 0, ReplyKind.PACKET_TOO_BIG, told)
    yield from end_told(stack, skb, ByPart.MTU, DoesNotFitPort(size, port, mtu, has_df))


def nobody_knows(stack: Stack, skb: Skb, bridge: Interface, target: Address) -> Iterator[Step]:
    """The host would ask on every port; the text does not say who would answer."""
    why, need = PortUnknown(bridge.name, target), NeighbourLine(target, bridge.name)
    at = ByDevice(bridge.name)
    yield from stack.end(skb, FateVerdict.UNDETERMINED, at, why, need=need)


def leave(
    stack: Stack, skb: Skb, bridge: str, ports: Sequence[str], link: Link, pieces: Sequence[Packet]
) -> Iterator[Step]:
    """The frames go on the wire of each port, and the packet has its fate."""
    if not ports:
        nowhere = NoPort(bridge, link.dst_mac)
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.BRIDGE, nowhere)
        return
    ways = [(piece, port) for piece in pieces for port in ports if fits(stack, piece, port)]
    if not ways:
        yield from does_not_fit(stack, skb, ports[0])
        return
    hop = address_text(skb.next_hop) if skb.next_hop is not None else ""
    where = stack.where(skb)
    if len(pieces) > 1:
        yield stack.note(skb, InFragments(len(pieces)))
    for piece, port in ways:
        yield stack.recorder.step(Sent, replace(piece, link=link), where, iface=port, next_hop=hop)
    for port in ports:
        lost = sum(not fits(stack, piece, port) for piece in pieces)
        if lost:
            mtu = port_mtu(stack, port)
            yield stack.note(skb, LostAtPort(lost, len(pieces) > 1, port, mtu))
    ports = tuple(port for port in ports if all(fits(stack, piece, port) for piece in pieces))
    ports = ports or (ways[0][1],)
    verdict = left_as(skb)
    out = ports[0] if len(ports) == 1 else bridge
    if not skb.packet.is_arp:
        for port in ports:
            stack.conversation.note_sent(port, replace(skb.packet, link=link))
    why = Left(verdict, out, skb.packet, skb.because)
    yield from stack.end(skb, verdict, ByDevice(out), why, out=out)


def left_as(skb: Skb) -> FateVerdict:
    """What a packet that leaves has become."""
    return FateVerdict.FORWARDED if skb.is_forwarded else FateVerdict.SENT


def _destination(stack: Stack, skb: Skb, bridge: Interface, target: Address) -> str:
    if skb.kind is RouteKind.BROADCAST:
        return BROADCAST
    if target.is_multicast:
        return multicast_mac(target)
    if isinstance(target, IPv4Address) and int(target) == 0xFFFFFFFF:
        return BROADCAST
    return resolved(stack, bridge, target)
