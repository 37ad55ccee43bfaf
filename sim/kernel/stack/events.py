"""Things that happen to the host between packets: a device goes down or up, or is renumbered.

What the kernel does to routes then (fib_disable_ip, addrconf_ifdown), and MASQUERADE's
forgetting (net/netfilter/nf_nat_masquerade.c).
"""

from __future__ import annotations

from sim.base.frozen import replace
from sim.kernel.conntrack.core import CtEvent
from sim.kernel.routing.core import Routing
from sim.kernel.routing.fib import hops_of
from sim.kernel.stack.core import Stack
from sim.model.host import Host, IfAddress, Interface, InterfaceAddress
from sim.packet.packet import Address
from sim.packet.script import DeviceChange, Event
from sim.trace.outcomes.events import CameUp, HostEvent, Renumbered, WentDown


def apply_event(stack: Stack, event: Event) -> tuple[tuple[CtEvent, ...], HostEvent]:
    """DeviceChange the host; what conntrack forgot because of it, and what happened."""
    host = stack.runtime.host
    interface = host.interfaces[event.iface]
    events: tuple[CtEvent, ...] = ()
    if event.action is DeviceChange.DOWN:
        host = go_down(host, interface)
        happened: HostEvent = WentDown(event.iface)
        events = stack.tracker.interface_event(event.iface)
        stack.bridges.forget(event.iface)
    elif event.action is DeviceChange.UP:
        host = come_up(host, interface)
        happened = CameUp(event.iface)
    else:
        host, gone = _renumbered(host, interface, event.address)
        happened = Renumbered(event.iface, event.address)
        for address in gone:
            events += stack.tracker.interface_event(event.iface, address)
    use_host(stack, host)
    return events, happened


def use_host(stack: Stack, host: Host) -> None:
    """From here on the host is this one."""
    stack.routing = Routing(host, stack.routing.seed)
    stack.runtime.host = host
    stack.runtime.routing = stack.routing
    stack.sockets.host = host
    stack.conversation.host = host
    stack.xfrm.host = host
    stack.xfrm.routing = stack.routing


def _with(host: Host, interface: Interface) -> Host:
    return replace(host, interfaces={**host.interfaces, interface.name: interface})


def come_up(host: Host, interface: Interface) -> Host:
    """Its addresses are there as the latest; other routes do not come back."""
    return _with(host, replace(interface, up=True, addresses=_anew(host, interface.addresses)))


def go_down(host: Host, interface: Interface) -> Host:
    """Routes through the device are deleted, and its IPv6 addresses but the link-local one."""
    kept = tuple(
        entry
        for entry in interface.addresses
        if entry.address.version == 4 or entry.address.ip.is_link_local
    )
    routes = tuple(
        route
        for route in host.routes
        if route.nexthops or all(hop.dev != interface.name for hop in hops_of(route))
    )
    return replace(_with(host, replace(interface, up=False, addresses=kept)), routes=routes)


def _renumbered(
    host: Host, interface: Interface, new: InterfaceAddress
) -> tuple[Host, list[Address]]:
    """The addresses of that family are replaced by one (IPv6 keeps the link-local one)."""
    gone: list[Address] = [
        entry.address.ip
        for entry in interface.addresses
        if entry.address.version == new.version
        and not entry.address.ip.is_link_local
        and entry.address.ip != new.ip
    ]
    kept = tuple(
        entry
        for entry in interface.addresses
        if entry.address.version != new.version or entry.address.ip.is_link_local
    )
    added = _anew(host, (IfAddress(new),))
    return _with(host, replace(interface, addresses=(*kept, *added))), gone


def _anew(host: Host, entries: tuple[IfAddress, ...]) -> tuple[IfAddress, ...]:
    """The addresses as the latest: their routes come behind all that are there."""
    everywhere = (entry for other in host.interfaces.values() for entry in other.addresses)
    latest = 1 + max((entry.added for entry in everywhere), default=0)
    return tuple(replace(entry, added=latest) for entry in entries)
