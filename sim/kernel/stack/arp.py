"""ARP as the host takes it: arptables, who is asked for, the answer (net/ipv4/arp.c).

What the host asks itself is not told: a neighbour answers unless the text says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from sim.kernel.routing.core import either_setting, setting, setting_everywhere
from sim.kernel.routing.input import Heading, route_input
from sim.kernel.stack.arp_send import arp_hook, made, on_wire, told
from sim.kernel.stack.bridge_out import has_ports, through_ports
from sim.kernel.stack.core import Stack
from sim.kernel.stack.skb import Skb
from sim.model.host import Interface
from sim.model.kernel_settings import Met
from sim.model.replies import ReplyKind
from sim.model.rules import FrameHook
from sim.packet.arp import ETH_P_ARP, REPLY, REQUEST, Arp, arp_bytes, arp_of
from sim.packet.kinds import PacketType
from sim.packet.packet import Link, Packet, sealed
from sim.trace.outcomes.arp import (
    ArpAnswered,
    ArpIgnoreUnknown,
    ArpNotAnswered,
    ArpTaken,
    ArpUnknown,
    AskerNotHere,
    GratuitousArp,
    NotIpv4,
    NotToldHere,
)
from sim.trace.outcomes.arrival import ArrivedDown, Before, Discarded, FrameForOther, NoArpHere
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.decided import ByDevice, ByPart, FateVerdict
from sim.trace.steps import Arrived, Step


def arrive_arp(stack: Stack, packet: Packet, iface: str) -> Iterator[Step]:
    """A message comes from the wire of a device that is no bridge's port."""
    skb = Skb(packet, in_iface=iface, dev=iface)
    yield stack.recorder.step(Arrived, packet, stack.where(skb))
    interface = stack.runtime.host.interface(iface)
    if interface is None or not interface.up:
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ARRIVAL, ArrivedDown(iface))
        return
    yield from receive_arp(stack, skb, iface, iface)


def receive_arp(stack: Stack, skb: Skb, dev: str, port: str) -> Iterator[Step]:
    """arp_rcv and arp_process: come in on ``dev``, through ``port`` if that is a bridge."""
    interface = stack.runtime.host.interface(dev)
    assert interface is not None
    link, message = skb.packet.link, arp_of(skb.packet)
    if interface.noarp or (
        link is not None and link.kind in (PacketType.OTHERHOST, PacketType.LOOPBACK)
    ):
        why = Discarded(NoArpHere(dev) if interface.noarp else FrameForOther(dev), Before.HOOKS)
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ARRIVAL, why)
        return
    if not (yield from arp_hook(stack, skb, FrameHook.ARP_INPUT, dev)):
        return
    if message is None or message.sender is None or message.target is None:
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ARP, NotIpv4())
        return
    if message.sender == message.target and either_setting(
        stack.runtime.host, dev, "drop_gratuitous_arp"
    ):
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ARP, GratuitousArp(dev))
        return
    if message.operation == REQUEST:
        if not (yield from stack.meets(skb, Met.ARP, ByPart.ARP)):
            return
        is_own = _is_own(stack, message)
        if not is_own and not (yield from stack.meets(skb, Met.PROXY, ByPart.ARP)):
            return
    need = _unknown(stack, interface, message)
    if need is not None:
        yield from stack.end(skb, FateVerdict.UNDETERMINED, ByPart.ARP, ArpUnknown(), need=need)
        return
    if message.operation == REQUEST and _is_answered(stack, interface, message):
        stack.conversation.note_arp(port, skb.packet)
        yield from _answer(stack, skb, interface, message)
        answered = ArpAnswered(message.target, interface.mac, skb.because)
        yield from stack.end(skb, FateVerdict.DELIVERED, ByDevice(dev), answered)
        return
    if message.operation == REPLY:
        stack.conversation.note_arp(port, skb.packet)
        taken = ArpTaken(message.sender, dev, skb.because)
        yield from stack.end(skb, FateVerdict.DELIVERED, ByDevice(dev), taken)
        return
    cause: Cause = NotToldHere(message.target, dev)
    if _is_own(stack, message):
        cause = AskerNotHere(message.sender, dev)
    yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ARP, ArpNotAnswered(cause))


def _unknown(stack: Stack, interface: Interface, message: Arp) -> Cause | None:
    """Values of arp_ignore that are not modelled, where they count."""
    if message.operation == REQUEST and _ignore(stack, interface) not in (0, 1, 8):
        return ArpIgnoreUnknown()
    return None


def _ignore(stack: Stack, interface: Interface) -> int:
    """IN_DEV_MAXCONF: the stricter of the device's own and everybody's."""
    host = stack.runtime.host
    own = setting(host, interface.name, "arp_ignore")
    return max(own, setting_everywhere(host, "arp_ignore"))


def _is_own(stack: Stack, message: Arp) -> bool:
    return message.target is not None and stack.routing.is_local(message.target)


def _is_answered(stack: Stack, interface: Interface, message: Arp) -> bool:
    """arp_process: the host has the address, and routing takes the sender for a real one."""
    assert message.target is not None
    assert message.sender is not None
    if not _is_own(stack, message) or message.target.is_loopback or message.target.is_multicast:
        return False
    ignore = _ignore(stack, interface)
    here = {entry.address.ip for entry in interface.addresses}
    if ignore == 8 or (ignore == 1 and message.target not in here):
        return False
    if int(message.sender) == 0:  # it only asks whether somebody has the address
        return True
    question = Packet(_ip_packet(message.sender, message.target))
    return route_input(stack.routing, question, interface.name).action is Heading.LOCAL


def _ip_packet(source: IPv4Address, destination: IPv4Address) -> bytes:
    """What ip_route_input is asked about: nothing but the two ends."""
    head = bytes.fromhex("450000140000000040000000")
    return sealed(head + source.packed + destination.packed)


def _answer(stack: Stack, skb: Skb, interface: Interface, message: Arp) -> Iterator[Step]:
    assert message.target is not None
    assert message.sender is not None
    asker = (message.sender_mac or 0).to_bytes(6, "big").hex(":")
    data = arp_bytes(REPLY, interface.mac, message.target, asker, message.sender)
    packet = Packet(data, link=Link(interface.mac, asker, ethertype=ETH_P_ARP))
    out = made(stack, skb, packet, interface.name)
    yield told(stack, skb, out, ReplyKind.ARP_REPLY)
    if not (yield from arp_hook(stack, out, FrameHook.ARP_OUTPUT, out_iface=interface.name)):
        return
    bridge = has_ports(stack, interface.name)
    if bridge is None:
        yield from on_wire(stack, out, interface.name)
        return
    yield from through_ports(stack, out, bridge, asker)
