"""Commands between packets have changed the rules: a report is about those of its packet."""

from __future__ import annotations

from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools.why import explain

SCENARIO = Scenario(
    rules="iptables -A INPUT -p tcp --dport 80 -j ACCEPT\n",
    host="interface eth0 203.0.113.10/24\nroute default via 203.0.113.1 dev eth0\n"
    "listen tcp 0.0.0.0:80\n",
    packets="iptables -I INPUT 1 -s 198.51.100.20 -j DROP\n"
    "in eth0 tcp 198.51.100.20:40000 -> 203.0.113.10:80 syn\n",
)


def test_the_rule_of_a_command_is_named_by_its_own_words() -> None:
    """Rule 1 of the rules text is another one: nothing says that it stops the packet, or goes."""
    report = next(iter(explain(compile_scenario(SCENARIO), lines=(2,))))
    assert report.decided_by is not None
    assert report.decided_by.rule_text == "-A INPUT -s 198.51.100.20/32 -j DROP"
    for cause in report.causes:
        assert "--dport 80 -j ACCEPT" not in cause.text
        assert cause.fix is not None
        assert cause.fix.label != "Remove rule 1"
