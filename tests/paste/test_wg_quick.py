"""Where everything goes into the tunnel, wg-quick makes a table, two rules and a mark."""

from __future__ import annotations

import pytest

from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.host.text import parse_host
from sim.read.paste.reading import read_paste
from sim.read.scenario import compile_scenario
from sim.trace.steps import Sent

CLIENT = """\
[Interface]
Address = 10.8.0.2/24
PrivateKey = (hidden)
PostUp = iptables -I OUTPUT ! -o %i -m mark ! --mark $(wg show %i fwmark) -j REJECT
{more}
[Peer]
Endpoint = 198.51.100.1:51820
AllowedIPs = {allowed}

interface eth0 192.0.2.2/24
route default via 192.0.2.1
local udp 192.0.2.2:555 -> 203.0.113.5:53
local udp 192.0.2.2:556 -> 192.0.2.9:53
"""


def sent(text: str) -> list[str]:
    """The devices that the packets leave on."""
    reading = read_paste(text)
    scenario = Scenario(rules=reading.rules, host=reading.host, packets=reading.packets)
    return [step.iface for step in run(compile_scenario(scenario)) if isinstance(step, Sent)]


def test_everything_but_the_networks_nearby_goes_into_the_tunnel() -> None:
    """The main table still has the connected ones; what PostUp asks of `wg show` is told."""
    text = CLIENT.format(allowed="0.0.0.0/0, ::/0", more="")
    reading = read_paste(text)
    assert reading.questions == ()
    assert "! --mark 0xca6c" in reading.rules
    assert sent(text.replace("PostUp", "PreDown")) == ["wg0", "eth0"]


@pytest.mark.parametrize(
    ("more", "allowed", "ways"),
    [
        ("Table = off", "0.0.0.0/0", ["eth0", "eth0"]),
        ("FwMark = 0x22", "0.0.0.0/0", ["wg0", "eth0"]),
        ("", "10.8.0.0/24", ["eth0", "eth0"]),
        ("", "203.0.113.0/24", ["wg0", "eth0"]),
        ("Table = 200", "0.0.0.0/0", ["eth0", "eth0"]),
    ],
)
def test_a_table_a_mark_or_networks_of_its_own(more: str, allowed: str, ways: list[str]) -> None:
    """Only a default route in no table of its own is led by rules."""
    text = CLIENT.format(allowed=allowed, more=more).replace("PostUp", "PreDown")
    assert sent(text) == ways


def test_the_mark_that_wg_shows() -> None:
    """As it prints it."""
    asks = "PostUp = iptables -A OUTPUT -m mark --mark $(wg show %i fwmark)"
    text = CLIENT.format(allowed="0.0.0.0/0", more="FwMark = 34\n" + asks)
    assert "--mark 0x22" in read_paste(text).rules


def test_a_second_configuration_is_another_tunnel() -> None:
    """Of a server and a client in one thread, neither has the other's address."""
    one = "[Interface]\nAddress = 10.8.0.1/24\nListenPort = 51820\n"
    reading = read_paste(f"{one}\nand the phone:\n\n{one.replace('.1/', '.7/')}")
    hosts = parse_host(reading.host).interfaces
    assert [str(hosts[name].addresses[0].address) for name in ("wg0", "wg1")] == [
        "10.8.0.1/24",
        "10.8.0.7/24",
    ]
    assert "paste it alone" in reading.receipt[-1].note


def test_a_command_that_adds_a_route_lists_none() -> None:
    """What stands below it is of any family."""
    host = parse_host(
        "interface eth0 192.0.2.2/24 2001:db8::2/64\n"
        "ip -6 route add 2001:db8:1::/48 via 2001:db8::1\ndefault via 192.0.2.1 dev eth0\n"
    )
    assert len(host.routes) == 2
