"""Scenarios that meet settings of the kernel: one for each place, one for each that acts."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv6Address

from sim.model.kernel_settings import Met
from sim.model.scenario import Scenario
from tests.kernel.siblings import ANSWER_HOST, cut, echo, into, ip, restored, tcp, udp

NEAR4, OWN4, OUT4 = "10.1.1.10", "10.1.1.1", "203.0.113.9"
NEAR6, OWN6, OUT6 = "2001:db8:1::10", "2001:db8:1::1", "2001:db8:9::9"
OPTIONS = bytes((17, 0, 0x1E, 4, 0, 0, 0, 0))  # one unknown option, which is passed over
SEGMENTS = bytes((17, 2, 4, 0, 0, 0, 0, 0)) + bytes(16)
SOLICITATION = bytes((135, 0, 0, 0, 0, 0, 0, 0))
MAC = bytes.fromhex("0101020000000201")


def with_host(scenario: Scenario, lines: str) -> Scenario:
    return replace(scenario, host=scenario.host + lines)


def scenario(family: int, *packets: str, host: str = "", **tables: list[str]) -> Scenario:
    """A host with three devices, rules in every chain of filter, and these packets."""
    rules = {**tables, "filter": tables.get("filter", ["-A INPUT", "-A FORWARD", "-A OUTPUT"])}
    return Scenario(
        title="setting", host=ANSWER_HOST + host, rules=restored(family, rules),
        packets="\n".join(packets) + "\n",
    )  # fmt: skip


def solicitation() -> str:
    part = SOLICITATION + IPv6Address(OWN6).packed + MAC
    packet = bytearray(ip(NEAR6, OWN6, 58, part, ttl=255))
    return into("eth1", bytes(packet))


def _icmp(family: int, kind: int, length: int = 40) -> str:
    ends = (NEAR4, OWN4, 1) if family == 4 else (NEAR6, OWN6, 58)
    ttl = 255 if family == 6 else 64
    return into("eth1", ip(*ends, echo(length, family, kind), ttl=ttl))


def meeting(met: Met, name: str = "") -> Scenario:
    """A packet that comes to the place where such settings count."""
    family = 6 if name.startswith(("net.ipv6.", "net.netfilter.")) else 4
    near, own = (NEAR4, OWN4) if family == 4 else (NEAR6, OWN6)
    query = into("eth1", ip(near, own, 17, udp(1600 if met is Met.FRAGMENT else 20)))
    match met:
        case Met.ACQUIRE:
            policy = (
                "ip xfrm policy add src 10.1.1.0/24 dst 203.0.113.0/24 dir out "
                "tmpl src 203.0.113.1 dst 203.0.113.9 proto esp mode tunnel\n"
            )
            return scenario(4, into("eth1", ip(NEAR4, OUT4, 17, udp(20))), host=policy)
        case Met.ADVERTISED:
            return scenario(6, _icmp(6, 134))
        case Met.ARP:
            return Scenario(host=ANSWER_HOST, packets=f"in eth1 arp request {NEAR4} -> {OWN4}\n")
        case Met.PROXY:
            asked = f"in eth1 arp request {NEAR4} -> {OUT4}\n"
            return Scenario(host=ANSWER_HOST, packets=asked)
        case Met.BROADCAST:
            return scenario(4, into("eth1", ip(NEAR4, "203.0.113.255", 17, udp(20))))
        case Met.DISCOVERY:
            return scenario(6, solicitation())
        case Met.ERROR:
            return scenario(family, query)
        case Met.FRAGMENT:
            pieces = [into("eth1", p) for p in cut(ip(near, own, 17, udp(1600)), 800)]
            tracked = (
                ["-A INPUT -m conntrack --ctstate NEW"] if "conntrack" in name else ["-A INPUT"]
            )
            return scenario(family, *pieces, filter=tracked)
        case Met.HOP_BY_HOP:
            return scenario(6, into("eth1", ip(NEAR6, OWN6, 0, OPTIONS + udp(20))))
        case Met.POLICY:
            policy = "ip xfrm policy add src 2001:db8:7::/64 dst 2001:db8:8::/64 dir in\n"
            return scenario(6, into("eth1", ip(NEAR6, OWN6, 17, udp(20))), host=policy)
        case Met.PROBE:
            return scenario(4, _icmp(4, 42))
        case Met.REDIRECTED:
            return scenario(family, _icmp(family, 5 if family == 4 else 137))
        case Met.ROUTING_HEADER:
            return scenario(6, into("eth1", ip(NEAR6, OWN6, 43, SEGMENTS + udp(20))))
        case Met.SPREAD:
            to = "192.0.2.9" if family == 4 else "2001:db8:b::9"
            hops = ("203.0.113.9", "198.51.100.254") if family == 4 else (OUT6, "2001:db8:5::254")
            way = (
                f"ip {'-6 ' * (family == 6)}route add {to} nexthop via {hops[0]} dev eth0 "
                f"nexthop via {hops[1]} dev eth2\n"
            )
            return scenario(family, into("eth1", ip(near, to, 17, udp(20))), host=way)
        case Met.SYN:
            listen = "listen tcp *:80\n"
            return scenario(family, into("eth1", ip(near, own, 6, tcp(20))), host=listen)
        case Met.UNANSWERED:
            deaf = f"neighbour {near[:-2]}55 dev eth1 failed\n"
            return scenario(
                family, f'local hex "{ip(own, near[:-2] + "55", 17, udp(20)).hex()}"', host=deaf
            )
