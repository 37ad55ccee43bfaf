"""Routing tables of one host: what its text says and what the kernel derives from addresses.

IPv4: fib_add_ifaddr and fib_magic (net/ipv4/fib_frontend.c), fib_table_lookup (fib_trie.c).
IPv6: addrconf.c and ip6_fib.c. Choosing among tables is policy routing: ``routing``.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network

from sim.base.frozen import replace
from sim.base.kept import Kept
from sim.model.host import Host, IfAddress, Interface, Nexthop, Route, RouteKind
from sim.packet.packet import Address

LOCAL, MAIN, DEFAULT = 255, 254, 253
TABLE_NAMES = {LOCAL: "local", MAIN: "main", DEFAULT: "default"}

# What IPv6 gives a route that names no metric, and its own connected routes.
USER_METRIC_6, KERNEL_METRIC_6 = 1024, 256

IPV6_MULTICAST = IPv6Network("ff00::/8")


class Fib:
    """All tables of a host, longest prefix first. Routes of devices that are down are absent.

    IPv4's local addresses stay reachable on a device that is down; IPv6 removes them.
    """

    def __init__(self, host: Host) -> None:
        self.has_own_local_routes = any(
            route.kind is RouteKind.LOCAL and route.family == 4 for route in host.routes
        )
        # (family, table) -> prefix length -> network as a number -> routes in order of choice
        self._tables: dict[tuple[int, int], dict[int, dict[int, list[Route]]]] = {}
        self._lengths: dict[tuple[int, int], list[int]] = {}
        taken: set[tuple[object, ...]] = set()
        for route in derived_routes(host):
            if (alive := living(host, route)) is not None:
                taken.add(_identity(alive))
                self._add(alive)
        for route in host.routes:
            alive = living(host, route)
            if alive is None or _identity(alive) in taken:
                continue  # dead, or a pasted listing that repeats what the addresses imply
            taken.add(_identity(alive))
            self._add(alive)
        for key, lengths in self._tables.items():
            self._lengths[key] = sorted(lengths, reverse=True)

    def _add(self, route: Route) -> None:
        lengths = self._tables.setdefault((route.family, route.table), {})
        networks = lengths.setdefault(route.prefix.prefixlen, {})
        routes = networks.setdefault(int(route.prefix.network_address), [])
        routes.append(route)
        routes.sort(key=lambda entry: (-entry.tos, entry.metric))

    def covering(self, family: int, table: int, address: Address) -> Iterator[Route]:
        """The routes of one table whose prefix holds ``address``, best first."""
        width = 32 if family == 4 else 128
        number = int(address)
        key = (family, table)
        tables = self._tables.get(key)
        if tables is None:
            return
        for length in self._lengths[key]:
            shift = width - length
            yield from tables[length].get(number >> shift << shift, ())


_FIBS = Kept[Host, Fib](Fib)


def fib_of(host: Host) -> Fib:
    """Made once for a host: each walk on it, and each change that is tried on its rules, has it."""
    return _FIBS.of(host)


def _identity(route: Route) -> tuple[object, ...]:
    """What two routes of one table cannot share. IPv6 lets several devices have one prefix."""
    place = (route.family, route.prefix, route.table, route.tos, route.metric)
    if route.family == 6 or route.table == LOCAL:
        return (*place, route.kind, route.dev, route.via)
    return place


def living(host: Host, route: Route) -> Route | None:
    """The route without its dead next hops, with what IPv6 fills in; ``None``: all are dead."""
    if route.family == 6 and route.metric == 0:
        route = replace(route, metric=USER_METRIC_6)
    if route.nexthops:
        hops = tuple(hop for hop in route.nexthops if _is_up(host, hop.dev))
        return replace(route, nexthops=hops) if hops else None
    if route.dev and not _is_up(host, route.dev):
        # A local address outlives its device's link (fib_sync_down_dev spares that scope).
        return route if route.family == 4 and route.kind is RouteKind.LOCAL else None
    return route


def _is_up(host: Host, dev: str) -> bool:
    interface = host.interface(dev)
    return interface is not None and interface.up


def hops_of(route: Route) -> tuple[Nexthop, ...]:
    """Its next hops, one or more; a route without a device (blackhole) has one empty hop."""
    return route.nexthops or (Nexthop(route.via, route.dev),)


def scope_of(route: Route) -> str:
    """A route's scope; one that names a device but no gateway has scope link."""
    if route.scope != "global" or route.family == 6 or route.kind is not RouteKind.UNICAST:
        return route.scope
    return "global" if any(hop.via is not None for hop in hops_of(route)) else "link"


def derived_routes(host: Host) -> Iterator[Route]:
    """What the kernel puts into the tables by itself, from the addresses of the devices."""
    everywhere = [(at, entry) for at in host.interfaces.values() for entry in at.addresses]
    for interface, entry in sorted(everywhere, key=lambda pair: pair[1].added):
        if isinstance(entry.address, IPv4Interface):
            yield from _from_address4(interface, entry)
        elif interface.up and not entry.tentative:
            yield from _from_address6(host, interface, entry, entry.address)
    for interface in host.interfaces.values():
        if interface.up and has_ipv6(host, interface):
            multicast = Route(
                6, IPV6_MULTICAST, dev=interface.name, table=LOCAL, kind=RouteKind.MULTICAST
            )
            if interface.kind != "loopback":
                yield replace(multicast, metric=KERNEL_METRIC_6)


