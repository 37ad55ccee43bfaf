"""-m rpfilter."""

from __future__ import annotations

from typing import Any

import pytest

from sim.model.rules import Hook
from sim.read.host.text import parse_host
from tests.matchers.ask import clause, holds, tcp

PRE: dict[str, Any] = {"hook": Hook.PREROUTING}


@pytest.mark.parametrize(
    ("source", "device", "strict", "loose"),
    [
        ("10.0.0.7", "eth0", True, True),
        ("10.0.0.7", "eth1", False, True),
        ("8.8.8.8", "eth0", True, True),
        ("8.8.8.8", "eth1", False, True),
        ("10.0.0.1", "eth0", False, False),  # our own address
        ("127.0.0.1", "lo", True, True),
    ],
)
def test_the_way_back(source: str, device: str, strict: bool, loose: bool) -> None:
    """Strict wants the same device, loose any; an own source fails, lo passes."""
    packet = tcp(src=source)
    assert holds("-m rpfilter", packet, in_iface=device, **PRE) is strict
    assert holds("-m rpfilter --loose", packet, in_iface=device, **PRE) is loose
    assert holds("-m rpfilter --invert", packet, in_iface=device, **PRE) is not strict


def test_an_own_source_can_be_allowed() -> None:
    """--accept-local takes it if the address is that device's."""
    packet = tcp(src="10.0.0.1")
    assert holds("-m rpfilter --accept-local", packet, in_iface="eth0", **PRE) is True
    assert holds("-m rpfilter --accept-local", packet, in_iface="eth1", **PRE) is False


def test_the_mark_can_choose_the_table() -> None:
    """With --validmark policy rules see the packet's mark."""
    host = parse_host(
        "interface eth0 10.0.0.1/24\ninterface eth1 10.1.0.1/24\nrule fwmark 7 lookup 100\n"
        "route default via 10.1.0.9 dev eth1 table 100\nroute default via 10.0.0.9 dev eth0\n"
    )
    packet = tcp(src="8.8.8.8").with_mark(7)
    scene = {"host": host, "in_iface": "eth1", **PRE}
    assert holds("-m rpfilter", packet, **scene) is False
    assert holds("-m rpfilter --validmark", packet, **scene) is True


def test_each_next_hop_of_a_route_will_do() -> None:
    """A route of two ways lets its sources in by both devices, and by no third one."""
    host = parse_host(
        "interface eth0 10.0.0.1/24\ninterface eth1 10.1.0.1/24\ninterface eth2 10.2.0.1/24\n"
        "route default nexthop via 10.0.0.9 dev eth0 nexthop via 10.1.0.9 dev eth1\n"
    )
    for number in range(8):
        packet = tcp(src=f"8.8.8.{number}")
        for device, expected in (("eth0", True), ("eth1", True), ("eth2", False)):
            found = holds("-m rpfilter", packet, host=host, in_iface=device, **PRE)
            assert found is expected, (packet.headers.src, device)


def test_no_route_at_all_fails() -> None:
    """Loose too."""
    host = parse_host("interface eth0 10.0.0.1/24\n")
    seen = clause("-m rpfilter --loose", tcp(src="8.8.8.8"), host=host, **PRE)
    assert seen.held is False
    assert seen.seen == "8.8.8.8 is none"


def test_ipv6_never_takes_a_shorter_prefix_for_the_devices_sake() -> None:
    """2001:db8:1::5 lives behind eth1; the default route by eth0 does not make eth0 right."""
    packet = tcp(src="2001:db8:1::5", dst="2001:db8::1")
    assert holds("-m rpfilter", packet, family=6, in_iface="eth0", **PRE) is False
    assert holds("-m rpfilter", packet, family=6, in_iface="eth1", **PRE) is True
