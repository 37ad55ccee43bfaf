"""Random rules and packets: the kernel's counters and ours agree, packet for packet."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from sim.host import Host
from sim.parser.host import parse_host
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
    rng = random.Random(f"{family} {seed}")
    rules = Rules(rng, family)
    make = ipv4 if family == 4 else ipv6
    packets = [linked(make(rng), rng.choice(KINDS)) for _ in range(150)]
    lines = [rules.line() for _ in range(120)]
    assert disagreements(bench, lines, packets, family) == []
