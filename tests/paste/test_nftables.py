"""Tables of nf_tables itself: their rules are not read, and no fate pretends to know them."""

from __future__ import annotations

from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.paste.reading import read_paste
from sim.read.scenario import compile_scenario
from sim.tell.render import need_text
from sim.trace.steps import Fate

NATIVE = """table inet guard {
\tchain early {
\t\ttype filter hook {HOOK} priority -10; policy accept;
\t\ttcp dport 23 drop
\t}
}
"""
REST = """interface eth0 203.0.113.10/24
in eth0 udp 203.0.113.7:1000 -> 203.0.113.10:9
"""


def fate(hook: str, rules: str = "") -> Fate:
    reading = read_paste(NATIVE.replace("{HOOK}", hook) + rules + REST)
    scenario = Scenario(rules=reading.rules, host=reading.host, packets=reading.packets)
    return next(step for step in run(compile_scenario(scenario)) if isinstance(step, Fate))


def test_a_fate_behind_its_hook_is_undetermined_by_name() -> None:
    """The receipt lists the base chain; the walk names the table."""
    note = read_paste(NATIVE.replace("{HOOK}", "input")).receipt[0].note
    assert "inet guard early (hook input, priority -10, policy accept)" in note
    found = fate("input")
    assert found.verdict == "undetermined"
    assert "nft table inet guard" in need_text(found.need)


def test_other_hooks_are_not_concerned() -> None:
    """A chain at FORWARD says nothing of what is for the host; a drop of iptables stays one."""
    assert fate("forward").verdict != "undetermined"
    assert fate("input", "iptables -P INPUT DROP\n").verdict == "dropped"
