"""Policy routing: rules choose tables, tables choose routes; and what follows from it.

fib_rules_lookup (net/core/fib_rules.c), fib4_rule_match (net/ipv4/fib_rules.c), fib6_rules.c.
The checks on what comes in and the choices for what goes out are in ``input`` and
``output``.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv6Address
from itertools import accumulate, groupby
from typing import NamedTuple, TypeVar

from sim.base.frozen import dataclass
from sim.base.kept import Kept
from sim.extensions.runtime import RouteResult
from sim.kernel.routing.fib import DEFAULT, LOCAL, MAIN, fib_of, hops_of, route_text, scope_of
from sim.kernel.routing.policy_rules import is_suppressed, rule_matches, rule_text, tos_fits
from sim.kernel.routing.source_address import first4, own_addresses, redirect6, select4, select6
from sim.model.host import NO_WAY, REFUSING, Host, Nexthop, PolicyRule, Route, RouteKind, RuleAction
from sim.model.routing import Query
from sim.packet.packet import Address

# What an error of the tables means to a sending process, and to ip_error, which chooses the ICMP
# code for another host by it (fib_props, net/ipv4/fib_semantics.c).
ERRNO = {
    RouteKind.NONE: "ENETUNREACH",
    RouteKind.UNREACHABLE: "EHOSTUNREACH",
    RouteKind.PROHIBIT: "EACCES",
    RouteKind.BLACKHOLE: "EINVAL",
}

SMALLEST_IPV6_MTU = 1280  # IPV6_MIN_MTU: no IPv6 packet need be cut smaller
NO_HOP = Nexthop(None, "")


def is_refusing(route: Route) -> bool:
    """Does a route that leads nowhere stand there (RTF_REJECT)?"""
    return route.kind is RouteKind.THROW or route.kind in REFUSING


@dataclass(frozen=True, slots=True)
class FibResult:
    """What the tables said. ``kind`` is the route's, or NONE: no route at all."""

    kind: RouteKind
    route: Route | None = None
    hop: Nexthop = NO_HOP
    rule: PolicyRule | None = None
    hops: int = 1  # how many next hops there were to choose from

    @property
    def is_onlink(self) -> bool:
        """The destination is a neighbour itself: no gateway."""
        return self.hop.via is None


NOT_FOUND = FibResult(RouteKind.NONE)


T = TypeVar("T")


class _Known(NamedTuple):
    """What every walk on a host asks of it: the policy rules of each family, its addresses."""

    rules: dict[int, tuple[PolicyRule, ...]]
    own: frozenset[Address]
    texts: dict[int, tuple[object, str]]  # by the ``id`` of a route or rule, which it holds


def _known(host: Host) -> _Known:
    own = frozenset((*own_addresses(host, 4), *own_addresses(host, 6)))
    return _Known({family: _rules(host, family) for family in (4, 6)}, own, {})


def _rules(host: Host, family: int) -> tuple[PolicyRule, ...]:
    given = [rule for rule in host.rules if rule.family == family]
    if family not in host.rules_given:
        given += standard_rules(family)
    return tuple(sorted(given, key=lambda rule: rule.priority))


_KNOWN = Kept[Host, _Known](_known)


def standard_rules(family: int) -> tuple[PolicyRule, ...]:
    """The policy rules that every host starts with."""
    rules = (
        PolicyRule(family, 0, table=LOCAL),
        PolicyRule(family, 32766, table=MAIN),
        PolicyRule(family, 32767, table=DEFAULT),
    )
    return rules if family == 4 else rules[:2]


