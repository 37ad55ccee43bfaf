"""Ask one match about one packet: rules are read by the real parser, packets are real bytes."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from sim.extensions.extension import Clause, Context, Judgement, judge_fields
from sim.extensions.ipset import from_host
from sim.extensions.matchers import MATCHES
from sim.extensions.runtime import Runtime
from sim.kernel.routing.core import Routing
from sim.kernel.stack.sockets import Sockets
from sim.model.flow import Flow
from sim.model.host import Host
from sim.model.rules import Hook
from sim.packet.packet import Packet, sealed
from sim.read.host.text import parse_host
from sim.read.names import names_of
from sim.read.rules.ruleset import load_rules

SECOND = 10**9
HOST = parse_host(
    "interface eth0 10.0.0.1/24 2001:db8::1/64\ninterface eth1 10.1.0.1/24 2001:db8:1::1/64\n"
    "route default via 10.0.0.254 dev eth0\nroute default via 2001:db8::fe dev eth0\n"
)
SYN, ACK, FIN, RST = 2, 16, 1, 4


def runtime(host: Host = HOST) -> Runtime:
    """A fresh run: clock at zero, nothing remembered."""
    made = Runtime(host, Routing(host), Sockets(host))
    made.sets = from_host(host)
    return made


class Rule:
    """One rule, kept so that it can be asked again and again."""

    def __init__(
        self, line: str, *, family: int = 4, hook: Hook = Hook.FORWARD, table: str = "mangle",
        host: Host = HOST, on: Runtime | None = None,
    ) -> None:  # fmt: skip
        text = f"*{table}\n-A {hook} {line}\nCOMMIT\n"
        rules = load_rules(text, names_of(host), family=family)
        self.rule = rules.of(family).tables[table].chains[hook].rules[0]
        self.family, self.hook, self.table = family, hook, table
        self.runtime = on or runtime(host)

    def context(self, packet: Packet, **around: Any) -> Context:
        around = {"in_iface": "eth0", "out_iface": "eth1", "key": ("rule",), **around}
        return Context(
            packet, self.hook, self.table, str(self.hook), 1,
            host=self.runtime.host, runtime=self.runtime, **around,
        )  # fmt: skip

    def asked(self, packet: Packet, **around: Any) -> Judgement:
        """What the rule's last match says."""
        match = self.rule.matches[-1]
        kind = MATCHES[match.name, self.family]
        ctx = self.context(packet, **around)
        if kind.judge is not None:
            return kind.judge(match.args, ctx)
        return judge_fields(kind, match.args, ctx)

    def holds(self, packet: Packet, **around: Any) -> bool | None:
        return self.asked(packet, **around).held


def holds(line: str, packet: Packet, *, flow: Flow | None = None, **scene: Any) -> bool | None:
    """Does the rule's last match hold of the packet?"""
    around = {k: scene.pop(k) for k in ("in_iface", "out_iface", "physin", "physout") if k in scene}
    return Rule(line, **scene).holds(packet, flow=flow, **around)


def judged(line: str, packet: Packet, *, flow: Flow | None = None, **scene: Any) -> Judgement:
    around = {k: scene.pop(k) for k in ("in_iface", "out_iface", "physin", "physout") if k in scene}
    return Rule(line, **scene).asked(packet, flow=flow, **around)


def clause(line: str, packet: Packet, **scene: Any) -> Clause:
    """The last clause that was looked at."""
    return judged(line, packet, **scene).clauses[-1]


def ip(
    body: bytes, protocol: int, *, src: str = "10.0.0.2", dst: str = "10.1.0.5", ttl: int = 64,
    tos: int = 0, fragment: int = 0,
) -> Packet:  # fmt: skip
    """An IPv4 or IPv6 packet around a transport part; lengths and checksums are right.

    ``fragment`` is the 16-bit flags and offset field of IPv4.
    """
    a, b = ip_address(src), ip_address(dst)
    if a.version == 4:
        head = bytes((0x45, tos, 0, 0, 0, 1)) + fragment.to_bytes(2, "big")
        head += bytes((ttl, protocol, 0, 0)) + a.packed + b.packed
    else:
        head = (6 << 28 | tos << 20).to_bytes(4, "big") + bytes((0, 0, protocol, ttl))
        head += a.packed + b.packed
    return Packet(sealed(head + body))


def tcp(
    dport: int = 80, sport: int = 40000, flags: int = SYN, options: bytes = b"", **rest: Any
) -> Packet:
    words = sport.to_bytes(2, "big") + dport.to_bytes(2, "big") + bytes(8)
    head = words + bytes((5 + len(options) // 4 << 4, flags)) + b"\x20\x00" + bytes(4)
    return ip(head + options, 6, **rest)


def udp(dport: int = 53, sport: int = 40000, payload: bytes = b"", **rest: Any) -> Packet:
    head = sport.to_bytes(2, "big") + dport.to_bytes(2, "big")
    return ip(head + (8 + len(payload)).to_bytes(2, "big") + bytes(2) + payload, 17, **rest)


def icmp(kind: int = 8, code: int = 0, **rest: Any) -> Packet:
    v6 = ":" in rest.get("src", "")
    return ip(bytes((kind, code, 0, 0, 0, 7, 0, 1)), 58 if v6 else 1, **rest)
