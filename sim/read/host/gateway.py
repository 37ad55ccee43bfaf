"""Would the kernel take a route? Its gateway and device, checked as it checks them.

fib_check_nh (net/ipv4/fib_semantics.c), ip6_route_check_nh (net/ipv6/route.c). Works on the
draft, so that a script's commands are judged by what holds when their turn comes.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address

from sim.base.frozen import replace
from sim.model.host import Interface, Network, Nexthop, Route, RouteKind
from sim.packet.packet import Address
from sim.read.host.route_list import RouteList
from sim.read.host.values import is_link_local

NEEDS_NO_DEVICE = frozenset(
    {RouteKind.BLACKHOLE, RouteKind.UNREACHABLE, RouteKind.PROHIBIT, RouteKind.THROW}
)


class RouteNotTaken(ValueError):
    """The kernel says no; the text says why, ``hint`` what to do."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.hint = hint


def taken(route: Route, interfaces: dict[str, Interface], routes: RouteList) -> Route:
    """The route as the kernel stores it, its device filled in. Raises ``RouteNotTaken``.

    ``routes``: which are there; it may be one of them itself, and does not help itself.
    """
    if route.kind in NEEDS_NO_DEVICE:
        return route
    if route.src is not None and route.src not in _addresses(interfaces):
        raise RouteNotTaken(f"{route.src} is no address of the host", "src takes an own address")
    if route.nexthops:
        hops = tuple(
            Nexthop(hop.via, _device(route, hop.via, hop.dev, interfaces, routes), hop.weight)
            for hop in route.nexthops
        )
        return replace(route, nexthops=hops)
    return replace(route, dev=_device(route, route.via, route.dev, interfaces, routes))


def _device(
    route: Route,
    via: Address | None,
    dev: str,
    interfaces: dict[str, Interface],
    routes: RouteList,
) -> str:
    if not dev and via is None:
        raise RouteNotTaken("a route needs a gateway or a device", 'add "via" or "dev"')
    if dev and dev in interfaces and not interfaces[dev].up:
        raise RouteNotTaken(f"{dev} is down")
    if via is None:
        return dev
    if route.onlink:
        if not dev:
            raise RouteNotTaken("onlink needs a device", 'add "dev"')
        if via in _addresses(interfaces):
            raise RouteNotTaken(f"{via} is the host's own address")
        return dev
    if isinstance(via, IPv6Address):
        return _device6(route, via, dev, interfaces, routes)
    return _device4(route, via, dev, interfaces, routes)


def _device4(
    route: Route,
    via: Address,
    dev: str,
    interfaces: dict[str, Interface],
    routes: RouteList,
) -> str:
    """Where a look-up of the gateway that sees only on-link routes leads to."""
    for name, address in _owners(interfaces):
        if address == via and dev in ("", name):
            if not interfaces[name].up:
                raise RouteNotTaken(f"{name} is down")
            return name
    found = _on_link(
        via, dev, interfaces, routes, lambda r: r is not route and r.table in (254, route.table)
    )
    if found is None:  # a policy rule may lead to another table; which one is not looked at
        found = _on_link(via, dev, interfaces, routes, lambda r: r is not route)
    if found is None:
        raise _unreachable(via, dev, interfaces)
    name, network = found
    if via == network.broadcast_address and network.prefixlen < 31:
        raise RouteNotTaken(f"{via} is a broadcast address")
    return name


def _device6(
    route: Route,
    via: IPv6Address,
    dev: str,
    interfaces: dict[str, Interface],
    routes: RouteList,
) -> str:
    if is_link_local(via):
        if not dev:
            raise RouteNotTaken("a link-local gateway needs a device", 'add "dev"')
        return dev
    if via in _addresses(interfaces):
        raise RouteNotTaken(f"{via} is the host's own address")
    found = _on_link(via, dev, interfaces, routes, lambda r: r is not route)
    if found is None:
        raise _unreachable(via, dev, interfaces)
    return found[0]


def _on_link(
    via: Address,
    dev: str,
    interfaces: dict[str, Interface],
    routes: RouteList,
    counts: Callable[[Route], bool],
) -> tuple[str, Network] | None:
    """The narrowest network that a device reaches directly and ``via`` is in: an address's before
    a route's. ``counts``: which routes do."""
    best: tuple[str, Network] | None = None
    for name, network in connected(interfaces):
        fits = via.version == network.version and via in network and dev in ("", name)
        if fits and (best is None or network.prefixlen > best[1].prefixlen):
            best = (name, network)
    for route in routes.directly(via):
        if best is not None and route.prefix.prefixlen <= best[1].prefixlen:
            break
        found = interfaces.get(route.dev)
        if found is not None and found.up and dev in ("", route.dev) and counts(route):
            return route.dev, route.prefix
    return best


def connected(interfaces: dict[str, Interface]) -> list[tuple[str, Network]]:
    """The networks that up interfaces are in by their addresses."""
    return [
        (interface.name, (entry.peer or entry.address).network)
        for interface in interfaces.values()
        if interface.up
        for entry in interface.addresses
        if not entry.noprefixroute
    ]


def _owners(interfaces: dict[str, Interface]) -> list[tuple[str, Address]]:
    return [(i.name, entry.address.ip) for i in interfaces.values() for entry in i.addresses]


def _addresses(interfaces: dict[str, Interface]) -> set[Address]:
    return {address for _, address in _owners(interfaces)}


def _unreachable(via: Address, dev: str, interfaces: dict[str, Interface]) -> RouteNotTaken:
    if not dev:
        return RouteNotTaken(f"{via} is not in the subnet of any interface",
                        'say through which one with "dev"')  # fmt: skip
    found = interfaces.get(dev)
    shown = ", ".join(str(entry.address) for entry in found.addresses) if found else ""
    return RouteNotTaken(
        f"{via} cannot be reached directly through {dev} ({shown or 'no address'}), "
        "so the kernel refuses it as a gateway",
        'add "onlink" if it is meant',
    )