class Routing:
    """Every routing question about one host; ``seed`` stands for the kernel's hash secret."""

    def __init__(self, host: Host, seed: int = 0) -> None:
        self.host = host
        self.seed = seed
        self.fib = fib_of(host)
        self.rules, self._own, self._texts = _KNOWN.of(host)
        self.has_own_rules = host.rules_given >= {4} or any(rule.family == 4 for rule in host.rules)

    # ---- looking up ----------------------------------------------------------------------

    def find(self, query: Query) -> FibResult:
        """Walk the policy rules until one of their tables answers."""
        rules = self.rules[query.family]
        at = 0
        while at < len(rules):
            rule = rules[at]
            at += 1
            if not rule_matches(rule, query):
                continue
            if rule.action is RuleAction.GOTO:
                at = next((i for i, other in enumerate(rules) if other.priority >= rule.goto), at)
            elif rule.action is RuleAction.LOOKUP:
                found = self._in_table(rule, query)
                if found is not None:
                    return found
            elif rule.action is RuleAction.UNREACHABLE:
                return FibResult(RouteKind.NONE, rule=rule)
            elif rule.action is not RuleAction.NOP:
                return FibResult(RouteKind(rule.action), rule=rule)
        return NOT_FOUND

    def _in_table(self, rule: PolicyRule, query: Query) -> FibResult | None:
        routes = self.fib.covering(query.family, rule.table, query.destination)
        for route in _in_order6(routes, query) if query.family == 6 else routes:
            if not tos_fits(route, query):
                continue
            if query.family == 6 and query.oif not in ("", "lo") and is_refusing(route):
                continue  # its device is lo (ip6_route_info_create), so rt6_score_route passes it
            if route.kind is RouteKind.THROW:
                return None
            if route.kind in REFUSING:
                return FibResult(route.kind, route, rule=rule)
            hops = [hop for hop in hops_of(route) if not query.oif or hop.dev == query.oif]
            if not hops:
                continue
            if is_suppressed(self.host, rule, route, hops[0]):
                return None
            hop = hops[0] if len(hops) == 1 else self._one_of(hops, query)
            return FibResult(route.kind, route, hop, rule, len(hops))
        return None

    def _one_of(self, hops: list[Nexthop], query: Query) -> Nexthop:
        """By a hash of the addresses under a secret, like fib_multipath_hash; weights count."""
        text = f"{self.seed} {query.source} {query.destination}"
        drawn = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        bounds = list(accumulate(hop.weight for hop in hops))
        return hops[bisect_right(bounds, drawn % bounds[-1])]

    def lookup(self, query: Query) -> RouteResult:
        """The plain question that ``ip route get`` asks, without the checks on what comes in."""
        return self.result(self.find(query), query)

    def result(self, found: FibResult, query: Query) -> RouteResult:
        """A ``FibResult`` as the flat record that steps and extensions see."""
        route = found.route
        rule = self._text(found.rule, rule_text) if found.rule is not None else ""
        if route is None:
            return RouteResult(found.kind, rule=rule)
        dev = found.hop.dev
        if found.kind is RouteKind.LOCAL and route.family == 4:
            dev = "lo"
        return RouteResult(
            kind=found.kind,
            dev=dev,
            via=found.hop.via,
            src=self._preferred_source(found, query),
            names_source=route.src is not None,
            table=route.table,
            route=self._text(route, route_text),
            rule=rule,
            mtu=route.mtu,
            mtu_locked=route.mtu_locked,
            realm=route.realm,
        )

    def _text(self, thing: T, told: Callable[[T], str]) -> str:
        """How a route or a policy rule of the tables is printed, worked out once."""
        known = self._texts.get(id(thing))
        if known is None or known[0] is not thing:
            known = self._texts[id(thing)] = thing, told(thing)
        return known[1]

    def _preferred_source(self, found: FibResult, query: Query) -> Address | None:
        route = found.route
        if route is None or found.kind in REFUSING:
            return None
        if route.src is not None:
            return route.src
        destination = query.destination
        if isinstance(destination, IPv6Address):
            dev = found.hop.dev
            if found.kind is RouteKind.LOCAL:
                dev = ""  # the source for an own address may stand on any device
            return select6(self.host, dev, destination)
        if found.kind is RouteKind.LOCAL:
            return destination
        return select4(self.host, found.hop.dev, found.hop.via, scope_of(route))

    def mtu_of(self, route: RouteResult, family: int) -> int:
        """dst_mtu: the route's own, else that of its device, in bytes.

        What goes to an own IPv6 address goes through ``lo``, whatever device holds the address.
        """
        is_own = route.kind is RouteKind.LOCAL
        return route.mtu or self.device_mtu("lo" if is_own else route.dev, family)

    def device_mtu(self, dev: str, family: int) -> int:
        """A device's MTU in bytes; IPv6 has one of its own (``net.ipv6.conf.DEV.mtu``)."""
        interface = self.host.interface(dev)
        mtu = interface.mtu if interface is not None else 1500
        own = setting(self.host, dev, "mtu", family=6) if family == 6 else 0
        return own if SMALLEST_IPV6_MTU <= own <= mtu else mtu

    # ---- other questions -----------------------------------------------------------------

    def address_type(self, address: Address, dev: str = "") -> str:
        """What ``-m addrtype`` calls an address. IPv4 asks only the local table.

        ``dev`` restricts LOCAL, BROADCAST and the like to what that device has. Where the lookup
        ends in an error, the address is taken for one like any other (__inet_dev_addr_type).
        """
        if isinstance(address, IPv6Address):
            return self._address_type6(address, dev)
        number = int(address)
        if number in (0, 0xFFFFFFFF):  # since 5.3 only 0.0.0.0 of 0/8
            return "BROADCAST"
        if number >> 28 == 0xE:
            return "MULTICAST"
        for route in self.fib.covering(4, LOCAL, address):
            if route.tos:
                continue
            if route.kind in _NO_TYPE or (dev and route.dev != dev):
                break
            return route.kind.upper()
        return "UNICAST"

    def _address_type6(self, address: IPv6Address, dev: str) -> str:
        if int(address) == 0:
            return "UNSPEC"
        if address.is_multicast:
            return "MULTICAST"
        if dev:
            return "LOCAL" if address in self._own_of(dev) else "UNICAST"
        kind = self.find(Query(address)).kind
        if kind in NO_WAY:
            return "UNREACHABLE"
        return kind.upper()

    def _own_of(self, dev: str) -> Iterator[Address]:
        interface = self.host.interface(dev)
        for entry in interface.addresses if interface is not None else ():
            yield entry.address.ip

    def is_local(self, address: Address) -> bool:
        """Is it an address of this host, 127/8 included?"""
        return self.address_type(address) == "LOCAL"

    def is_anycast(self, address: Address, oif: str = "") -> bool:
        """ipv6_anycast_destination: one of this host's, or the first address of a network
        without gateway, which is every router's there.
        """
        if address.version == 4:
            return False
        found = self.find(Query(address, oif=oif))
        route = found.route
        return found.kind is RouteKind.ANYCAST or (
            route is not None
            and found.kind in (RouteKind.UNICAST, RouteKind.LOCAL)
            and found.is_onlink
            and route.prefix.prefixlen < 127
            and route.prefix.network_address == address
        )

    def is_own(self, address: Address) -> bool:
        """Is it configured on some device (inet_lookup_ifaddr_rcu)?"""
        return address in self._own

    def masquerade_address(
        self, family: int, dev: str, next_hop: Address | None, destination: Address
    ) -> Address | None:
        """The address MASQUERADE takes; ``None``: there is none, the packet is dropped."""
        if isinstance(destination, IPv6Address):
            return select6(self.host, dev, destination)
        return select4(self.host, dev, next_hop or destination)

    def redirect_address(self, family: int, dev: str, destination: Address) -> Address | None:
        """Where REDIRECT in PREROUTING sends what came in on ``dev``."""
        if isinstance(destination, IPv6Address):
            return redirect6(self.host, dev, destination)
        return first4(self.host, dev)


