"""The world of a random scenario: a host, those around it, and what its packets will be.

Pools are small on purpose: rules draw their values from them, so that rules and packets meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from ipaddress import ip_interface
from random import Random
from typing import TypeVar

from sim.base.frozen import dataclass
from sim.extensions.drawing import MARKS, PORTS, UIDS

T = TypeVar("T")

SETS4 = ("nets", "hosts", "pairs", "triples", "ports", "bits", "macs", "services", "wires", "all")
SETS6 = ("nets6", "hosts6", "pairs6", "services6", "ports")


@dataclass(slots=True)
class Facts:
    """What one packet will look like: where rules take their values from."""

    family: int
    protocol: str
    src: str
    dst: str
    in_iface: str = ""
    out_iface: str = ""
    sport: int = 0
    dport: int = 0
    flags: str = ""
    icmp_type: int = 0
    ttl: int = 64
    tos: int = 0
    mark: int = 0
    payload: str = ""
    uid: int | None = None
    gid: int = 0


@dataclass(slots=True)
class Device:
    name: str
    v4: list[str]  # own addresses with prefix length
    v6: list[str]
    neighbours: dict[int, list[str]]  # by family: who lives behind it
    extra: str = ""


@dataclass(slots=True)
class World:
    random: Random
    devices: list[Device] = field(default_factory=list)
    remote: dict[int, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)  # of the host text
    sets: dict[int, tuple[str, ...]] = field(default_factory=dict)
    listeners: list[tuple[str, int, int]] = field(default_factory=list)  # protocol, family, port
    facts: list[Facts] = field(default_factory=list)
    accounts: tuple[str, ...] = ()
    bridges: tuple[str, ...] = ()
    macs: list[str] = field(default_factory=list)  # of machines on a bridge
    families: tuple[int, ...] = (4, 4, 4, 6, 6)  # of the packets to come

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, items: Sequence[T]) -> T:
        return self.random.choice(items)

    def own(self, family: int) -> list[str]:
        """The host's addresses, without prefix length."""
        return [
            item.partition("/")[0]
            for device in self.devices
            for item in (device.v4 if family == 4 else device.v6)
        ]

    def somebody(self, family: int) -> str:
        """Anybody's address."""
        around = [item for device in self.devices for item in device.neighbours[family]]
        return self.pick([*self.own(family), *around, *self.remote[family]])

    def fact(self, family: int, protocol: str = "") -> Facts | None:
        """A packet of that family (and protocol) that will be seen, if there is one."""
        found = [
            item
            for item in self.facts
            if item.family == family and (not protocol or item.protocol == protocol)
        ]
        return self.pick(found) if found else None


_NAMES = (("eth0", "eth1", "eth2"), ("wan0", "lan0", "dmz0"), ("ens3", "ens4", "docker0"))
_SUBNETS4 = ("203.0.113.1/24", "192.168.100.1/24", "10.0.2.1/28")
_SUBNETS6 = ("2001:db8:1::1/64", "2001:db8:2::1/64", "fd00:3::1/64")


def make_world(random: Random) -> World:
    """A host with one to three devices, its routes, rules, sysctls, sockets and sets."""
    world = World(random)
    names = world.pick(_NAMES)
    for number in range(random.choice((1, 2, 2, 2, 3))):
        world.devices.append(_device(world, number, names[number]))
    world.remote = {
        4: ["198.51.100.7", "198.51.100.8", "8.8.8.8", "10.20.0.5", "172.31.9.9"],
        6: ["2001:db8:f::7", "2001:db8:f::8", "2001:db8:20::5", "2001:db8:f1::9"],
    }
    for device in world.devices:
        words = [*device.v4, *device.v6]
        world.random.shuffle(words) if world.chance(0.2) else None
        _keep_primary_first(words, device)
        world.lines.append(f"interface {device.name} {' '.join(words)}{device.extra}".rstrip())
    _routes(world)
    _policy(world)
    make_sysctls(world)
    make_listeners(world)
    make_sets(world)
    return world