def _from_address4(interface: Interface, entry: IfAddress) -> Iterator[Route]:
    assert isinstance(entry.address, IPv4Interface)
    address = entry.address.ip
    network = (entry.peer or entry.address).network
    assert isinstance(network, IPv4Network)
    primary = primary_of(interface, entry)
    made = Route(
        4, IPv4Network(address), dev=interface.name, src=primary, table=LOCAL, kind=RouteKind.LOCAL,
        scope="host",
    )  # fmt: skip
    yield made
    if not interface.up:
        return
    broadcast = replace(made, kind=RouteKind.BROADCAST, scope="link")
    if entry.broadcast is not None and int(entry.broadcast) != 0xFFFFFFFF:
        yield replace(broadcast, prefix=IPv4Network(int(entry.broadcast)))
    is_host_prefix = network.prefixlen == 32 and network.network_address == address
    if entry.secondary or is_host_prefix or int(network.network_address) == 0:
        return
    if interface.kind == "loopback":
        yield replace(made, prefix=network)
    elif not entry.noprefixroute:
        yield replace(made, prefix=network, table=MAIN, kind=RouteKind.UNICAST, scope="link")
    if network.prefixlen < 31:
        yield replace(broadcast, prefix=IPv4Network(network.broadcast_address))


def primary_of(interface: Interface, entry: IfAddress) -> Address:
    """The address that speaks for a secondary one: the first of its subnet."""
    if not entry.secondary:
        return entry.address.ip
    network = (entry.peer or entry.address).network
    for other in interface.addresses:
        if (other.peer or other.address).network == network and not other.secondary:
            return other.address.ip
    return entry.address.ip


def _from_address6(
    host: Host, interface: Interface, entry: IfAddress, address: IPv6Interface
) -> Iterator[Route]:
    made = Route(
        6,
        IPv6Network(address.ip),
        dev=interface.name,
        table=LOCAL,
        kind=RouteKind.LOCAL,
        scope="global",
    )
    yield made
    network = entry.peer.network if entry.peer is not None else address.network
    assert isinstance(network, IPv6Network)
    if network.network_address in anycast_addresses(host, interface):
        yield replace(made, prefix=IPv6Network(network.network_address), kind=RouteKind.ANYCAST)
    if not entry.noprefixroute:
        yield replace(
            made, prefix=network, table=MAIN, kind=RouteKind.UNICAST, metric=KERNEL_METRIC_6
        )


def anycast_addresses(host: Host, interface: Interface) -> frozenset[IPv6Address]:
    """The subnet-router anycast addresses that a router has on a device (addrconf_join_anycast)."""
    if not interface.up or interface.kind == "loopback" or not forwards6(host, interface):
        return frozenset()
    networks = (
        entry.peer.network if entry.peer is not None else entry.address.network
        for entry in interface.addresses
        if entry.address.version == 6 and not entry.tentative
    )  # fmt: skip
    return frozenset(
        network.network_address
        for network in networks
        if isinstance(network, IPv6Network) and network.prefixlen < 127
    )


def has_ipv6(host: Host, interface: Interface) -> bool:
    """Does the device take part in IPv6 at all?"""
    setting = host.sysctl(f"net.ipv6.conf.{interface.name}.disable_ipv6", "")
    if not setting:
        setting = host.sysctl("net.ipv6.conf.all.disable_ipv6", "0")
    return setting == "0"


def forwards6(host: Host, interface: Interface) -> bool:
    """The device's own forwarding flag: whether it behaves as a router's."""
    everywhere = host.sysctl("net.ipv6.conf.all.forwarding", "0")
    return host.sysctl(f"net.ipv6.conf.{interface.name}.forwarding", everywhere) != "0"


def route_text(route: Route) -> str:
    """The route as ``ip route`` prints it, as far as it was said."""
    bits = route.prefix.prefixlen
    if bits == 0:
        prefix = "default"
    elif bits == route.prefix.max_prefixlen:
        prefix = str(route.prefix.network_address)
    else:
        prefix = str(route.prefix)
    words = [prefix] if route.kind is RouteKind.UNICAST else [route.kind, prefix]
    if route.tos:
        words.append(f"tos {route.tos:#04x}")
    if route.nexthops:
        for hop in route.nexthops:
            via = f" via {hop.via}" if hop.via is not None else ""
            words.append(f"nexthop{via} dev {hop.dev} weight {hop.weight}")
    else:
        if route.via is not None:
            words.append(f"via {route.via}")
        if route.dev:
            words.append(f"dev {route.dev}")
    if route.table != MAIN:
        words.append(f"table {TABLE_NAMES.get(route.table, str(route.table))}")
    if route.src is not None:
        words.append(f"src {route.src}")
    if route.metric and not (route.family == 6 and route.metric == USER_METRIC_6):
        words.append(f"metric {route.metric}")
    if route.mtu:
        words.append(f"mtu {'lock ' if route.mtu_locked else ''}{route.mtu}")
    return " ".join(words)
