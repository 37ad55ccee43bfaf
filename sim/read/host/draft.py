"""The host while its text is being read: what is known so far, and what the kernel derives.

Statements change the draft in the order of the text, as the commands would; references that
may point forward (a user's name, a route's device) are settled in ``finished``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from ipaddress import IPv4Interface, IPv6Address, IPv6Interface
from typing import Any

from sim.base import budget
from sim.base.errors import SourceError, Span
from sim.base.frozen import dataclass, replace
from sim.model.flow import StatedFlow
from sim.model.host import (
    Accounting,
    Host,
    IfAddress,
    Interface,
    InterfaceAddress,
    IpSet,
    Neighbour,
    NftChain,
    PolicyRule,
    Route,
    SetEntry,
    Socket,
    default_mac,
)
from sim.model.ipsec import Policy, State, Template
from sim.model.kernel_settings import Idle
from sim.packet.fingerprints import Fingerprint
from sim.packet.packet import Address
from sim.read.host import gateway as host_gateway
from sim.read.host.route_list import RouteList
from sim.read.host.values import default_scope, is_link_local
from sim.read.lacking import no_interface
from sim.read.lines import did_you_mean


@dataclass
class SetDraft:
    """A set while its lines are read; its entries in order."""

    name: str
    kind: str
    options: tuple[tuple[str, str], ...]
    span: Span
    entries: list[SetEntry] = field(default_factory=list)

    def finished(self) -> IpSet:
        return IpSet(self.name, self.kind, self.options, tuple(self.entries), self.span)


# Tables that iproute2 knows by name (/etc/iproute2/rt_tables).
TABLES = {"local": 255, "main": 254, "default": 253, "unspec": 0}
FIRST_NAMED_TABLE = 10_000  # for names whose number the text does not tell

LOOPBACK = Interface(
    "lo",
    (
        IfAddress(IPv4Interface("127.0.0.1/8"), "host"),
        IfAddress(IPv6Interface("::1/128"), "host"),
    ),
    mac="00:00:00:00:00:00",
    mtu=65536,
    kind="loopback",
    index=1,
)


@dataclass
class HostDraft:
    """Mutable; becomes a ``Host`` by ``finished``."""

    interfaces: dict[str, Interface] = field(default_factory=lambda: {"lo": LOOPBACK})
    listed: set[str] = field(default_factory=set)  # interfaces whose addresses are all told
    stated_mtus: set[str] = field(default_factory=set)  # interfaces whose MTU the text says
    routes: RouteList = field(default_factory=RouteList)
    said_keys: set[object] = field(default_factory=set)  # what tells our own routes apart
    said: set[Span] = field(default_factory=set)  # routes that the kernel still has to accept
    rules: list[PolicyRule] = field(default_factory=list)
    rules_given: set[int] = field(default_factory=set)
    neighbours: list[tuple[Neighbour, Span]] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    # Policies of our short form whose states go without saying, with what their line said.
    wanted: list[tuple[Policy, Template, dict[str, Any]]] = field(default_factory=list)
    fdb: list[tuple[str, str]] = field(default_factory=list)
    sysctls: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)  # files of settings, for sysctl to read
    sockets: list[tuple[Socket, str, str]] = field(default_factory=list)  # + uid, gid as typed
    users: dict[str, int] = field(default_factory=lambda: {"root": 0})
    groups: dict[str, int] = field(default_factory=lambda: {"root": 0})
    primary_groups: dict[int, int] = field(default_factory=dict)
    members: list[tuple[str, str, Span]] = field(default_factory=list)  # user, group as typed
    sets: dict[str, SetDraft] = field(default_factory=dict)
    hostnames: dict[str, tuple[Address, ...]] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=lambda: dict(TABLES))
    plain: dict[str, Any] = field(default_factory=dict)  # facts that go as they are
    backend: str = ""
    frames_backend: str = ""
    nft_chains: list[NftChain] = field(default_factory=list)
    legacy_untold: set[int] = field(default_factory=set)
    accounting: dict[str, Accounting] = field(default_factory=dict)
    flows: list[StatedFlow] = field(default_factory=list)
    clock: int = 0
    zone: int = 0
    fingerprints: dict[Fingerprint, None] | None = None  # each once, in their order
    idle: dict[str, Idle] = field(default_factory=dict)  # typed settings without effect
    notes: list[str] = field(default_factory=list)
    errors: list[SourceError] = field(default_factory=list)

    # ---- interfaces ----------------------------------------------------------------------

    def mention(self, name: str, span: Span, index: int = 0) -> Interface:
        """The interface of that name, made if it is new."""
        known = self.interfaces.get(name)
        if known is None:
            budget.look(len(self.interfaces) // 8)
            taken = {interface.index for interface in self.interfaces.values()}
            number = index if index and index not in taken else max(taken) + 1
            known = Interface(name, index=number, span=span)
            self.interfaces[name] = known
        return known

    def known(self, name: str, span: Span) -> Interface:
        """The interface of that name. Raises ``SourceError`` when the text has none so far."""
        found = self.interfaces.get(name)
        if found is None:
            raise self.unknown(name, span)
        return found

    def unknown(self, name: str, span: Span) -> SourceError:
        hint = f'add a line "interface {name} ADDRESS"'
        return no_interface(name, self.interfaces, span, "host", hint)

    def change(self, name: str, **fields: Any) -> None:
        if "mtu" in fields:
            self.stated_mtus.add(name)
        self.interfaces[name] = replace(self.interfaces[name], **fields)

    def add_address(self, name: str, new: IfAddress) -> bool:
        """Put an address at the end; false when the interface has it already."""
        interface = self.interfaces[name]
        budget.look(len(interface.addresses))
        if any(old.address == new.address and old.peer == new.peer for old in interface.addresses):
            return False
        self.change(name, addresses=(*interface.addresses, new))
        return True

    # ---- names ---------------------------------------------------------------------------

    def table(self, name: str) -> int:
        """The number of a routing table; a name gets one of its own."""
        if name.isdecimal() and len(name) <= 10:
            return int(name)
        if name not in self.tables:
            self.tables[name] = FIRST_NAMED_TABLE + len(self.tables)
        return self.tables[name]

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def fail(self, message: str, span: Span | None, hint: str = "") -> None:
        place = span or Span(1, 1, 1, 2)
        self.errors.append(SourceError(message, place, where="host", hint=hint))

    # ---- the end -------------------------------------------------------------------------

    def finished(self) -> Host:
        """The host; problems that only the whole text shows are added to ``errors``."""
        for name in list(self.interfaces):
            self._complete(name)
        self._check_devices()
        return Host(
            interfaces=dict(sorted(self.interfaces.items(), key=lambda pair: pair[1].index)),
            routes=tuple(self._complete_route(route) for route in self.routes),
            rules=tuple(self.rules),
            rules_given=frozenset(self.rules_given),
            neighbours=tuple(neighbour for neighbour, _ in self.neighbours),
            fdb=tuple(self.fdb),
            sysctls=self.sysctls,
            sockets=tuple(self._socket(*entry) for entry in self.sockets),
            users=self.users,
            groups=self.groups,
            user_groups=self._user_groups(),
            primary_groups=self.primary_groups,
            sets={name: found.finished() for name, found in self.sets.items()},
            hostnames=self.hostnames,
            backend=self.backend,
            frames_backend=self.frames_backend,
            accounting=self.accounting,
            nft_chains=tuple(self.nft_chains),
            legacy_untold=frozenset(self.legacy_untold),
            flows=tuple(self.flows),
            policies=tuple(self.policies),
            states=tuple(self.states),
            clock=self.clock,
            zone=self.zone,
            **self.plain,
            fingerprints=None if self.fingerprints is None else tuple(self.fingerprints),
            notes=tuple(self.notes),
        )

    def _complete(self, name: str) -> None:
        """Link-local addresses, MACs and secondaries, as the kernel would have made them."""
        interface = self.interfaces[name]
        mac = interface.mac or default_mac(interface.index)
        addresses = list(interface.addresses)
        if self._wants_link_local(interface):
            link_local = IPv6Interface((eui64(mac), 64))
            addresses.append(IfAddress(link_local, "link"))
        self.change(name, mac=mac, addresses=tuple(with_secondaries(addresses)))

    def _wants_link_local(self, interface: Interface) -> bool:
        """An up Ethernet device with IPv6 has one, made from its MAC (net/ipv6/addrconf.c).

        Only where the text gives the device some IPv6 address and no link-local one, and not
        where a tool's listing already told all of them.
        """
        v6 = [a.address.ip for a in interface.addresses if a.address.version == 6]
        if not v6 or interface.name in self.listed or interface.kind not in ETHERNET:
            return False
        if self.sysctls.get(f"net.ipv6.conf.{interface.name}.disable_ipv6") == "1":
            return False
        return interface.up and not any(is_link_local(ip) for ip in v6)

    def _check_devices(self) -> None:
        for route in self.routes:
            for dev in filter(None, (route.dev, *(hop.dev for hop in route.nexthops))):
                if dev not in self.interfaces:
                    self.errors.append(self.unknown(dev, route.span or Span(1, 1, 1, 2)))
        for neighbour, span in self.neighbours:
            if neighbour.dev not in self.interfaces:
                self.errors.append(self.unknown(neighbour.dev, span))
        for socket, _, _ in self.sockets:
            if socket.dev and socket.dev not in self.interfaces:
                self.errors.append(self.unknown(socket.dev, socket.span or Span(1, 1, 1, 2)))
        for interface in self.interfaces.values():
            if interface.master and interface.master not in self.interfaces:
                self.errors.append(self.unknown(interface.master, interface.span or _NOWHERE))

    def _complete_route(self, route: Route) -> Route:
        """A route of ours, judged when everything is known: it may stand before addresses."""
        if route.span not in self.said:
            return self.settled(route)
        try:
            budget.look(len(self.interfaces))
            return host_gateway.taken(route, self.interfaces, self.routes)
        except host_gateway.RouteNotTaken as error:
            down = any(
                dev in self.interfaces and not self.interfaces[dev].up
                for dev in (route.dev, *(hop.dev for hop in route.nexthops))
            )
            if not down:  # a route of a device that is down is there, and dead
                self.fail(str(error), route.span, error.hint)
            return route

    def settled(self, route: Route) -> Route:
        """The route with the devices that can be told by now, for gateways without one."""
        hops = tuple(
            replace(hop, dev=self.device_towards(hop.via)) if hop.via and not hop.dev else hop
            for hop in route.nexthops
        )
        dev = route.dev
        if not dev and route.via is not None and not hops:
            dev = self.device_towards(route.via)
        return replace(route, dev=dev, nexthops=hops)

    def device_towards(self, address: Address) -> str:
        """The interface that has ``address`` in one of its subnets, the narrowest first."""
        best, length = "", -1
        budget.look(4 * len(self.interfaces))
        for name, network in host_gateway.connected(self.interfaces):
            if address in network and network.prefixlen > length:
                best, length = name, network.prefixlen
        return best

    def _socket(self, socket: Socket, uid: str, gid: str) -> Socket:
        owner = self._owner(uid, self.users, "user", socket.span) if uid else 0
        if gid:
            group = self._owner(gid, self.groups, "group", socket.span)
        else:
            group = self.primary_groups.get(owner, 0)
        return replace(socket, uid=owner, gid=group)

    def _owner(self, text: str, names: dict[str, int], what: str, span: Span | None) -> int:
        if text.isdecimal() and len(text) <= 10:
            return int(text)
        if text in names:
            return names[text]
        self.fail(
            f'the host has no {what} "{text}"',
            span,
            did_you_mean(text, names) or f'add a line "{what} {text} NUMBER"',
        )
        return 0

    def _user_groups(self) -> dict[int, tuple[int, ...]]:
        found: dict[int, list[int]] = {}
        for user, group, span in self.members:
            if user not in self.users:
                continue  # /etc/group may name users that the paste left out
            gid = self._owner(group, self.groups, "group", span)
            gids = found.setdefault(self.users[user], [])
            if gid not in gids:
                gids.append(gid)
        return {uid: tuple(gids) for uid, gids in found.items()}


_NOWHERE = Span(1, 1, 1, 2)
ETHERNET = frozenset({"ethernet", "bridge", "vlan", "veth", "bond", "dummy", "macvlan", "wlan"})


def with_secondaries(addresses: Iterable[IfAddress]) -> Iterable[IfAddress]:
    """Mark what ``__inet_insert_ifa`` (net/ipv4/devinet.c) would: same mask, same subnet."""
    seen: list[InterfaceAddress] = []
    for entry in addresses:
        net = (entry.peer or entry.address).network
        if isinstance(entry.address, IPv4Interface):
            budget.look(len(seen))
            inside = any(old.network.prefixlen == net.prefixlen and entry.address.ip in old.network
                         for old in seen)  # fmt: skip
            seen.append(entry.peer or entry.address)
            yield replace(entry, secondary=inside)
        else:
            yield entry


def eui64(mac: str) -> IPv6Address:
    """The link-local address that the kernel makes from a MAC (RFC 4291, appendix A)."""
    octets = bytes.fromhex(mac.replace(":", ""))
    tail = bytes((octets[0] ^ 2,)) + octets[1:3] + b"\xff\xfe" + octets[3:]
    return IPv6Address(b"\xfe\x80" + bytes(6) + tail)


def made_address(value: InterfaceAddress, **fields: Any) -> IfAddress:
    return IfAddress(value, default_scope(value), **fields)
