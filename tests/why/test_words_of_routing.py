"""What rp_filter's reason names: the policy rule of the way back, and the mark left aside."""

from __future__ import annotations

from pathlib import Path

from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools.why import explain

FOLDER = Path(__file__).with_name("situations")


def sentences(name: str) -> list[str]:
    scenario = Scenario.from_toml((FOLDER / f"{name}.toml").read_text())
    return [each.sentence for each in explain(compile_scenario(scenario), causes=False)]


def test_rp_filter_names_the_policy_rule_and_the_ignored_mark() -> None:
    """The mark would have chosen another way, had src_valid_mark let it."""
    told = sentences("rp-filter-ignores-the-mark")[1]
    assert "by tun0 (ip rule 200: from all lookup 77), not eth0" in told
    assert "mark 0x5 is ignored, because src_valid_mark is 0" in told


def test_rp_filter_does_not_name_the_rule_that_every_host_has() -> None:
    told = sentences("rp-filter-two-uplinks")[0]
    assert "is by eth0, not eth1" in told
    assert "rule" not in told
    assert "mark" not in told