def _keep_primary_first(words: list[str], device: Device) -> None:
    device.v4 = [word for word in words if "." in word]
    device.v6 = [word for word in words if ":" in word]


def _device(world: World, number: int, name: str) -> Device:
    own4, own6 = ip_interface(_SUBNETS4[number]), ip_interface(_SUBNETS6[number])
    v4, v6 = [str(own4)], [str(own6)]
    if world.chance(0.3):
        v4.append(f"{own4.ip + 6}/{own4.network.prefixlen}")
    if world.chance(0.15):
        v4.append(f"10.9.{number}.1/30")
    if world.chance(0.2):
        v6.append(f"{own6.ip + 6}/{own6.network.prefixlen}")
    neighbours = {
        4: [str(own4.network.network_address + step) for step in (5, 9)],
        6: [str(own6.network.network_address + step) for step in (5, 0x99)],
    }
    extra = ""
    if world.chance(0.15):
        extra += f" mtu {world.pick((1280, 1400, 9000))}"
    if world.chance(0.1):
        extra += f" group {world.pick((1, 7))}"
    return Device(name, v4, v6, neighbours, extra)


def _routes(world: World) -> None:
    wan = world.devices[0]
    if world.chance(0.93):
        world.lines.append(f"route default via 203.0.113.254 dev {wan.name}")
    if world.chance(0.93):
        world.lines.append(f"route default via 2001:db8:1::fe dev {wan.name}")
    inner = world.devices[-1]
    if world.chance(0.4):
        realm = f" realm {world.pick((3, 5))}" if world.chance(0.4) else ""
        world.lines.append(
            f"route 10.20.0.0/16 via {inner.neighbours[4][0]} dev {inner.name}{realm}"
        )
        world.lines.append(f"route 2001:db8:20::/48 via {inner.neighbours[6][0]} dev {inner.name}")
    if world.chance(0.2):
        kind = world.pick(("unreachable", "prohibit", "blackhole", "throw"))
        world.lines.append(f"route {kind} 198.51.100.8/32")
        if kind != "throw":
            world.lines.append(f"route {kind} 2001:db8:f::8/128")
    if world.chance(0.1):
        world.lines.append(f"neighbour {inner.neighbours[4][1]} dev {inner.name} failed")


def _policy(world: World) -> None:
    if not world.chance(0.3):
        return
    for _ in range(world.pick((1, 1, 2))):
        family = world.pick((4, 4, 6))
        flag = "" if family == 4 else "-6 "
        device = world.pick(world.devices)
        table = world.pick((100, 101))
        gateway = device.neighbours[family][1]
        prefix = 32 if family == 4 else 128
        selector = world.pick((
            f"fwmark {world.pick(MARKS):#x}",
            f"fwmark {world.pick(MARKS):#x}/{world.pick((0xFF, 0xF)):#x}",
            f"from {world.somebody(family)}/{prefix}",
            f"to {world.somebody(family)}/{prefix}",
            f"iif {world.pick(world.devices).name}",
            f"tos {world.pick((0x08, 0x10)):#x}",
            f"uidrange {world.pick(UIDS)}-{1001}",
        ))  # fmt: skip
        preference = world.random.randrange(10, 32000)
        world.lines.append(f"ip {flag}rule add {selector} lookup {table} pref {preference}")
        world.lines.append(
            f"ip {flag}route replace default via {gateway} dev {device.name} table {table}"
            if world.chance(0.8)
            else f"ip {flag}route replace unreachable default table {table}"
        )


