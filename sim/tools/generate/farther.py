"""Where random scenarios go beyond conversations: IPv6's own ways, sizes, settings, time.

Each topic adds lines to the packets text, some to the host's. Packets that no line describes are
made byte by byte.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address, ip_network

from sim.extensions.drawing import PORTS
from sim.packet.packet import sealed
from sim.tools.generate.packets import way
from sim.tools.generate.world import Device, Facts, World

_UDP, _ICMPV6, _FRAGMENT, _HOP, _DESTINATION = 17, 58, 44, 0, 60
_PAD = bytes.fromhex("010400000000")


def topics(world: World, packets: list[str]) -> list[str]:
    """The packets of one or two topics, before or among the others."""
    for _ in range(world.pick((1, 1, 2))):
        more = world.pick(tuple(_TOPICS.values()))(world)
        at = world.random.randrange(len(packets) + 1)
        packets = [*packets[:at], *more, *packets[at:]]
    # A reply needs something before it to answer.
    first = next((n for n, line in enumerate(packets) if line != "reply"), len(packets))
    return packets[first:][:14]


def _hex(device: Device, packet: bytes, extra: str = "") -> str:
    return f'in {device.name} hex "{packet.hex()}"{extra}'


def _header(source: str, target: str, named: int, body: bytes, hops: int = 64) -> bytes:
    head = bytes((0x60, 0, 0, 0)) + len(body).to_bytes(2, "big") + bytes((named, hops))
    return head + IPv6Address(source).packed + IPv6Address(target).packed + body


def _datagram(source: str, target: str, ports: tuple[int, int], data: bytes) -> bytes:
    """UDP's header and content, the checksum right."""
    body = b"".join(n.to_bytes(2, "big") for n in (*ports, 8 + len(data), 0)) + data
    return sealed(_header(source, target, _UDP, body))[40:]


def _fact(world: World, source: str, target: str, device: Device, ports: tuple[int, int]) -> None:
    family = 6 if ":" in source else 4
    world.facts.append(Facts(family, "udp", source, target, device.name, "", *ports))


def fragments(world: World) -> list[str]:
    """Of one IPv6 datagram: whole, cut, atomic, too short, with headers on either side."""
    device, source, target = way(world, 6)
    ports = world.pick(PORTS), world.pick(PORTS)
    _fact(world, source, target, device, ports)
    data = bytes(range(48, 48 + world.pick((8, 40, 72))))
    inner, named = _datagram(source, target, ports, data), _UDP
    if world.chance(0.25):
        inner, named = bytes((named, 0)) + _PAD + inner, _DESTINATION
    cut = min(world.pick((0, 0, 8, 16, 24)), len(inner))
    if cut and world.chance(0.1):
        cut -= 3  # no multiple of eight: an error goes back
    ident = world.random.getrandbits(32).to_bytes(4, "big")

    def piece(start: int, end: int, more: bool) -> str:
        head = bytes((named, 0)) + (start & ~7 | more).to_bytes(2, "big") + ident
        body, first = head + inner[start:end], _FRAGMENT
        if hop:
            body, first = bytes((_FRAGMENT, 0)) + _PAD + body, _HOP
        return _hex(device, _header(source, target, first, body))

    hop = world.chance(0.2)
    if not cut:
        return [piece(0, len(inner), False)]
    lines = [piece(0, cut, True), piece(cut, len(inner), False)]
    if world.chance(0.2):
        lines.reverse()
    return lines[: world.pick((1, 2, 2, 2))]


def extensions(world: World) -> list[str]:
    """A chain of extension headers in any order, some twice, before a datagram."""
    device, source, target = way(world, 6)
    ports = world.pick(PORTS), world.pick(PORTS)
    _fact(world, source, target, device, ports)
    body, named = _datagram(source, target, ports, b"hello"), _UDP
    for _ in range(world.pick((1, 2, 3))):
        kind = world.pick((_HOP, _DESTINATION, _DESTINATION))
        body, named = bytes((named, 0)) + _PAD + body, kind
    return [_hex(device, _header(source, target, named, body)), "reply"]


def discovery(world: World) -> list[str]:
    """Neighbour solicitations: to whom, about what, with or without the sender's MAC."""
    device = world.pick(world.devices)
    if not device.v6:
        return []
    own = IPv6Address(device.v6[0].partition("/")[0])
    network = ip_network(device.v6[0], strict=False)
    about = world.pick((str(own), str(own), str(network.network_address), world.somebody(6)))
    group = "ff02::1:ff" + IPv6Address(about).exploded[-7:]
    target = world.pick((group, group, about, "ff02::1"))
    source = world.pick((*device.neighbours[6], "::", world.pick(world.remote[6])))
    option = bytes.fromhex("0101020000000a77") if world.chance(0.6) and source != "::" else b""
    body = bytes((135, 0, 0, 0, 0, 0, 0, 0)) + IPv6Address(about).packed + option
    hops = world.pick((255, 255, 255, 255, 64))
    facts = Facts(6, "icmpv6", source, target, device.name, icmp_type=135)
    world.facts.append(facts)
    return [_hex(device, sealed(_header(source, target, _ICMPV6, body, hops)))]


def anycast(world: World) -> list[str]:
    """To the address of all routers of a network, which this host has when it forwards."""
    device = world.pick(world.devices)
    if not device.v6:
        return []
    target = str(ip_network(device.v6[0], strict=False).network_address)
    source = world.pick(device.neighbours[6])
    ports = world.pick(PORTS), world.pick(PORTS)
    _fact(world, source, target, device, ports)
    ends = f"[{source}]:{ports[0]} -> [{target}]:{ports[1]}"
    return [
        world.pick((
            f"in {device.name} udp {ends}",
            f"in {device.name} tcp {ends} syn",
            f"in {device.name} icmpv6 {source} -> {target} echo-request id 7 seq 1",
        ))
    ]  # fmt: skip


