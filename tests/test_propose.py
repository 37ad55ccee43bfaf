"""A proposed host loads, and lets the scenario run."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.page import gallery
from playground.walks import runs
from sim.base.errors import Refused
from sim.kernel.traversal import run
from sim.model.rules import Rules
from sim.model.scenario import Scenario
from sim.read.host.text import parse_host
from sim.read.rules.ruleset import load_rules
from sim.read.scenario import compile_scenario
from sim.tools.propose import propose_host
from sim.tools.propose_packets import propose_packets
from sim.trace.steps import Fate


def fates(scenario: Scenario) -> list[Fate]:
    prepared = runs.prepare(scenario)
    return [step for step in run(prepared.compiled) if isinstance(step, Fate) and step.main]


# The owner match names a user that only the person's own host text can give a number.
NAMES = [example.name for example in gallery.everything() if example.name != "owner-match"]


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_run_on_their_proposed_host(name: str) -> None:
    """Without its host text an example gets one that it runs on: every packet has a fate."""
    example = gallery.by_name(name)
    assert example is not None
    bare = Scenario(rules=example.scenario.rules, packets=example.scenario.packets)
    proposed = runs.with_proposed_host(bare)
    assert len(fates(proposed)) == len(fates(example.scenario))


def test_masquerade_makes_a_router() -> None:
    """Two interfaces, forwarding on, a default route out of the one that is masqueraded."""
    scenario = runs.with_proposed_host(
        Scenario(
            rules="iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE",
            packets="in eth1 tcp 192.168.7.10:40000 -> 198.51.100.7:443 syn",
        )
    )
    assert "interface eth1 192.168.7.1/24" in scenario.host
    assert "sysctl net.ipv4.ip_forward = 1" in scenario.host
    assert [fate.out for fate in fates(scenario)] == ["eth0"]


def test_a_packet_for_the_host_makes_its_destination_ours() -> None:
    """One interface and no forwarding: the packet is delivered."""
    scenario = runs.with_proposed_host(
        Scenario(
            rules="iptables -A INPUT -p tcp --dport 22 -j ACCEPT",
            packets="in eth0 icmp 198.51.100.7 -> 192.0.2.5 echo-request",
        )
    )
    assert [fate.verdict for fate in fates(scenario)] == ["delivered"]


@pytest.mark.corpus
def test_real_rulesets_get_a_host_that_loads(corpus: Path) -> None:
    """For every ruleset of the field that loads, the proposed host text is accepted."""
    refused = []
    for path in sorted(corpus.glob("*.rules")):
        if path.name.startswith("ipset-") or path.stat().st_size > 200_000:
            continue
        packets = "in eth0 tcp 198.51.100.7:40000 -> 203.0.113.1:22 syn"
        try:
            proposed = runs.with_proposed_host(Scenario(rules=path.read_text(), packets=packets))
        except Refused:
            continue  # the rules themselves are refused
        try:
            fates(proposed)
        except Refused as error:
            refused.append((path.name, str(error)))
    assert refused == []


@pytest.mark.parametrize(
    "line",
    [
        "in eth7 udp 10.0.0.2:1 → 10.0.0.1:2",
        "in eth7 udp 10.0.0.2:1 => 10.0.0.1:2",
        "in eth7 proto 89 10.0.0.2 -> 10.0.0.1",
        "in eth7 udp 10.0.0.2:1 \\\n  -> 10.0.0.1:2",
        "in eth7 arp request 10.0.0.2 > 10.0.0.1",
        "10:00:00.000000 eth7  In  IP 10.0.0.2.1000 > 10.0.0.1.53: UDP, length 5",
    ],
)
def test_every_line_that_the_packets_text_reads_names_its_device(line: str) -> None:
    """By whatever arrow, protocol or form: what the reader takes, the proposal sees."""
    host = propose_host(Rules(), f"{line}\n")
    assert "interface eth7 10.0.0.1/24" in host


def test_what_cannot_be_read_tells_the_proposal_nothing() -> None:
    """The lines beside it do; Run tells what is wrong."""
    host = propose_host(
        Rules(), "in eth5 tcp nobody -> 10.0.0.1:2\nlocal udp 10.9.0.1:1 → 1.1.1.1:2"
    )
    assert "eth5" not in host
    assert "interface eth0 10.9.0.1/24" in host


@pytest.mark.parametrize("name", [example.name for example in gallery.everything()])
def test_packets_are_proposed_for_an_examples_rules(name: str) -> None:
    """On the example's own host, each of them has a fate; the text says that it is a proposal."""
    example = gallery.by_name(name)
    assert example is not None
    found = example.scenario
    compiled = compile_scenario(found)
    packets = propose_packets(compiled.rules, compiled.host)
    assert packets.startswith("# Proposed from the rules")
    given = [line for line in packets.split("\n") if line and not line.startswith("#")]
    assert 1 <= len(given) <= 4
    assert len(fates(Scenario(rules=found.rules, host=found.host, packets=packets))) == len(given)


