"""What a trace says in words, where a sentence was once put into another."""

from __future__ import annotations

import pytest

from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tell.render import sentence
from sim.trace.steps import Fate, RuleTried

HOST = """\
interface eth0 192.0.2.1/24
interface eth1 10.0.0.1/24
sysctl net.ipv4.ip_forward 1
route default via 192.0.2.254
ipset create foo hash:ip
ipset add foo 10.0.0.8
"""
PACKET = "in eth1 udp 10.0.0.9:5 -> 8.8.8.8:53\n"


@pytest.mark.parametrize(
    ("match", "words"),
    [
        ("set --match-set foo src", "--match-set foo src, but 10.0.0.9 is not in foo."),
        ("set ! --match-set foo src", "! --match-set foo src, and 10.0.0.9 is not in foo."),
        ("addrtype --dst-type LOCAL", "--dst-type LOCAL, but 8.8.8.8 is UNICAST."),
        ("addrtype ! --dst-type LOCAL", "! --dst-type LOCAL, and 8.8.8.8 is UNICAST."),
    ],
)
def test_what_a_match_finds_out_is_a_sentence(match: str, words: str) -> None:
    """A packet does not have that it is not in a set."""
    rules = f"iptables -A FORWARD -m {match} -j ACCEPT"
    compiled = compile_scenario(Scenario(rules=rules, host=HOST, packets=PACKET))
    tried = next(step for step in run(compiled) if isinstance(step, RuleTried))
    assert sentence(tried).endswith(f"matches: {words}" if tried.held else f"match: {words}")


def test_a_later_packet_is_rewritten_by_conntrack() -> None:
    """The rule is asked for a connection's first packet alone."""
    rules = "iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE"
    compiled = compile_scenario(Scenario(rules=rules, host=HOST, packets=PACKET * 2))
    first, second = (sentence(step) for step in run(compiled) if isinstance(step, Fate))
    assert first.endswith("Source NAT: nat POSTROUTING rule 1.")
    assert second.endswith("Source NAT: as for the connection's first packet.")