def sizes(world: World) -> list[str]:
    """A device, or a bridge's port, with a small MTU, and datagrams about as long."""
    family = world.pick((4, 6))
    device, source, target = way(world, family)
    if any(line.startswith("ip link set ") and " mtu " in line for line in world.lines):
        return []  # what was drawn for another device might come in on this one
    # What arrives longer than its own device's MTU is the hardware's affair.
    world.lines.append(f"ip link set {device.name} mtu 1500")
    narrow = world.pick([one for one in world.devices if one is not device] or [device])
    mtu = world.pick((1280, 1300, 1400))
    world.lines.append(f"ip link set {narrow.name} mtu {mtu}")
    ports = world.pick(PORTS), world.pick(PORTS)
    _fact(world, source, target, device, ports)
    length = mtu - 48 + (world.pick((-8, 0, 1, 60)) if narrow is not device else -8)
    bracket = "[{}]:{}" if family == 6 else "{}:{}"
    ends = f"{bracket.format(source, ports[0])} -> {bracket.format(target, ports[1])}"
    free = " df" if family == 4 and world.chance(0.5) else ""
    return [f"in {device.name} udp {ends} payload-hex {'61' * length}{free}", "reply"]


_EVERYWHERE = (
    "net.ipv4.icmp_errors_use_inbound_ifaddr = 1",
    "net.ipv4.conf.all.drop_unicast_in_l2_multicast = 1",
    "net.ipv6.icmp.echo_ignore_multicast = 1",
    "net.ipv6.icmp.echo_ignore_all = 1",
    "net.ipv6.fwmark_reflect = 1",
    "net.ipv6.conf.all.hop_limit = 9",
    "net.netfilter.nf_conntrack_udp_timeout = 44",
    "net.netfilter.nf_conntrack_udp_timeout_stream = 77",
    "net.netfilter.nf_conntrack_icmp_timeout = 17",
    "net.netfilter.nf_conntrack_icmpv6_timeout = 21",
    "net.netfilter.nf_conntrack_tcp_timeout_syn_sent = 50",
    "net.netfilter.nf_conntrack_tcp_timeout_close = 13",
    "net.netfilter.nf_conntrack_generic_timeout = 99",
)
_OF_A_DEVICE = (
    "net.ipv6.conf.{}.hop_limit = 7",
    "net.ipv4.conf.{}.forwarding = 0",
    "net.ipv6.conf.{}.forwarding = 0",
    "net.ipv4.conf.{}.accept_local = 1",
    "net.ipv4.conf.{}.route_localnet = 1",
)


def settings(world: World) -> list[str]:
    """Settings that are rarely changed, and something that each may act on."""
    for _ in range(world.pick((1, 2, 3))):
        line = world.pick((*_EVERYWHERE, *_OF_A_DEVICE))
        world.lines.append(f"sysctl {line.format(world.pick(world.devices).name)}")
    device, source, target = way(world, 6)
    ports = world.pick(PORTS), world.pick(PORTS)
    _fact(world, source, target, device, ports)
    group = f"in {device.name} icmpv6 {source} -> ff02::1 echo-request id 9 seq 1"
    return [
        f"in {device.name} udp [{source}]:{ports[0]} -> [{target}]:{ports[1]} ttl 1",
        group,
    ][: world.pick((1, 2))]


def both_ways(world: World) -> list[str]:
    """Each end speaks, errors come back about either, and a stranger has the same ports."""
    family = world.pick((4, 6, 6))
    device, source, target = way(world, family)
    others = [one for one in world.devices if one is not device] or [device]
    other = world.pick(others)
    ports = world.pick(PORTS), world.pick(PORTS)
    _fact(world, source, target, device, ports)
    bracket = "[{}]:{}" if family == 6 else "{}:{}"
    here, there = bracket.format(source, ports[0]), bracket.format(target, ports[1])
    name = "icmp" if family == 4 else "icmpv6"
    error = f"{name} {target} -> {source} port-unreachable quoting last"
    lines = [f"in {device.name} udp {here} -> {there}", "reply", "reply"]
    lines += world.pick((
        [f"in {other.name} {error}"],
        [f"in {other.name} udp {there} -> {here}", "reply"],
        [f"in {device.name} udp {here} -> {there}", "reply"],
    ))  # fmt: skip
    return lines[: world.pick((3, 4, 5))]


def time(world: World) -> list[str]:
    """The same connection before and after a while in which conntrack counts down."""
    device, source, target = way(world, world.pick((4, 6)))
    ports = world.pick(PORTS), world.pick(PORTS)
    _fact(world, source, target, device, ports)
    bracket = "[{}]:{}" if ":" in source else "{}:{}"
    line = f"in {device.name} udp {bracket.format(source, ports[0])} -> "
    line += bracket.format(target, ports[1])
    if world.chance(0.5):
        world.lines.append("sysctl net.netfilter.nf_conntrack_udp_timeout = 1")
        return [line, "wait 2200ms", line]
    return [line, "reply", "wait 2300ms", line]


_TOPICS: dict[str, Callable[[World], list[str]]] = {
    "fragments": fragments, "extensions": extensions, "discovery": discovery, "anycast": anycast,
    "sizes": sizes, "settings": settings, "both ways": both_ways,
}  # fmt: skip
