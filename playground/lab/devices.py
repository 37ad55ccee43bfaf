"""A scenario's host as rtnetlink messages: devices, addresses, routes, rules, neighbours.

Only bytes are made (and read) here; ``machine`` sends them. Numbers are from linux/if_link.h,
rtnetlink.h, fib_rules.h and neighbour.h.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

from playground.lab.errors import NotComparable
from playground.lab.netlink import (
    NLM_F_APPEND,
    NLM_F_CREATE,
    Message,
    Netlink,
    attribute,
    attributes,
    nested,
    text,
    u32,
)
from sim.model.host import IfAddress, Interface, Neighbour, PolicyRule, Route, RuleAction
from sim.packet.packet import Address

NEWLINK, DELLINK, GETLINK, SETLINK = 16, 17, 18, 19
NEWADDR, DELADDR, NEWROUTE, DELROUTE, GETROUTE = 20, 21, 24, 25, 26
NEWNEIGH, NEWRULE, DELRULE = 28, 32, 33
IFF_UP, IFF_NOARP, IFF_MULTICAST = 0x1, 0x80, 0x1000
NUD_NONE, NUD_NOARP, NUD_PERMANENT = 0x00, 0x40, 0x80
NTF_MASTER = 0x04
_NF_CALL = {"iptables": 36, "ip6tables": 37, "arptables": 38}  # IFLA_BR_NF_CALL_...
SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
ROUTE_KINDS = {
    "unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5, "blackhole": 6,
    "unreachable": 7, "prohibit": 8, "throw": 9,
}  # fmt: skip
RULE_ACTIONS = {
    "lookup": 1, "goto": 2, "nop": 3, "blackhole": 6, "unreachable": 7, "prohibit": 8,
}  # fmt: skip
WIRED = ("ethernet", "bridge")


def family_number(family: int) -> int:
    return socket.AF_INET if family == 4 else socket.AF_INET6


def _link(index: int, flags: int, change: int, *attributes: bytes) -> bytes:
    return struct.pack("=BxHiII", 0, 0, index, flags, change) + b"".join(attributes)


def loopback_up() -> Message:
    return Message(NEWLINK, _link(1, IFF_UP, IFF_UP), "lo up", flags=0)


def veth(
    device: Interface,
    index: int,
    mac: str,
    peer: str,
    peer_index: int,
    fd: int,
) -> Message:
    """A wire: ``device`` here, its other end ``peer`` in the namespace of descriptor ``fd``.

    It asks and answers ARP and neighbour discovery and joins groups, as any Ethernet device.
    """
    quiet = IFF_NOARP if device.noarp else 0
    other = _link(
        peer_index,
        IFF_NOARP,
        IFF_NOARP,
        text(3, peer),
        u32(4, 65535),
        u32(28, fd),
    )
    body = _link(
        index,
        quiet | IFF_MULTICAST,
        IFF_NOARP | IFF_MULTICAST,
        text(3, device.name),
        u32(4, device.mtu),
        u32(27, device.group),
        attribute(1, bytes.fromhex(mac.replace(":", ""))),
        nested(18, text(1, "veth"), nested(2, attribute(1, other))),
    )
    return Message(NEWLINK, body, f"interface {device.name}")


def bridge(device: Interface, index: int, mac: str) -> Message:
    """A bridge without spanning tree; snooping off, so that it sends nothing of its own.

    Its MTU is set later: the route that br_netfilter gives frames learns it only from a change.
    """
    quiet = IFF_NOARP if device.noarp else 0
    flags = quiet | (IFF_UP if device.up else 0) | IFF_MULTICAST
    calls = [attribute(_NF_CALL[tool], b"\1") for tool in device.nf_call]
    body = _link(
        index,
        flags,
        IFF_NOARP | IFF_UP | IFF_MULTICAST,
        text(3, device.name),
        u32(27, device.group),
        attribute(1, bytes.fromhex(mac.replace(":", ""))),
        nested(18, text(1, "bridge"), nested(2, attribute(23, b"\0"), *calls)),
    )
    return Message(NEWLINK, body, f"bridge {device.name}")


def behind(mac: str, port: str, index: int) -> Message:
    """``bridge fdb replace MAC dev PORT master static``"""
    body = struct.pack("=BxHiHBB", socket.AF_BRIDGE, 0, index, NUD_NOARP, NTF_MASTER, 0)
    parts = attribute(2, bytes.fromhex(mac.replace(":", "")))
    return Message(NEWNEIGH, body + parts, f"{mac} behind {port}", NLM_F_CREATE | 0x100)


def enslave(name: str, index: int, master: int) -> Message:
    return Message(NEWLINK, _link(index, 0, 0, u32(10, master)), f"{name} as bridge port", flags=0)


def set_mtu(name: str, index: int, mtu: int) -> Message:
    """As a person does, so that a bridge does not take the smallest of its ports' any more."""
    return Message(NEWLINK, _link(index, 0, 0, u32(4, mtu)), f"MTU of {name}", flags=0)


