"""ARP in the packets text: how it is written, what the message holds, who answers."""

from __future__ import annotations

import pytest

from sim.base.errors import Refused
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.packet.arp import arp_of, arp_text
from sim.read.scenario import compile_scenario
from sim.trace.steps import Arrived, Fate, Sent, Step

BRIDGE = (
    "bridge br0 ports vnet0 vnet1 10.0.0.1/24\nneighbour 10.0.0.2 dev br0 mac 02:00:00:00:00:aa\n"
)


def steps_of(packets: str, host: str = BRIDGE, rules: str = "") -> list[Step]:
    return list(run(compile_scenario(Scenario(rules=rules, host=host, packets=packets))))


def fates(packets: str, host: str = BRIDGE, rules: str = "") -> list[str]:
    found = steps_of(packets, host, rules)
    return [step.verdict for step in found if isinstance(step, Fate) and step.main]


def test_a_request_is_for_everybody_and_knows_no_target_mac() -> None:
    """What is not said is the obvious thing: the neighbour's MAC, broadcast, zeros."""
    step = next(
        s for s in steps_of("in vnet0 arp request 10.0.0.2 -> 10.0.0.1") if isinstance(s, Arrived)
    )
    message = arp_of(step.packet)
    assert message is not None
    assert message.sender_mac == 0x0200000000AA
    assert message.target_mac == 0
    assert step.packet.link is not None
    assert step.packet.link.dst_mac == "ff:ff:ff:ff:ff:ff"
    assert step.packet.data.hex() == (
        "0001080006040001" "0200000000aa0a000002" "0000000000000a000001"
    )  # fmt: skip


def test_every_address_may_be_said() -> None:
    """A spoofed reply: the frame says one thing, the message another."""
    line = (
        "in vnet0 arp reply 10.0.0.1 -> 10.0.0.3 src-mac 02:00:00:00:00:01 "
        "dst-mac 02:00:00:00:00:03 sender-mac 02:00:00:00:00:66 target-mac 02:00:00:00:00:04"
    )
    step = next(s for s in steps_of(line) if isinstance(s, Arrived))
    message = arp_of(step.packet)
    assert message is not None
    assert (message.operation, message.sender_mac, message.target_mac) == (
        2, 0x020000000066, 0x020000000004,
    )  # fmt: skip
    assert arp_text(step.packet) == "arp reply 10.0.0.1 -> 10.0.0.3"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("in vnet0 arp whatever 10.0.0.1 -> 10.0.0.2", "not a number"),
        ("in vnet0 arp request 10.0.0.1", "ends too early"),
        ("in vnet0 arp request [fe80::1] -> 10.0.0.2", "not an IPv4 address"),
        ("in vnet9 arp request 10.0.0.1 -> 10.0.0.2", "no interface"),
        ("in vnet0 arp request 10.0.0.1 -> 10.0.0.2 ttl 5", "not understood here"),
        ("in vnet0 arp request 10.0.0.1 -> 10.0.0.2 src-mac zz", "not a MAC address"),
        (
            "in vnet0 arp request 10.0.0.1 -> 10.0.0.2 src-mac 02:00:00:00:00:01 "
            "src-mac 02:00:00:00:00:02",
            "said twice",
        ),
    ],
)
def test_what_is_wrong_with_a_line_is_named(line: str, wanted: str) -> None:
    """One clear error."""
    with pytest.raises(Refused) as caught:
        steps_of(line)
    assert wanted in str(caught.value.errors[0])


def test_the_host_answers_for_its_own_addresses_only() -> None:
    """And sends the answer to the port behind which the asker is."""
    found = steps_of("in vnet0 arp request 10.0.0.2 -> 10.0.0.1", f"{BRIDGE}")
    answer = [
        s for s in found if isinstance(s, Sent) and arp_text(s.packet).startswith("arp reply")
    ]
    assert [(s.iface, arp_text(s.packet)) for s in answer] == [
        ("vnet0", "arp reply 10.0.0.1 -> 10.0.0.2")
    ]
    eth = "interface eth0 192.0.2.1/24\n"
    assert fates("in eth0 arp request 192.0.2.9 -> 192.0.2.8", eth) == ["dropped"]


def test_settings_that_are_not_modelled_are_named() -> None:
    """proxy_arp would make the host answer for others."""
    eth = "interface eth0 192.0.2.1/24\nsysctl net.ipv4.conf.eth0.proxy_arp = 1\n"
    assert fates("in eth0 arp request 192.0.2.9 -> 192.0.2.8", eth) == ["undetermined"]
    assert fates("in eth0 arp request 192.0.2.9 -> 192.0.2.1", eth) == ["delivered"]


def test_arp_ignore_one_answers_only_on_the_device_that_has_the_address() -> None:
    """The host has it, on another device."""
    two = "interface eth0 192.0.2.1/24\ninterface eth1 198.51.100.1/24\n"
    line = "in eth0 arp request 192.0.2.9 -> 198.51.100.1"
    assert fates(line, two) == ["delivered"]
    strict = f"{two}sysctl net.ipv4.conf.all.arp_ignore = 1\n"
    assert fates(line, strict) == ["dropped"]


def test_who_asked_is_known_from_then_on() -> None:
    """The host answers a machine that nobody told of, and can send to it then."""
    host = "bridge br0 ports vnet0 vnet1 10.0.0.1/24\n"
    told = "local udp 10.0.0.1:5000 -> 10.0.0.7:53"
    assert fates(told, host) == ["undetermined"]
    asked = "in vnet1 arp request 10.0.0.7 -> 10.0.0.1 src-mac 02:00:00:00:00:07"
    assert fates(f"{asked}\n{told}", host)[-1] == "sent"
