"""Rulesets of four shapes, of any size, which every machine makes alike and both tools load.

All is reached from filter OUTPUT and does not match ``PACKETS``: what is walked is the whole, as
far as a shape lets one. The size is that of ``-A`` lines, within a few.
"""

from __future__ import annotations

import os

HOST = "interface eth0 203.0.113.9/24\nlisten udp 127.0.0.1:9999 uid 0\n"


def as_installed() -> dict[str, str]:
    """The environment of a command that is measured: its modules are compiled once, as they are
    for everybody who does not forbid it."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}


def packets(count: int) -> str:
    """So many packets to a listener of the host's own."""
    return "".join(f"local udp 127.0.0.1:{20000 + at} -> 127.0.0.1:9999\n" for at in range(count))


def _dump(chains: list[str], rules: list[str]) -> str:
    built_in = [f":{name} ACCEPT [0:0]" for name in ("INPUT", "FORWARD", "OUTPUT")]
    user = [f":{name} - [0:0]" for name in chains]
    return "\n".join(["*filter", *built_in, *user, *rules, "COMMIT", ""])


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def flat(size: int) -> str:
    """One chain, an address and a port each."""
    rules = [
        f"-A OUTPUT -d {_address(at)}/32 -p udp -m udp --dport {1 + at % 9000} -j DROP"
        for at in range(size)
    ]
    return _dump([], rules)


def kube(size: int) -> str:
    """As kube-proxy has it: a chain of all services, a chain for each, one for its endpoint."""
    chains, rules = ["KUBE-SERVICES"], ["-A OUTPUT -j KUBE-SERVICES"]
    bodies = []
    for at in range(max(1, size // 4)):
        service, endpoint = f"KUBE-SVC-{at:08X}", f"KUBE-SEP-{at:08X}"
        said = f'-m comment --comment "default/service-{at}:http"'
        chains += [service, endpoint]
        rules.append(
            f"-A KUBE-SERVICES -d {_address(at)}/32 -p tcp {said} -m tcp --dport 443 -j {service}"
        )
        bodies += [
            f"-A {service} {said} -j {endpoint}",
            f"-A {endpoint} -s {_address(at + 500_000)}/32 {said} -j DROP",
            f"-A {endpoint} -p tcp {said} -m tcp --dport 8443 -j ACCEPT",
        ]
    return _dump(chains, rules + bodies)


def ufw(size: int) -> str:
    """A chain of what a person opened: a source network or none, TCP and UDP."""
    rules = ["-A OUTPUT -j ufw-user-output"]
    for at in range(size - 1):
        protocol = ("tcp", "udp")[at % 2]
        source = f"-s {_address(at * 256)}/24 " if at % 3 else f"-d {_address(at)}/32 "
        port = f"-m {protocol} --dport {1 + at % 9000}"
        rules.append(f"-A ufw-user-output {source}-p {protocol} {port} -j ACCEPT")
    return _dump(["ufw-user-output"], rules)


def services(size: int) -> str:
    """A chain for each network with nine rules of its own."""
    chains, rules, bodies = [], [], []
    for at in range(max(1, size // 10)):
        name = f"SVC-{at}"
        chains.append(name)
        rules.append(f"-A OUTPUT -d {_address(at * 256)}/24 -j {name}")
        bodies += [f"-A {name} -p tcp -m tcp --dport {port} -j ACCEPT" for port in range(20, 28)]
        bodies.append(f"-A {name} -j DROP")
    return _dump(chains, rules + bodies)


SHAPES = {"flat": flat, "kube": kube, "ufw": ufw, "services": services}
