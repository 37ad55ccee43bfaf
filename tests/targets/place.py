"""A router for targets to run in: no mock, the engine's own host, routing and sockets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sim.extensions.extension import Answer, Context
from sim.extensions.runtime import Runtime
from sim.extensions.targets import TARGETS
from sim.kernel.far.conversation import Conversation
from sim.kernel.routing.core import Routing
from sim.kernel.stack.sockets import Sockets
from sim.model.flow import Flow
from sim.model.host import Host
from sim.model.rules import Hook, Target
from sim.packet.packet import Packet
from sim.packet.script import Inject, Originate
from sim.read.host.text import parse_host
from sim.read.names import names_of
from sim.read.packets.text import parse_packets
from sim.read.rules.ruleset import load_rules

ROUTER = """
interface eth0 10.0.0.1/24 10.0.0.9/24 fd00:0:0:1::1/64
interface eth1 10.0.1.1/24 fd00:0:0:2::1/64 mtu 1400
interface eth2
route default via 10.0.1.254 dev eth1
sysctl net.ipv4.ip_forward = 1
"""
_CHAINS = {"raw": "PREROUTING", "nat": "PREROUTING"}


def packet(text: str, host: str = ROUTER) -> Packet:
    """A packet from one line of packets text."""
    parsed = parse_host(host)
    statement = parse_packets(text, parsed)[0]
    assert isinstance(statement, Inject | Originate)
    return Conversation(parsed).make(statement)


def context(given: Packet, hook: Hook = Hook.FORWARD, host: str = ROUTER, **fields: Any) -> Context:
    """Where a target meets the packet. ``flow`` may be given as a ``Flow``."""
    parsed = parse_host(host)
    runtime = fields.pop("runtime", None) or runtime_of(parsed)
    devices = {
        Hook.PREROUTING: ("eth0", ""),
        Hook.INPUT: ("eth0", ""),
        Hook.FORWARD: ("eth0", "eth1"),
        Hook.OUTPUT: ("", "eth1"),
        Hook.POSTROUTING: ("eth0", "eth1"),
    }[hook]
    flow = fields.get("flow")
    if isinstance(flow, Flow):
        given = replace(given, flow=flow.id)
    made = Context(given, hook, "mangle", hook.value, 1, *devices, parsed, runtime)
    return replace(made, **fields)


def runtime_of(host: Host) -> Runtime:
    return Runtime(host, Routing(host), Sockets(host))


def target(words: str, table: str = "filter", family: int = 4, chain: str = "") -> Target:
    """The target of a rule, as the loader makes it."""
    text = f"*{table}\n-A {chain or _CHAINS.get(table, 'FORWARD')} {words}\nCOMMIT\n"
    rules = load_rules(text, names_of(parse_host(ROUTER)), family=family)
    made = rules.of(family).tables[table].chains[chain or _CHAINS.get(table, "FORWARD")].rules[0]
    assert isinstance(made.target, Target)
    return made.target


def run(words: str, ctx: Context, table: str = "filter", chain: str = "") -> Answer:
    """What ``-j ...`` makes of the packet there."""
    made = target(words, table, ctx.family, chain)
    kind = TARGETS[made.name, ctx.family]
    assert kind.apply is not None
    return kind.apply(made.args, ctx)
