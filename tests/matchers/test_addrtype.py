"""-m addrtype."""

from __future__ import annotations

import pytest

from sim.base.errors import Refused
from sim.model.rules import Hook
from sim.read.host.text import parse_host
from tests.matchers.ask import HOST, Rule, clause, holds, tcp

PRE = {"hook": Hook.PREROUTING}


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("10.0.0.1", "LOCAL"), ("10.1.0.1", "LOCAL"), ("10.0.0.255", "BROADCAST"),
        ("255.255.255.255", "BROADCAST"), ("224.0.0.1", "MULTICAST"), ("10.0.0.7", "UNICAST"),
        ("8.8.8.8", "UNICAST"), ("0.0.0.0", "BROADCAST"), ("0.1.2.3", "UNICAST"),
    ],
)  # fmt: skip
def test_what_an_address_is_to_the_host(address: str, kind: str) -> None:
    """The local table decides; the clause says what was found."""
    assert holds(f"-m addrtype --dst-type {kind}", tcp(dst=address), **PRE) is True
    assert holds(f"-m addrtype ! --dst-type {kind}", tcp(dst=address), **PRE) is False
    seen = clause("-m addrtype --dst-type THROW", tcp(dst=address), **PRE)
    assert seen.seen == f"{address} is {kind}"


def test_routes_that_refuse_are_unicast_to_ipv4() -> None:
    """Only the local table is asked, so a blackhole route does not show."""
    host = parse_host("interface eth0 10.0.0.1/24\nroute blackhole 192.0.2.0/24\n")
    packet = tcp(dst="192.0.2.5")
    assert holds("-m addrtype --dst-type UNICAST", packet, host=host, **PRE) is True
    assert holds("-m addrtype --dst-type BLACKHOLE", packet, host=host, **PRE) is False


def test_the_device_can_be_asked_for() -> None:
    """With --limit-iface-in an address of another device is not LOCAL."""
    packet = tcp(dst="10.1.0.1")
    line = "-m addrtype --dst-type LOCAL --limit-iface-in"
    assert holds(line, packet, in_iface="eth1", **PRE) is True
    assert holds(line, packet, in_iface="eth0", **PRE) is False


def test_ipv6_looks_at_bits_and_routes() -> None:
    """UNICAST and MULTICAST are read off the address, LOCAL and UNREACHABLE need the routes."""
    away = tcp(src="2001:db8::2", dst="2001:db8:1::1")
    group = tcp(src="2001:db8::2", dst="ff02::1")
    for line, packet, expected in (
        ("--dst-type LOCAL", away, True),
        ("--dst-type UNICAST", away, True),
        ("--dst-type LOCAL,MULTICAST", away, False),  # plain types must hold each
        ("--dst-type MULTICAST", group, True),
        ("--dst-type UNICAST", group, False),
    ):
        found = holds(f"-m addrtype {line}", packet, family=6, **PRE)
        assert found is expected, line


def test_a_device_is_asked_for_only_where_there_is_one() -> None:
    """OUTPUT has no incoming device, PREROUTING no outgoing one."""
    with pytest.raises(Refused, match="incoming device"):
        Rule("-m addrtype --dst-type LOCAL --limit-iface-in", hook=Hook.OUTPUT, host=HOST)
    with pytest.raises(Refused, match="outgoing device"):
        Rule("-m addrtype --dst-type LOCAL --limit-iface-out", hook=Hook.PREROUTING)
