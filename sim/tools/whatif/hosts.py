"""Another host: a listener, a route, a neighbour or a sysctl more, a device that is up or wider."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sim.model.host import NO_WAY, Host, RouteKind
from sim.packet.headers import PORT_PROTOCOLS
from sim.packet.packet import Address
from sim.tell.render import protocol_text
from sim.trace.outcomes.decided import ByPart
from sim.trace.steps import Fate, Routed, Step

PASSES = ("forwarded", "sent", "delivered")
HOST_LINE = "a line of the host"
MOST_DEVICES = 4
EXAMPLE_MAC = "02:00:00:00:00:01"  # of one's own making (RFC 7042 2.1); the page says so


def host_lines(steps: list[Step], fate: Fate, host: Host) -> Iterator[tuple[str, str]]:
    """Kind and text."""
    for text in listeners(fate):
        yield HOST_LINE, text
    routed = next((one for one in reversed(steps) if isinstance(one, Routed)), None)
    if routed is not None:
        yield from _devices(routed, fate, host)
        yield from _routes(routed, steps, fate, host)
    for text in _sysctls(steps, fate):
        yield HOST_LINE, text


def listeners(fate: Fate) -> list[str]:
    """The listener that was missing, if the packet came as far as the sockets."""
    if fate.at is not ByPart.SOCKET or fate.verdict in PASSES or fate.packet.is_arp:
        return []
    headers = fate.packet.headers
    if headers.protocol not in PORT_PROTOCOLS or headers.dport is None:
        return []
    any_address = "0.0.0.0" if headers.family == 4 else "[::]"
    return [f"listen {protocol_text(headers.protocol)} {any_address}:{headers.dport}"]


def narrow_mtu(routed: Routed, fate: Fate, host: Host) -> int:
    """The MTU that a packet did not fit, 0: it was not that."""
    device = host.interfaces.get(routed.route.dev)
    if fate.at not in (ByPart.ROUTING, ByPart.MTU) or device is None:
        return 0
    return device.mtu if len(fate.packet.data) > device.mtu else 0


def _devices(routed: Routed, fate: Fate, host: Host) -> Iterator[tuple[str, str]]:
    """A device that is up, that takes so long a packet, a neighbour that answers on it."""
    if fate.at is ByPart.ROUTING and routed.route.kind in NO_WAY:
        down = (one.name for one in host.interfaces.values() if not one.up)
        for name in islice(down, MOST_DEVICES):
            yield HOST_LINE, f"ip link set {name} up"
    if narrow_mtu(routed, fate, host):
        yield HOST_LINE, f"ip link set {routed.route.dev} mtu {len(fate.packet.data)}"
    if fate.at is ByPart.NEIGHBOUR:
        hop = routed.route.via or fate.packet.headers.dst
        kind = f"{HOST_LINE}, with the neighbour's address"
        yield kind, f"neighbour {hop} dev {routed.route.dev} mac {EXAMPLE_MAC}"


def _routes(routed: Routed, steps: list[Step], fate: Fate, host: Host) -> Iterator[tuple[str, str]]:
    """A route where there was no way: by a next hop, or with the destination as a neighbour."""
    if fate.at is not ByPart.ROUTING or routed.route.kind not in NO_WAY:
        return
    to = fate.packet.headers.dst
    # A route that says no is passed by with a longer prefix; where there is none, a default does.
    prefix = "default" if routed.route.kind is RouteKind.NONE else str(to)
    come = {step.where.in_iface for step in steps}
    ways = [one for one in host.interfaces if one != "lo" and one not in come][:MOST_DEVICES]
    for dev in ways:
        for hop, is_known in next_hops(dev, to.version, host):
            # The address of a router that no text names is an example, and the page says so.
            kind = HOST_LINE if is_known else f"{HOST_LINE}, with your router's address"
            yield kind, f"route {prefix} via {hop} dev {dev}"
    for dev in ways:
        if any(one.address.version == to.version for one in host.interfaces[dev].addresses):
            yield HOST_LINE, f"route {to} dev {dev}"


def next_hops(dev: str, family: int, host: Host) -> Iterator[tuple[Address, bool]]:
    """Routers that the host text names on a device, else one that its subnet could have."""
    named = [one.via for one in host.routes if one.dev == dev and one.via is not None]
    named += [one.address for one in host.neighbours if one.dev == dev and not one.failed]
    known = [one for one in dict.fromkeys(named) if one.version == family]
    for hop in known[:2]:
        yield hop, True
    if known:
        return
    for entry in host.interfaces[dev].addresses:
        network = entry.address.network
        if network.version == family and network.num_addresses > 3 and not network.is_link_local:
            # By habit the last address in IPv4, the first in IPv6.
            usual = (network[-2], network[1]) if family == 4 else (network[1], network[2])
            yield usual[0] if usual[0] != entry.address.ip else usual[1], False
            return


def _sysctls(steps: list[Step], fate: Fate) -> Iterator[str]:
    if fate.at is not ByPart.ROUTING:
        return
    device = next((s.where.in_iface for s in steps if s.where.in_iface), "")
    if fate.packet.family == 6:
        yield "sysctl net.ipv6.conf.all.forwarding = 1"
        return
    yield "sysctl net.ipv4.ip_forward = 1"
    if device:
        yield f"sysctl net.ipv4.conf.{device}.forwarding = 1"
        yield f"sysctl net.ipv4.conf.{device}.rp_filter = 2"
        yield f"sysctl net.ipv4.conf.{device}.rp_filter = 0"
        yield "sysctl net.ipv4.conf.all.rp_filter = 0"  # the larger of the two counts
        yield f"sysctl net.ipv4.conf.{device}.route_localnet = 1"
        yield f"sysctl net.ipv4.conf.{device}.accept_local = 1"