def make_sysctls(world: World) -> None:
    def say(name: str, value: object) -> None:
        world.lines.append(f"sysctl {name} = {value}")

    if world.chance(0.9):
        say("net.ipv4.ip_forward", 1)
    if world.chance(0.9):
        say("net.ipv6.conf.all.forwarding", 1)
    if world.chance(0.75):
        say("net.ipv4.conf.all.send_redirects", 0)
        say("net.ipv4.conf.default.send_redirects", 0)
        for device in world.devices:
            say(f"net.ipv4.conf.{device.name}.send_redirects", 0)
    if world.chance(0.3):
        place = world.pick(("all", world.pick(world.devices).name))
        say(f"net.ipv4.conf.{place}.rp_filter", world.pick((1, 2)))
    for probability, name, value in (
        (0.05, "net.netfilter.nf_conntrack_tcp_loose", 0),
        (0.05, "net.netfilter.nf_conntrack_tcp_be_liberal", 1),
        (0.04, "net.netfilter.nf_conntrack_checksum", 0),
        (0.05, "net.ipv4.conf.all.accept_local", 1),
        (0.08, "net.ipv4.conf.all.route_localnet", 1),
        (0.05, "net.ipv4.icmp_echo_ignore_all", 1),
        (0.1, "net.ipv4.icmp_echo_ignore_broadcasts", 0),
        (0.05, "net.ipv4.ip_default_ttl", 63),
        (0.05, "net.netfilter.nf_conntrack_acct", 1),
        (0.05, "net.ipv4.fwmark_reflect", 1),
    ):
        if world.chance(probability):
            say(name, value)


def make_listeners(world: World) -> None:
    for protocol in ("tcp", "tcp", "udp", "udp"):
        if not world.chance(0.6):
            continue
        port = world.pick(PORTS)
        family = world.pick((4, 4, 6))
        if (protocol, family, port) in world.listeners or any(
            item[0] == protocol and item[2] == port for item in world.listeners
        ):
            continue
        address = "0.0.0.0" if family == 4 else "[::]"
        if world.chance(0.2):
            own = world.pick(world.own(family))
            address = own if family == 4 else f"[{own}]"
        elif world.chance(0.15):
            address = "127.0.0.1" if family == 4 else "[::1]"
        world.listeners.append((protocol, family, port))
        world.lines.append(f"listen {protocol} {address}:{port} uid {world.pick(UIDS)}")


def make_sets(world: World) -> None:
    world.sets = {4: (), 6: ()}
    if world.chance(0.15):
        world.accounts = ("all", "few")
        world.lines += ["nfacct all", "nfacct few packets 2"]
    if not world.chance(0.3):
        return
    world.sets = {4: SETS4, 6: SETS6}
    a4, b4 = world.somebody(4), world.somebody(4)
    a6, b6 = world.somebody(6), world.somebody(6)
    port = world.pick(PORTS)
    world.lines += [
        "create nets hash:net family inet",
        f"add nets {a4}/{world.pick((8, 16, 24))}",
        f"add nets {b4}/32 nomatch" if a4 != b4 else "add nets 10.99.0.0/16",
        "create hosts hash:ip family inet counters",
        f"add hosts {b4}",
        "create pairs hash:ip,port family inet",
        f"add pairs {a4},tcp:{port}",
        f"add pairs {b4},udp:{port}",
        "create ports bitmap:port range 0-65535",
        f"add ports {port}",
        "create bits bitmap:ip range 203.0.113.0/24",
        f"add bits 203.0.113.{world.pick((1, 5, 7))}",
        "create macs bitmap:ip,mac range 192.168.100.0/24",
        "add macs 192.168.100.5,02:00:00:01:00:03",
        "add macs 192.168.100.9",
        "create triples hash:ip,port,ip family inet",
        f"add triples {a4},udp:{port},{b4}",
        f"add triples {b4},tcp:{port},{a4}",
        "create services hash:net,port family inet",
        f"add services {a4}/16,udp:{port}",
        f"add services {b4}/24,tcp:{port}",
        "create wires hash:net,iface family inet",
        f"add wires {a4}/16,{world.devices[-1].name}",
        "create all list:set",
        f"add all {world.pick(('nets', 'hosts'))}",
        f"add all {world.pick(('pairs', 'services'))}",
        "create nets6 hash:net family inet6",
        f"add nets6 {a6}/{world.pick((32, 48, 64))}",
        "create hosts6 hash:ip family inet6",
        f"add hosts6 {b6}",
        "create pairs6 hash:ip,port family inet6",
        f"add pairs6 {a6},tcp:{port}",
        "create services6 hash:net,port family inet6",
        f"add services6 {a6}/48,udp:{port}",
    ]
