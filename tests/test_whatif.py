"""What would have let it through: found by trying, confirmed by replaying."""

from __future__ import annotations

from sim.scenario import Scenario, compile_scenario
from sim.whatif import Found, what_would_pass

HOST = """interface eth0 203.0.113.1/24
interface eth1 192.168.100.1/24
route default via 203.0.113.254 dev eth0
sysctl net.ipv4.ip_forward = {forward}
"""


def found(rules: str, forward: int = 1, packets: str = "") -> Found:
    scenario = Scenario(
        rules=rules,
        host=HOST.format(forward=forward),
        packets=packets or "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn",
    )
    return what_would_pass(compile_scenario(scenario), 1)


def test_forwarding_that_is_off_is_a_sysctl() -> None:
    """The sysctl that turns forwarding on is found, and nothing about rules."""
    changes = found("iptables -P FORWARD ACCEPT", forward=0).changes
    assert "sysctl net.ipv4.ip_forward = 1" in [change.text for change in changes]
    assert all(change.where == "host" for change in changes)


def test_a_port_that_a_rule_wants_is_the_smallest_change() -> None:
    """The packet with the port that an ACCEPT asks for comes before any rule."""
    first = found(
        "iptables -P FORWARD DROP\niptables -A FORWARD -p tcp --dport 80 -j ACCEPT"
    ).changes[0]
    assert first.text == "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:80 syn"
    assert first.sentence.startswith("Forwarded out eth0")


def test_a_rule_that_drops_is_removed_or_passed_by() -> None:
    """An accept in front of it, or the rule deleted."""
    texts = [change.text for change in found("iptables -A FORWARD -p tcp -j DROP").changes]
    assert "iptables -D FORWARD 1" in texts
    assert (
        "iptables -I FORWARD 1 -s 192.168.100.10 -d 198.51.100.7 -p tcp --dport 443 -j ACCEPT"
        in texts
    )


def test_what_passes_needs_no_change() -> None:
    """A packet that goes through has nothing tried for it."""
    assert found("iptables -P FORWARD ACCEPT") == Found((), 0)


def test_when_nothing_helps_it_says_so() -> None:
    """Two drops in a row: no single change passes both, and the number of tries is told."""
    rules = "iptables -A FORWARD -j DROP\niptables -t mangle -A FORWARD -j DROP"
    answer = found(rules)
    assert answer.changes == ()
    assert answer.tried > 0
