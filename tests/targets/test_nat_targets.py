"""SNAT, DNAT, MASQUERADE, REDIRECT, NETMAP: what they ask of NAT."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from sim.extensions.extension import Answer, NatRange, SetNat
from sim.model.flow import Manip
from sim.model.rules import Hook, Verdict
from tests.targets.place import ROUTER, context, packet, run

UDP = "in eth0 udp 10.0.0.2:5 -> 10.0.1.2:6"
UDP6 = "in eth0 udp [fd00:0:0:1::2]:5 -> [fd00:0:0:2::2]:6"


def asked(answer: Answer) -> SetNat:
    assert answer.verdict is Verdict.ACCEPT
    (request,) = answer.requests
    assert isinstance(request, SetNat)
    return request


def test_snat_asks_for_the_typed_range() -> None:
    """Addresses, ports and flags go to NAT as typed."""
    words = "-p udp -j SNAT --to-source 10.0.1.5-10.0.1.9:80-90 --random --persistent"
    request = asked(run(words, context(packet(UDP), Hook.POSTROUTING), "nat", "POSTROUTING"))
    assert request == SetNat(
        "SRC",
        NatRange(
            ip_address("10.0.1.5"), ip_address("10.0.1.9"), 80, 90,
            flags=frozenset({"RANDOM", "PERSISTENT"}),
        ),
    )  # fmt: skip


def test_snat_loses_a_base_port() -> None:
    """SNAT reads ``/BASE`` but counts from 0: its structure has no room for it."""
    words = "-p udp -j SNAT --to-source 10.0.1.5:80-90/100"
    wanted = asked(run(words, context(packet(UDP), Hook.POSTROUTING), "nat", "POSTROUTING")).range
    assert (wanted.base_port, wanted.flags) == (0, frozenset({"OFFSET"}))


def test_dnat_shifts_from_a_base_port() -> None:
    """DNAT keeps the base port."""
    words = "-p udp -j DNAT --to-destination 10.0.1.5:80-90/100"
    wanted = asked(run(words, context(packet(UDP), Hook.PREROUTING), "nat")).range
    assert (wanted.min_port, wanted.max_port, wanted.base_port) == (80, 90, 100)


def test_a_port_alone_keeps_the_address() -> None:
    """``:99`` leaves the address open."""
    answer = run(
        "-p udp -j DNAT --to-destination :99", context(packet(UDP), Hook.PREROUTING), "nat"
    )
    assert asked(answer).range == NatRange(min_port=99, max_port=99)
    assert answer.text == "destination port becomes 99"


def test_masquerade_takes_the_address_of_the_device() -> None:
    """The outgoing device's address, remembered with the device."""
    ctx = context(packet(UDP), Hook.POSTROUTING)
    request = asked(run("-j MASQUERADE", ctx, "nat", "POSTROUTING"))
    assert request == SetNat(
        "SRC", NatRange(ip_address("10.0.1.1"), ip_address("10.0.1.1")), masquerade=True
    )


def test_masquerade_without_any_address_drops() -> None:
    """No address anywhere: the packet is lost."""
    bare = "interface eth0\ninterface eth1\n"
    ctx = context(packet(UDP), Hook.POSTROUTING, host=bare)
    assert run("-j MASQUERADE", ctx, "nat", "POSTROUTING").verdict is Verdict.DROP


def test_masquerade_leaves_the_unspecified_source_alone() -> None:
    """A source of 0.0.0.0 (a DHCP client) is not touched."""
    ctx = context(packet("in eth0 udp 0.0.0.0:68 -> 255.255.255.255:67"), Hook.POSTROUTING)
    answer = run("-j MASQUERADE", ctx, "nat", "POSTROUTING")
    assert (answer.verdict, answer.requests) == (Verdict.ACCEPT, ())


@pytest.mark.parametrize(
    ("text", "hook", "address"),
    [
        (UDP, Hook.PREROUTING, "10.0.0.1"),
        (UDP, Hook.OUTPUT, "127.0.0.1"),
        (UDP6, Hook.PREROUTING, "fd00:0:0:1::1"),
        (UDP6, Hook.OUTPUT, "::1"),
    ],
)
def test_redirect_leads_to_this_host(text: str, hook: Hook, address: str) -> None:
    """From PREROUTING the in-device's first address, from OUTPUT loopback."""
    request = asked(run("-j REDIRECT", context(packet(text), hook), "nat", "PREROUTING"))
    assert request == SetNat(Manip.DST, NatRange(ip_address(address), ip_address(address)))


def test_redirect_on_a_device_without_address_drops() -> None:
    """There is nothing to redirect to."""
    ctx = context(packet(UDP), Hook.PREROUTING, in_iface="eth2")
    assert run("-j REDIRECT", ctx, "nat").verdict is Verdict.DROP


@pytest.mark.parametrize(
    ("hook", "manip", "address"),
    [
        (Hook.PREROUTING, "DST", "192.0.2.130"),
        (Hook.OUTPUT, "DST", "192.0.2.130"),
        (Hook.POSTROUTING, "SRC", "192.0.2.130"),
        (Hook.INPUT, "SRC", "192.0.2.130"),
    ],
)
def test_netmap_swaps_the_network_part(hook: Hook, manip: str, address: str) -> None:
    """The host bits stay; the hook decides between source and destination."""
    request = asked(run("-j NETMAP --to 192.0.2.128/26", context(packet(UDP), hook), "nat"))
    assert request == SetNat(manip, NatRange(ip_address(address), ip_address(address)))


def test_text_names_what_becomes_of_the_packet() -> None:
    """The sentence is about this packet, not about the rule."""
    ctx = context(packet(UDP), Hook.POSTROUTING)
    answer = run("-p udp -j SNAT --to-source 203.0.113.1:80-90", ctx, "nat", "POSTROUTING")
    assert answer.text == "source becomes 203.0.113.1, a port of 80-90"
    assert "eth1" in run("-j MASQUERADE", ctx, "nat", "POSTROUTING").text
    assert ROUTER