_NO_TYPE = REFUSING | {RouteKind.THROW}


def _in_order6(routes: Iterable[Route], query: Query) -> Iterator[Route]:
    """Of IPv6 routes that differ only in device, that back to where a packet came from is first.

    ip6_pol_route_input scores them with the incoming device as the wanted one.
    """

    wanted = query.near if query.iif == "lo" else query.iif

    def sameness(route: Route) -> tuple[object, ...]:
        return route.prefix, route.metric

    for _, equals in groupby(routes, sameness):
        yield from sorted(equals, key=lambda route: not wanted or route.dev != wanted)


def setting(host: Host, dev: str, name: str, default: str = "0", family: int = 4) -> int:
    """The device's own value; without one ``default``, which a new device would have."""
    prefix = f"net.ipv{family}.conf"
    inherited = host.sysctl(f"{prefix}.default.{name}", default)
    return _number(host.sysctl(f"{prefix}.{dev}.{name}", inherited))


def setting_everywhere(host: Host, name: str, default: str = "0", family: int = 4) -> int:
    return _number(host.sysctl(f"net.ipv{family}.conf.all.{name}", default))


def either_setting(host: Host, dev: str, name: str, default: str = "0") -> bool:
    """IN_DEV_ORCONF: set for the device or for all."""
    return bool(setting_everywhere(host, name, default) or setting(host, dev, name, default))


def forwards4(host: Host, dev: str) -> bool:
    """The incoming device's own flag decides; ``ip_forward`` writes it for every device."""
    everywhere = host.sysctl("net.ipv4.ip_forward", "0")
    everywhere = host.sysctl("net.ipv4.conf.all.forwarding", everywhere)
    return _number(host.sysctl(f"net.ipv4.conf.{dev}.forwarding", everywhere)) != 0


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0
