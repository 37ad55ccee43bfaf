"""Addresses and devices of the host as boxes have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address

from sim.base.intervals import Intervals, both, of_values, outside
from sim.model.host import Interface, Network, RouteKind
from sim.model.routing import Query
from sim.packet.kinds import CtState
from sim.packet.packet import Address
from sim.tools.advice.boxes import SOME_DEVICE, Box, device, states
from sim.tools.advice.case import Case

# Somewhere far away: addresses for documentation and tests (RFC 5737, 2544, 3849).
_FAR: tuple[Address, ...] = (
    IPv4Address("198.51.100.77"), IPv4Address("203.0.113.77"), IPv4Address("192.0.2.77"),
    IPv4Address("198.18.200.77"), IPv6Address("2001:db8:ffff::77"),
    IPv6Address("2001:db8:eeee::77"),
)  # fmt: skip
SYN, SYN_ACK = of_values([2]), of_values([18])
FROM_OUTSIDE = both(SOME_DEVICE, outside(device("lo"), SOME_DEVICE[0][1]))
TCP, UDP = of_values([6]), of_values([17])


def address_of(family: int, value: int) -> Address:
    return IPv4Address(value) if family == 4 else IPv6Address(value)


def inside(network: Network) -> Intervals:
    return ((int(network.network_address), int(network.broadcast_address)),)


def subnets(interface: Interface, family: int) -> Iterator[Network]:
    """The networks of the device's own addresses, link-local ones aside."""
    for entry in interface.addresses:
        network = (entry.peer or entry.address).network
        if network.version == family and not network.is_link_local:
            yield network


def opening(family: int, protocol: Intervals, **fields: Intervals) -> Box:
    """The first packet of a connection."""
    base = {"protocol": protocol, "later_fragment": of_values([0]), "state": states(CtState.NEW)}
    if protocol == TCP:
        base["flags"] = SYN
    return Box(family, {**base, **fields})


def answer_to(box: Box) -> Box:
    """The first answer to a packet of the box, as the same hook, or OUTPUT for INPUT, sees it."""
    mirror = {"src": "dst", "dst": "src", "iif": "oif", "oif": "iif",
              "sport": "dport", "dport": "sport"}  # fmt: skip
    fields = {
        mirror.get(name, name): values
        for name, values in box.fields.items()
        if name not in ("state", "flags", "icmp")
    }
    fields["state"] = states(CtState.ESTABLISHED)
    if fields.get("protocol") == TCP:
        fields["flags"] = SYN_ACK
    return Box(box.family, fields)


def words_of(family: int, values: Intervals) -> str:
    """A network, an address or a range, as a person writes it; empty for everything."""
    whole = (1 << (32 if family == 4 else 128)) - 1
    if values == ((0, whole),) or len(values) != 1:
        return ""
    low, high = values[0]
    size = high - low + 1
    if size & (size - 1) or low % size:
        return ""
    length = (32 if family == 4 else 128) - (size.bit_length() - 1)
    return f"{address_of(family, low)}/{length}"


def names(found: Iterable[str], most: int = 4) -> str:
    """A list for a sentence."""
    words = list(dict.fromkeys(found))
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def far(case: Case, family: int) -> Address:
    """An address that is in no network of the host's own devices, if there is one."""
    near = [net for device in case.devices.values() for net in subnets(device, family)]
    mine = [address for address in _FAR if address.version == family]
    return next((each for each in mine if not any(each in net for net in near)), mine[0])


def default_device(case: Case, family: int) -> str:
    """The device towards the rest of the world, empty if there is none."""
    route = case.routing.lookup(Query(far(case, family)))
    return route.dev if route.kind is RouteKind.UNICAST else ""