def test_packets_ask_what_the_rules_name() -> None:
    """A published port from outside, a service where its rule says, and the way through."""
    rules = (
        "iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 8080 -j DNAT --to 10.20.0.5:80\n"
        "iptables -A INPUT -i eth1 -p udp -m multiport --dports 53,853 -j ACCEPT\n"
        "iptables -A INPUT ! -i eth1 -p tcp --dport 22 -j DROP\n"
    )
    host = (
        "interface eth0 203.0.113.9/24\ninterface eth1 10.20.0.1/24\n"
        "route default via 203.0.113.254 dev eth0\nsysctl net.ipv4.ip_forward = 1\n"
    )
    packets = propose_packets(load_rules(rules), parse_host(host)).split("\n")
    assert [line.partition("  #")[0] for line in packets[1:-1]] == [
        "in eth0 tcp 198.51.100.20:51000 -> 203.0.113.9:8080 syn",
        "in eth1 udp 10.20.0.10:51000 -> 10.20.0.1:53",
        "in eth0 tcp 198.51.100.20:51000 -> 203.0.113.9:22 syn",
        "in eth1 tcp 10.20.0.10:51000 -> 198.51.100.7:443 syn",
    ]


@pytest.mark.parametrize(
    ("rule", "is_asked"),
    [
        ("iptables -A INPUT -p icmp -j DROP", True),
        ("iptables -A INPUT -p icmp --icmp-type echo-request -j DROP", True),
        ("iptables -A INPUT -p icmp --icmp-type any -j DROP", True),
        ("iptables -A INPUT -p icmp --icmp-type redirect -j DROP", False),
        ("iptables -A INPUT -p icmp ! --icmp-type echo-request -j DROP", False),
        ("iptables -A INPUT ! -p icmp -j DROP", False),
    ],
)
def test_a_rule_about_pings_is_asked_with_a_ping(rule: str, is_asked: bool) -> None:
    """Not one about other kinds of ICMP."""
    host = parse_host("interface eth0 203.0.113.9/24\nroute default via 203.0.113.1 dev eth0\n")
    ping = "in eth0 icmp 198.51.100.20 -> 203.0.113.9 echo-request  # filter INPUT rule 1"
    assert (ping in propose_packets(load_rules(rule), host).split("\n")) is is_asked


def test_pings_of_ipv6_are_asked_where_the_rule_wants_them() -> None:
    host = parse_host(
        "interface eth0 2001:db8::1/64\ninterface eth1 2001:db8:1::1/64\n"
        "route default via 2001:db8::fe dev eth0\n"
    )
    rules = load_rules("ip6tables -A INPUT -i eth1 -p icmpv6 --icmpv6-type 128 -j ACCEPT")
    assert "in eth1 icmpv6 2001:db8:1::a -> 2001:db8:1::1 echo-request  # filter INPUT rule 1" in (
        propose_packets(rules, host).split("\n")
    )


def test_no_packet_is_proposed_to_a_host_without_an_address() -> None:
    """There is nowhere that it could come to."""
    assert propose_packets(load_rules(""), parse_host("interface eth0\n")) == ""


def test_a_port_is_forwarded_from_outside() -> None:
    """What DNAT takes on eth0 stands behind the other interface, whose network is the target's."""
    rules = (
        "iptables -A FORWARD -i eth1 -o eth0 -j ACCEPT\n"
        "iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 8080 -j DNAT --to 192.168.1.50:80\n"
    )
    text = propose_host(load_rules(rules), "")
    assert "interface eth1 192.168.1.1/24" in text
    assert "dev eth0  # the rest" in text