def set_up(name: str, index: int, up: bool) -> Message:
    what = f"{name} {'up' if up else 'down'}"
    return Message(NEWLINK, _link(index, IFF_UP if up else 0, IFF_UP), what, flags=0)


def address(name: str, index: int, item: IfAddress, remove: bool = False) -> Message:
    """``ip addr add``; the broadcast address as ``ip`` fills it in only when it was given."""
    ip = item.address
    local = ip.ip.packed
    parts = [attribute(2, local), attribute(1, item.peer.ip.packed if item.peer else local)]
    if item.broadcast is not None:
        parts.append(attribute(4, item.broadcast.packed))
    flags = 0x02 if ip.version == 6 else 0  # IFA_F_NODAD
    if item.temporary:  # inet6_rtm_newaddr takes no IFA_F_TEMPORARY
        raise NotComparable("the kernel makes temporary addresses itself, at random")
    if item.noprefixroute:
        flags |= 0x200
    parts.append(u32(8, flags))
    if item.deprecated:
        parts.append(attribute(6, struct.pack("=IIII", 0, 0xFFFFFFFF, 0, 0)))
    prefix = item.peer.network.prefixlen if item.peer else ip.network.prefixlen
    scope = SCOPES.get(item.scope, 0)
    body = struct.pack("=BBBBi", family_number(ip.version), prefix, 0, scope, index)
    kind = DELADDR if remove else NEWADDR
    return Message(
        kind, body + b"".join(parts), f"address {ip} on {name}", *((0,) if remove else ())
    )


def delivered(link: Netlink) -> Iterator[bytes]:
    """The IPv6 addresses that have a route of their own in the table ``local``."""
    wanted = struct.pack("=BBBBBBBBI", family_number(6), 0, 0, 0, 0, 0, 0, 0, 0)
    for body in link.dump(GETROUTE, wanted):
        if body[7] == ROUTE_KINDS["local"]:
            yield from (value for kind, value in attributes(body, 12) if kind == 1)


def route(item: Route, indexes: dict[str, int]) -> Message:
    """``ip route append`` (an equal prefix of another metric or TOS may stand beside it)."""
    kind = ROUTE_KINDS[item.kind]
    gateway = item.via is not None or any(hop.via for hop in item.nexthops)
    scope = _route_scope(item, gateway) if item.family == 4 else 0
    flags = 4 if item.onlink else 0  # RTNH_F_ONLINK
    body = struct.pack(
        "=BBBBBBBBI",
        family_number(item.family), item.prefix.prefixlen, 0, item.tos,
        item.table if item.table < 256 else 0, 3, scope, kind, flags,
    )  # fmt: skip
    parts = [u32(15, item.table)]
    if item.prefix.prefixlen:
        parts.append(attribute(1, item.prefix.network_address.packed))
    if item.dev:
        parts.append(u32(4, _index(item.dev, indexes)))
    if item.via is not None:
        parts.append(_gateway(item.family, item.via))
    if item.metric:
        parts.append(u32(6, item.metric))
    if item.src is not None:
        parts.append(attribute(7, item.src.packed))
    if item.mtu:
        lock = [u32(1, 1 << 2)] if item.mtu_locked else []
        parts.append(nested(8, u32(2, item.mtu), *lock))
    if item.realm:
        parts.append(u32(11, item.realm))
    if item.nexthops:
        parts.append(attribute(9, b"".join(_nexthop(item, hop, indexes) for hop in item.nexthops)))
    what = f"route {item.prefix} {item.kind}"
    return Message(NEWROUTE, body + b"".join(parts), what, NLM_F_CREATE | NLM_F_APPEND)


