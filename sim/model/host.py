"""The host under test: devices, addresses, routes, sysctls, sockets, names, sets.

Plain frozen data as the host text states it. What the kernel derives from it (the local
table, broadcast addresses, address choice) is in ``routing``.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network

from sim.base.errors import Span
from sim.base.frozen import dataclass
from sim.model.flow import StatedFlow
from sim.model.ipsec import Policy, State
from sim.packet.fingerprints import Fingerprint
from sim.packet.packet import Address

Network = IPv4Network | IPv6Network
InterfaceAddress = IPv4Interface | IPv6Interface


@dataclass(frozen=True, slots=True)
class IfAddress:
    """One address of an interface, in the order they were added.

    ``secondary`` is derived by the parser as the kernel does: a later IPv4 address inside the
    subnet of an earlier one of the same prefix length. ``scope``: global, site, link, host.
    """

    address: InterfaceAddress
    scope: str = "global"
    secondary: bool = False
    peer: InterfaceAddress | None = None
    broadcast: Address | None = None
    deprecated: bool = False
    temporary: bool = False
    tentative: bool = False
    dynamic: bool = False  # leased (DHCP, router advertisements): it may change
    noprefixroute: bool = False  # the kernel adds no connected route for it
    added: int = 0  # later ones came while the scenario ran


# Kinds of devices (IFLA_INFO_KIND) that wrap what they send into a packet of another device.
TUNNELS = frozenset(
    {"gre", "gretap", "ip6gre", "ip6gretap", "ipip", "sit", "ip6tnl", "vti", "vti6", "xfrm",
     "geneve"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Interface:
    name: str
    addresses: tuple[IfAddress, ...] = ()
    mac: str = ""  # lower case; empty: made from the name, see ``default_mac``
    mtu: int = 1500
    up: bool = True
    kind: str = "ethernet"  # ethernet, loopback, bridge, tun, wireguard, vlan, ...
    master: str = ""  # the bridge this is a port of
    group: int = 0
    index: int = 0  # kernel ifindex, one-based in order of mention, lo is 1
    noarp: bool = False
    point_to_point: bool = False
    nf_call: tuple[str, ...] = ()  # a bridge's own nf_call_iptables, ...: "iptables", "ip6tables"
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Nexthop:
    via: Address | None
    dev: str
    weight: int = 1


class RouteKind(StrEnum):
    """What a route does with what it covers, as ``ip route`` calls it (rtnetlink's RTN_...)."""

    UNICAST = "unicast"
    LOCAL = "local"
    BROADCAST = "broadcast"
    MULTICAST = "multicast"
    ANYCAST = "anycast"
    BLACKHOLE = "blackhole"
    UNREACHABLE = "unreachable"
    PROHIBIT = "prohibit"
    THROW = "throw"  # go on with the next policy rule
    NONE = "none"  # no route at all: what a look-up says, never a line of the table


# Kinds that end the lookup with an error; THROW goes on with the next rule.
REFUSING = frozenset({RouteKind.UNREACHABLE, RouteKind.PROHIBIT, RouteKind.BLACKHOLE})
NO_WAY = frozenset({RouteKind.NONE, *REFUSING})


class RuleAction(StrEnum):
    """What a policy rule does with what it matches (FR_ACT_...)."""

    LOOKUP = "lookup"
    GOTO = "goto"
    NOP = "nop"
    BLACKHOLE = "blackhole"
    UNREACHABLE = "unreachable"
    PROHIBIT = "prohibit"


@dataclass(frozen=True, slots=True)
class Route:
    """One line of ``ip route``. ``table`` is a number: 255 local, 254 main, 253 default."""

    family: int
    prefix: Network
    via: Address | None = None
    dev: str = ""
    src: Address | None = None
    metric: int = 0  # IPv6 without one: 1024
    table: int = 254
    kind: RouteKind = RouteKind.UNICAST
    scope: str = "global"
    onlink: bool = False
    tos: int = 0
    mtu: int = 0  # 0: the device's
    mtu_locked: bool = False  # ``mtu lock N``
    realm: int = 0
    nexthops: tuple[Nexthop, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One line of ``ip rule``."""

    family: int
    priority: int
    source: Network | None = None
    destination: Network | None = None
    iif: str = ""
    oif: str = ""
    fwmark: int | None = None
    fwmask: int = 0xFFFFFFFF
    tos: int = 0
    protocol: int = 0
    sport: tuple[int, int] | None = None
    dport: tuple[int, int] | None = None
    uids: tuple[int, int] | None = None
    negated: bool = False
    action: RuleAction = RuleAction.LOOKUP
    table: int = 254
    goto: int = 0
    suppress_prefix_length: int | None = None
    suppress_group: int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """``failed``: nobody answers ARP or neighbour discovery for it."""

    address: Address
    dev: str
    mac: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Socket:
    """A listening (TCP) or bound (UDP) socket. ``address`` ``None``: any, of that family.

    ``family`` 6 with ``address`` ``None`` also serves IPv4 unless ``v6only``.
    """

    protocol: str  # tcp, udp, udplite, sctp, dccp, raw
    family: int
    address: Address | None
    port: int
    uid: int = 0
    gid: int = 0
    dev: str = ""
    v6only: bool = False
    transparent: bool = False
    cgroup: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class SetEntry:
    """One line of ``add``: the element as typed, and its options."""

    element: str
    options: tuple[tuple[str, str], ...] = ()
    nomatch: bool = False
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class IpSet:
    """One set of ``ipset save``. ``options`` are those of ``create``, in order, as typed."""

    name: str
    kind: str  # hash:ip, hash:net,port, bitmap:port, list:set, ...
    options: tuple[tuple[str, str], ...] = ()
    entries: tuple[SetEntry, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Accounting:
    """An object of ``nfacct``. ``unit`` of the quota: packets or bytes; empty: it only counts."""

    unit: str = ""
    quota: int = 0


@dataclass(frozen=True, slots=True)
class NftChain:
    """A base chain of nf_tables itself, of which no more is known. ``hook``: in capitals."""

    family: str  # ip, ip6, inet, arp, bridge, netdev
    table: str
    chain: str
    hook: str

    def sees(self, family: int, hook: str) -> bool:
        """Do packets of this family (4 or 6) meet it at this hook?"""
        families = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}.get(self.family, ())
        return family in families and self.hook == hook


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Host:
    """Everything is explicit except ``lo``, which is always there.

    ``routes`` holds only what the text says; connected routes, the local table and the three
    default policy rules are added by ``routing``, unless ``rules_given`` (``ip rule`` output
    was pasted) or a table's full listing was.
    """

    interfaces: dict[str, Interface] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    rules: tuple[PolicyRule, ...] = ()
    rules_given: frozenset[int] = frozenset()  # families whose policy rules were pasted whole
    neighbours: tuple[Neighbour, ...] = ()
    fdb: tuple[tuple[str, str], ...] = ()  # (MAC, bridge port) of `bridge fdb`
    sysctls: dict[str, str] = field(default_factory=dict)  # dotted names as `sysctl -a` prints
    sockets: tuple[Socket, ...] = ()
    users: dict[str, int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    user_groups: dict[int, tuple[int, ...]] = field(default_factory=dict)  # uid -> extra gids
    primary_groups: dict[int, int] = field(default_factory=dict)  # uid -> gid (/etc/passwd)
    sets: dict[str, IpSet] = field(default_factory=dict)
    hostnames: dict[str, tuple[Address, ...]] = field(default_factory=dict)
    accounting: dict[str, Accounting] = field(default_factory=dict)
    policies: tuple[Policy, ...] = ()  # IPsec's, in the order they were added
    states: tuple[State, ...] = ()
    kernel: str = ""  # "2.4": older behaviour was asked for
    backend: str = ""  # which iptables loaded the rules: legacy, nft; empty: not said
    frames_backend: str = ""  # the same of ebtables
    clock: int = 0  # the scenario's start, seconds since 1970 UTC; 0: not said
    zone: int = 0  # the kernel's time zone, minutes east of UTC, said with the clock
    uptime: int = 0  # seconds since the boot when the scenario starts; 0: not said
    fingerprints: tuple[Fingerprint, ...] | None = None  # of systems (pf.os); None: not said
    nft_chains: tuple[NftChain, ...] = ()
    legacy_untold: frozenset[int] = frozenset()  # families with legacy tables that are not told
    flows: tuple[StatedFlow, ...] = ()  # conntrack's table when the scenario starts
    notes: tuple[str, ...] = ()  # facts about the text a person should be told (sudo echo > ...)

    def interface(self, name: str) -> Interface | None:
        return self.interfaces.get(name)

    def sysctl(self, name: str, default: str) -> str:
        """A setting by its dotted name, or what the kernel starts with."""
        return self.sysctls.get(name, default)


def default_mac(index: int) -> str:
    """The address of a device whose text gives none: locally administered, by ifindex."""
    return f"02:00:00:00:{index >> 8 & 255:02x}:{index & 255:02x}"
