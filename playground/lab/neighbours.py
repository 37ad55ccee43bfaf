"""Who answers on the laboratory's wires: those of whom the walk takes it for granted.

Nobody is behind a wire, so the kernel is told each neighbour before it would ask. A walk that
sends to somebody else than the kernel shows: the kernel then asks for a neighbour it lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import NamedTuple

from sim.kernel.far.frames import far_mac
from sim.model.host import Host
from sim.packet.packet import Address
from sim.trace import steps as t


class Known(NamedTuple):
    """``is_guess``: only where nobody is known to have that address."""

    address: Address
    dev: str
    mac: str
    is_guess: bool = False


@dataclass
class Neighbours:
    """Those around one host. ``senders``: what came into a bridge, and from which MAC last."""

    host: Host
    senders: dict[tuple[Address, str], str] = field(default_factory=dict)

    def named(self) -> Iterator[Known]:
        """Those of the host text that answer, from the start."""
        for item in self.host.neighbours:
            interface = self.host.interface(item.dev)
            if interface is not None and not item.failed:
                yield Known(item.address, item.dev, item.mac or far_mac(interface.index))

    def assumed(self, steps: Iterable[t.Step]) -> Iterator[Known]:
        """Those that the walk of a statement needs and the host text says nothing more of."""
        named = {(n.address, n.dev) for n in self.host.neighbours if n.mac or n.failed}
        for known in self._all(steps):
            is_named = (known.address, known.dev) in named
            if not is_named and _may_be_a_neighbour(self.host, known.address):
                yield known

    def _all(self, steps: Iterable[t.Step]) -> Iterator[Known]:
        for step in steps:
            packet = step.packet
            if not packet.data or packet.is_arp:
                continue
            if isinstance(step, t.Arrived):
                self._remember(step)
            elif isinstance(step, t.Sent):
                yield from _receiver(self.host, step)
            elif isinstance(step, t.NatApplied):
                yield from self._on_a_bridge(packet.headers.dst, step.where.in_iface)
            elif isinstance(step, t.Routed):
                target = step.route.via or packet.headers.dst
                yield from self._on_a_bridge(target, step.route.dev)

    def _remember(self, step: t.Arrived) -> None:
        interface, link = self.host.interface(step.where.in_iface), step.packet.link
        if interface is not None and interface.master and link is not None and link.src_mac:
            self.senders[step.packet.headers.src, interface.master] = link.src_mac

    def _on_a_bridge(self, target: Address, dev: str) -> Iterator[Known]:
        """Whoever sent from there last; behind the only port where nobody did (``resolved``)."""
        interface = self.host.interface(dev)
        bridge = interface.master or interface.name if interface is not None else ""
        ports = [one for one in self.host.interfaces.values() if bridge and one.master == bridge]
        if (target, bridge) in self.senders:
            yield Known(target, bridge, self.senders[target, bridge])
        elif len(ports) == 1:
            yield Known(target, bridge, far_mac(ports[0].index), True)


def _receiver(host: Host, step: t.Sent) -> Iterator[Known]:
    interface, link = host.interface(step.iface), step.packet.link
    if interface is None:
        return
    target = ip_address(step.next_hop or step.packet.headers.dst)
    mac = link.dst_mac if link is not None and interface.master else ""
    mac = mac or far_mac(interface.index)
    is_bridged = interface.master and not step.next_hop and step.where.physin
    if not int(mac[:2], 16) & 1 and not is_bridged:
        yield Known(target, interface.master or interface.name, mac)


def _may_be_a_neighbour(host: Host, address: Address) -> bool:
    """Even one of the host's own: it may have lost the address, or have it on another link."""
    if address.is_multicast or address.is_unspecified or address.is_loopback:
        return False
    for device in host.interfaces.values():
        for item in device.addresses:
            network = item.address.network
            broadcast = network.broadcast_address
            if str(address) == "255.255.255.255":
                return False
            if address == broadcast and address.version == 4 and network.prefixlen < 31:
                return False
    return True


def is_question(message: bytes, failed: Iterable[Address]) -> bool:
    """Is it an ARP request for somebody of whom the host text says that nobody answers?"""
    target = message[24:28]
    return message[6:8] == b"\0\1" and any(item.packed == target for item in failed)


def scope_of(host: Host, address: Address, indexes: dict[str, int]) -> int:
    """The index of the device that has an IPv6 address; 0: none has, or it is an IPv4 address.

    A process says it beside a link-local address, and where it sends to a link or a group.
    """
    if address.version == 4:
        return 0
    for device in host.interfaces.values():
        if any(item.address.ip == address for item in device.addresses):
            return indexes[device.name]
    return 0
