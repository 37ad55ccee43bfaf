"""Packets for a ruleset about which nothing else is known: to and from what it mentions."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_interface
from random import Random

from playground.walks.runs import with_proposed_host
from sim.base.errors import Refused
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario

MOST = 24
_ADDRESS = re.compile(r"(?<![\w.:])(\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*::?[0-9a-f:]+)(?:/\d+)?")
_INTERFACE = re.compile(r"^interface (\S+)((?: [0-9a-f.:]+/\d+)*)", re.M)
_PORT = re.compile(r"--(?:dport|dports|to-ports?) (\d+)")
Address = IPv4Address | IPv6Address
Interface = IPv4Interface | IPv6Interface


def scenario_on(rules: str) -> Scenario:
    """The ruleset, a host proposed for it, packets in, through and out, and some answers.

    Raises ``Refused`` when the rules cannot be read.
    """
    random = Random(len(rules))
    scenario = with_proposed_host(Scenario(rules=rules))
    own = list(_own(scenario.host))
    mentioned = list(dict.fromkeys(_mentioned(rules)))
    ports = sorted({*_PORT.findall(rules)} | {"22", "53", "443"})
    lines: list[str] = []
    for _ in range(MOST):
        dev, address = random.choice(own)
        family = [one for one in mentioned if one.version == address.version]
        others = [*family, *(a.ip for _, a in own if a.version == address.version)]
        source = random.choice([*others, *_beside(address)])
        target = random.choice([*others, *_beside(address)])
        port = random.choice(ports)
        kind = random.choice(("tcp", "tcp", "udp"))
        way = f"in {dev}" if random.random() < 0.8 else f"local uid {random.choice((0, 1000))}"
        if way.startswith("local"):
            source = address.ip
        lines.append(f"{way} {kind} {_end(source, '40000')} -> {_end(target, port)}")
        if random.random() < 0.4:
            lines.append("reply")
    return _readable(replace(scenario, packets="\n".join(lines)))


def _readable(scenario: Scenario) -> Scenario:
    """Without the packets that cannot be (from a broadcast address, to nowhere)."""
    try:
        compile_scenario(scenario)
    except Refused as refused:
        bad = {error.span.line for error in refused.errors if error.where == "packets"}
        if not bad:
            raise
        lines = enumerate(scenario.packets.splitlines(), 1)
        kept = "\n".join(line for number, line in lines if number not in bad)
        return _readable(replace(scenario, packets=kept))
    return scenario


def _own(host: str) -> list[tuple[str, Interface]]:
    found = [
        (match[1], ip_interface(text))
        for match in _INTERFACE.finditer(host)
        for text in match[2].split()
    ]
    return found or [("lo", ip_interface("127.0.0.1/8"))]


def _beside(address: Interface) -> list[Address]:
    return [address.ip + 1, address.ip + 7]


def _mentioned(rules: str) -> list[Address]:
    found: list[Address] = []
    for match in _ADDRESS.finditer(rules):
        try:
            found.append(ip_interface(match[0]).ip)
        except ValueError:
            continue
    return found


def _end(address: Address, port: str) -> str:
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
