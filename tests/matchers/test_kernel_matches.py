"""Random rules and packets: the kernel's counters and ours agree, packet for packet."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from sim.base.errors import Refused
from sim.model.host import Host
from sim.packet.packet import Packet
from sim.read.host.text import parse_host
from sim.read.rules.ruleset import load_rules
from tests.matchers.ask import udp
from tests.matchers.bench import Bench, disagreements, linked
from tests.matchers.random_packets import ipv4, ipv6
from tests.matchers.random_rules import Rules

HOST = """
interface eth0 10.0.0.1/24 2001:db8::1/64
interface eth1 10.1.0.1/24 2001:db8:1::1/64
route default via 10.0.0.254 dev eth0
route default via 2001:db8::fe dev eth0
"""
KINDS = ("host", "host", "host", "broadcast", "multicast")


@pytest.fixture(scope="module")
def host() -> Host:
    return parse_host(HOST)


@pytest.fixture(scope="module")
def bench(host: Host) -> Iterator[Bench]:
    with Bench(host) as made:
        yield made


@pytest.mark.kernel
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("family", [4, 6])
def test_every_rule_counts_what_the_kernel_counts(bench: Bench, family: int, seed: int) -> None:
    """Of 150 packets, whole, cut short and in fragments, 120 rules each count the same ones."""
    packets, lines = drawn(family, seed)
    assert disagreements(bench, lines, packets, family) == []


def drawn(family: int, seed: int) -> tuple[list[Packet], list[str]]:
    """150 packets and 120 rules."""
    rng = random.Random(f"{family} {seed}")
    rules = Rules(rng, family)
    make = ipv4 if family == 4 else ipv6
    packets = [linked(make(rng), rng.choice(KINDS)) for _ in range(150)]
    return packets, [rules.line() for _ in range(120)]


def loads(line: str) -> bool:
    """Does a rule load? What is refused is compared in tests/extensions."""
    try:
        load_rules(f"*raw\n-A PREROUTING {line}\nCOMMIT\n")
    except Refused:
        return False
    return True


@pytest.mark.kernel
def test_a_limit_lets_through_as_many_at_once_as_in_the_kernel(bench: Bench) -> None:
    """Slow rates with every size of burst, and those whose 32-bit sum wraps: equal numbers."""
    rng = random.Random("limit")
    bursts = (1, 2, 3, 6, 7, 9, 13, 20, 50, 100, 200, 1000, 10000)
    lines = [
        f"-m limit --limit {rng.randint(1, 40)}/{unit} --limit-burst {burst}"
        for unit in ("day", "hour")
        for burst in bursts
        for _ in range(4)
    ]
    lines = [line for line in lines if loads(line)]
    packets = [linked(ipv4(rng))] * 400
    assert disagreements(bench, lines, packets, 4) == []


@pytest.mark.kernel
@pytest.mark.parametrize("side", ["src", "dst"])
def test_addresses_are_of_the_kernels_type(bench: Bench, side: str) -> None:
    """Special addresses, the host's own and strangers: -m addrtype names them the same."""
    kinds = ("UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "UNREACHABLE")
    limits = ("", " --limit-iface-in")
    lines = [f"-m addrtype --{side}-type {kind}{limit}" for kind in kinds for limit in limits]
    addresses = (
        "0.0.0.0", "0.0.0.1", "0.1.2.3", "127.0.0.1", "240.1.1.1", "255.255.255.255", "224.0.0.1",
        "10.0.0.0", "10.0.0.1", "10.0.0.255", "10.1.0.0", "10.1.0.1", "10.1.0.255", "8.8.8.8",
    )  # fmt: skip
    packets = [linked(udp(**{side: address}).data) for address in addresses]
    assert disagreements(bench, lines, packets, 4) == []