def _route_scope(item: Route, gateway: bool) -> int:
    if item.kind == "local":
        return SCOPES["host"]
    if item.kind in ("broadcast", "multicast", "anycast"):
        return SCOPES["link"]
    if item.kind != "unicast" or gateway:
        return SCOPES["global"]
    return SCOPES["link"] if item.scope == "global" else SCOPES.get(item.scope, 253)


def _gateway(family: int, via: Address) -> bytes:
    if via.version == (4 if family == 4 else 6):
        return attribute(5, via.packed)
    return attribute(18, struct.pack("=H", family_number(via.version)) + via.packed)  # RTA_VIA


def _nexthop(item: Route, hop: object, indexes: dict[str, int]) -> bytes:
    via, dev, weight = hop.via, hop.dev, hop.weight  # type: ignore[attr-defined]
    inside = _gateway(item.family, via) if via is not None else b""
    index = _index(dev, indexes) if dev else 0
    return struct.pack("=HBBi", 8 + len(inside), 0, weight - 1, index) + inside


def _index(name: str, indexes: dict[str, int]) -> int:
    if name not in indexes:
        raise NotComparable(f"there is no interface {name}")
    return indexes[name]


def neighbour(item: Neighbour, indexes: dict[str, int]) -> Message:
    """``failed``: an entry that nobody will answer for; a MAC: a permanent entry."""
    state = NUD_NONE if item.failed else NUD_PERMANENT
    body = struct.pack(
        "=BxHiHBB", family_number(item.address.version), 0, _index(item.dev, indexes), state, 0, 1
    )
    parts = attribute(1, item.address.packed)
    if item.mac and not item.failed:
        parts += attribute(2, bytes.fromhex(item.mac.replace(":", "")))
    return Message(NEWNEIGH, body + parts, f"neighbour {item.address}", NLM_F_CREATE | 0x100)


def rule(item: PolicyRule) -> Message:
    """``ip rule add``"""
    source, destination = item.source, item.destination
    body = struct.pack(
        "=BBBBBBBBI",
        family_number(item.family),
        destination.prefixlen if destination is not None else 0,
        source.prefixlen if source is not None else 0,
        item.tos, item.table if item.table < 256 else 0, 0, 0,
        RULE_ACTIONS[item.action], 2 if item.negated else 0,
    )  # fmt: skip
    parts = [u32(6, item.priority)]
    if item.action is RuleAction.LOOKUP:
        parts.append(u32(15, item.table))
    if item.action is RuleAction.GOTO:
        parts.append(u32(4, item.goto))
    for kind, network in ((2, source), (1, destination)):
        if network is not None:
            parts.append(attribute(kind, network.network_address.packed))
    for kind, name in ((3, item.iif), (17, item.oif)):
        if name:
            parts.append(text(kind, name))
    if item.fwmark is not None:
        parts += [u32(10, item.fwmark), u32(16, item.fwmask)]
    if item.suppress_group is not None:
        parts.append(u32(13, item.suppress_group))
    if item.suppress_prefix_length is not None:
        parts.append(u32(14, item.suppress_prefix_length))
    if item.uids is not None:
        parts.append(attribute(20, struct.pack("=II", *item.uids)))
    if item.protocol:
        parts.append(attribute(22, struct.pack("=B", item.protocol)))
    for kind, ports in ((23, item.sport), (24, item.dport)):
        if ports is not None:
            parts.append(attribute(kind, struct.pack("=HH", *ports)))
    what = f"policy rule {item.priority}"
    return Message(NEWRULE, body + b"".join(parts), what)


def forget_default_rules(family: int) -> list[Message]:
    """Remove what the kernel starts with: local, main and (IPv4) default."""
    tables = (255, 254, 253) if family == 4 else (255, 254)
    priorities = {255: 0, 254: 32766, 253: 32767}
    return [
        Message(
            DELRULE,
            struct.pack("=BBBBBBBBI", family_number(family), 0, 0, 0, table, 0, 0, 1, 0)
            + u32(6, priorities[table]),
            f"without the kernel's own policy rule {priorities[table]}",
            0,
        )
        for table in tables
    ]
