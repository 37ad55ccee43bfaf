"""What the summary of rules that did not match says of them."""

from __future__ import annotations

import pytest

from playground.shown.presenters import folded
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario

HOST = "interface eth0 192.0.2.1/24\n"
BRIDGE = "bridge br0 ports vnet0 10.0.0.1/24\nsysctl net.bridge.bridge-nf-call-iptables 0\n"


def said(rules: str, packet: str, host: str = HOST) -> str:
    """The first fold's reason."""
    compiled = compile_scenario(Scenario(rules=rules, host=host, packets=packet))
    fold = next(one for one in folded(run(compiled)) if one.is_fold)
    return fold.reason


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ("-p udp;-d 192.0.2.7", "protocol, destination differ"),
        ("-p udp;-p icmp", "protocol differs"),
        ("! -i eth0;! -s 192.0.2.9", "input device, source are excluded"),
        ("! -i eth0;! -i eth0", "input device is excluded"),
        ("! -i eth0;! -i eth0;-p udp", "input device is excluded; protocol differs"),
        ("-s 192.0.2.7;! -s 192.0.2.9", "source differs; source is excluded"),
        (
            "-p udp;-d 192.0.2.7;-s 192.0.2.7;-i eth1",
            "protocol, destination, source and other things differ",
        ),
        (
            "-p udp;-d 192.0.2.7;-s 192.0.2.7;! -i eth0",
            "protocol, destination, source differ; and more",
        ),
    ],
)
def test_what_a_rule_excludes_is_not_said_to_differ(rules: str, reason: str) -> None:
    """`! -i eth0` does not match a packet of eth0 because they are the same."""
    text = "\n".join(f"iptables -A INPUT {rule} -j DROP" for rule in rules.split(";"))
    assert said(text, "in eth0 tcp 192.0.2.9:5 -> 192.0.2.1:80 syn") == reason


def test_what_ebtables_excludes_is_not_said_to_differ() -> None:
    """Its clauses are compared in the same words."""
    rules = (
        "ebtables -A INPUT ! -i vnet0 -j DROP\n"
        "ebtables -A INPUT -p IPv4 --ip-src ! 10.0.0.5 -j DROP\n"
    )
    reason = said(rules, "in vnet0 udp 10.0.0.5:5 -> 10.0.0.1:53", BRIDGE)
    assert reason == "input device, ip --ip-src are excluded"
