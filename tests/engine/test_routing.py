"""Routing: what the tables say, and which address the host speaks with."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from sim.kernel.routing.core import Routing
from sim.kernel.routing.source_address import select4, select6
from sim.model.host import Host
from sim.model.routing import Query
from sim.read.host.text import parse_host

TWO = """
interface eth0 10.0.0.1/24
interface eth1 10.0.1.1/24
"""


def routing(text: str) -> Routing:
    return Routing(parse_host(text))


def kind_and_dev(text: str, destination: str, **fields: object) -> tuple[str, str]:
    found = routing(text).lookup(Query(ip_address(destination), **fields))  # type: ignore[arg-type]
    return found.kind, found.dev


@pytest.mark.parametrize(
    ("destination", "kind", "dev"),
    [
        ("10.0.0.1", "local", "lo"),
        ("10.0.1.1", "local", "lo"),
        ("127.5.5.5", "local", "lo"),
        ("10.0.0.255", "broadcast", "eth0"),
        ("10.0.1.0", "unicast", "eth1"),
        ("10.0.1.7", "unicast", "eth1"),
        ("99.0.0.1", "none", ""),
    ],
)
def test_addresses_imply_routes(destination: str, kind: str, dev: str) -> None:
    """An address brings itself, its subnet and its broadcast address into the tables."""
    assert kind_and_dev(TWO, destination) == (kind, dev)


def test_a_31_has_no_broadcast() -> None:
    """Both addresses of a point-to-point /31 are ordinary."""
    assert kind_and_dev("interface p0 10.0.0.0/31\n", "10.0.0.1") == ("unicast", "p0")


def test_a_longer_prefix_wins_then_a_smaller_metric() -> None:
    """Prefix length decides before the metric does."""
    text = TWO + (
        "route 20.0.0.0/8 via 10.0.0.9 dev eth0 metric 5\n"
        "route 20.0.0.0/8 via 10.0.1.9 dev eth1 metric 1\n"
        "route 20.1.0.0/16 via 10.0.0.9 dev eth0 metric 100\n"
    )
    assert kind_and_dev(text, "20.2.0.1") == ("unicast", "eth1")
    assert kind_and_dev(text, "20.1.0.1") == ("unicast", "eth0")


@pytest.mark.parametrize("kind", ["unreachable", "prohibit", "blackhole"])
def test_a_refusing_route_ends_the_lookup(kind: str) -> None:
    """Behind an unreachable, prohibit or blackhole route no wider one is tried."""
    text = TWO + f"route default via 10.0.0.9 dev eth0\nroute {kind} 50.0.0.0/8\n"
    assert kind_and_dev(text, "50.0.0.1")[0] == kind


def test_throw_goes_on_with_the_next_rule() -> None:
    """A throw route leaves its table, not the lookup."""
    text = TWO + (
        "rule fwmark 7 lookup 100\nroute throw 50.0.0.0/8 table 100\n"
        "route default via 10.0.1.9 dev eth1 table 100\nroute default via 10.0.0.9 dev eth0\n"
    )
    assert kind_and_dev(text, "50.0.0.1", mark=7) == ("unicast", "eth0")
    assert kind_and_dev(text, "51.0.0.1", mark=7) == ("unicast", "eth1")


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("rule fwmark 7 lookup 100", {"mark": 7}),
        ("rule fwmark 0x10/0xf0 lookup 100", {"mark": 0x1F}),
        ("rule tos 0x10 lookup 100", {"tos": 0x10}),
        ("rule from 10.0.0.0/24 lookup 100", {"source": ip_address("10.0.0.5")}),
        ("rule to 99.0.0.0/8 lookup 100", {}),
        ("rule iif eth0 lookup 100", {"iif": "eth0"}),
        ("rule not fwmark 7 lookup 100", {"mark": 8}),
    ],
)
def test_policy_rules_choose_the_table(rule: str, fields: dict[str, object]) -> None:
    """Each selector of a policy rule leads to its table when it fits."""
    text = f"{TWO}{rule}\nroute 99.0.0.0/8 via 10.0.1.9 dev eth1 table 100\n"
    assert kind_and_dev(text, "99.0.0.1", **fields) == ("unicast", "eth1")


def test_the_two_lowest_tos_bits_do_not_route() -> None:
    """ECN bits are no part of what a rule's tos compares."""
    text = TWO + "rule tos 0x10 lookup 100\nroute 99.0.0.0/8 via 10.0.1.9 dev eth1 table 100\n"
    assert kind_and_dev(text, "99.0.0.1", tos=0x13) == ("unicast", "eth1")


def test_a_device_that_is_down_keeps_its_address_and_loses_its_routes() -> None:
    """IPv4's local addresses survive their link; the subnet's route does not."""
    text = TWO.replace("10.0.1.1/24", "10.0.1.1/24 down")
    assert kind_and_dev(text, "10.0.1.1") == ("local", "lo")
    assert kind_and_dev(text, "10.0.1.9") == ("none", "")


@pytest.mark.parametrize(
    ("address", "type"),
    [
        ("10.0.0.1", "LOCAL"),
        ("127.0.0.9", "LOCAL"),
        ("10.0.1.255", "BROADCAST"),
        ("255.255.255.255", "BROADCAST"),
        ("0.0.0.0", "BROADCAST"),
        ("224.0.0.5", "MULTICAST"),
        ("50.0.0.1", "UNICAST"),
        ("fd00::1", "LOCAL"),
        ("::", "UNSPEC"),
        ("ff02::1", "MULTICAST"),
    ],
)
def test_address_types_ask_the_local_table_alone(address: str, type: str) -> None:
    """An unreachable route does not make an address UNREACHABLE; 0/8 counts as BROADCAST."""
    text = TWO + "interface eth2 fd00::1/64\nroute unreachable 50.0.0.0/8\n"
    assert routing(text).address_type(ip_address(address)) == type


def host(text: str) -> Host:
    return parse_host(text)


def test_masquerade_takes_the_primary_in_the_next_hops_subnet() -> None:
    """Secondaries never, and the first primary when no subnet holds the next hop."""
    text = "interface eth0 10.0.0.1/24 10.0.0.7/24 10.9.0.1/24\n"
    assert select4(host(text), "eth0", ip_address("10.9.0.254")) == ip_address("10.9.0.1")
    assert select4(host(text), "eth0", ip_address("10.0.0.254")) == ip_address("10.0.0.1")
    assert select4(host(text), "eth0", ip_address("99.0.0.1")) == ip_address("10.0.0.1")


def test_a_device_without_addresses_borrows_one() -> None:
    """The first address of global scope of any device, not a loopback one."""
    text = TWO + "interface eth2\n"
    assert select4(host(text), "eth2", None) == ip_address("10.0.0.1")


SIX = """
interface eth0 fd00::1/64
interface eth1 fd00:1::1/64 fd00:1::50/64 fd00:22::1/64
"""


@pytest.mark.parametrize(
    ("destination", "source"),
    [
        ("fd00:1::9", "fd00:1::50"),  # the newest of equals
        ("fd00:22::9", "fd00:22::1"),  # rule 8: the longest match
        ("fe80::9", "fe80::ff:fe00:3"),  # rule 2: scope
        ("fd00::9", "fd00:1::50"),  # rule 5 before rule 8: the outgoing device's own
    ],
)
def test_ipv6_sources_follow_rfc_6724(destination: str, source: str) -> None:
    """Scope, then the outgoing device, then the longest match; among equals the newest."""
    assert str(select6(host(SIX), "eth1", ip_address(destination))) == source  # type: ignore[arg-type]
