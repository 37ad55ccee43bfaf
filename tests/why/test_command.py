"""``manage.py why`` as a person runs it, and the small inputs that once had no cause."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools.advice import advise
from sim.tools.why import explain
from tests.manage import manage

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "cases"
SITUATIONS = Path(__file__).with_name("situations")

# What comes first for the inputs beside a developer's checkout: file, packet, cause.
CASES = (
    ("a10-advise-no-source-nat", 1, "no-source-nat"),
    ("a10-advise-no-source-nat", 2, "no-source-nat"),
    ("a12-advise-answers-not-accepted", 2, "answers-not-accepted"),
    ("a13-advise-local-not-prerouting", 1, "nat-not-in-output"),
    ("a14-advise-dnat-to-loopback", 1, "dnat-to-loopback"),
    ("a15-listens-on-loopback-only", 1, "listens-elsewhere"),
    ("a17-advise-loopback-closed", 1, "loopback-closed"),
    ("a19-advise-snat-foreign-address", 1, "snat-to-foreign-address"),
    ("b05-advice-hairpin-behind-a-jump", 1, "hairpin"),
    ("b07-advice-rpfilter-wrong-device", 1, "rp-filter"),
    ("b08-reason-rpfilter-ignored-mark", 2, "rp-filter-ignores-mark"),
    ("b11-advice-bridged-dropped-by-forward", 1, "bridged-frames-filtered"),
    ("b23-advice-answer-leaves-by-vpn", 1, "answer-other-way"),
)


def why(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return manage("why", *words, given=stdin)


def test_json_has_every_packet_with_its_first_cause_first() -> None:
    """The documented keys, for each packet of the scenario."""
    ran = why(str(SITUATIONS / "vpn-clients-untranslated.toml"), "--format", "json")
    assert ran.returncode == 0, ran.stderr
    first, second = json.loads(ran.stdout)["packets"]
    assert (first["packet"], first["outcome"]) == (1, "forwarded")
    assert first["decided_by"]["chain"] == "FORWARD"
    assert first["symptoms"][0]["name"] == "no-way-back"
    cause = first["causes"][0]
    assert (cause["name"], cause["symptom"]) == ("no-source-nat", "no-way-back")
    assert "MASQUERADE" in cause["fix"]["edits"][0]["text"]
    assert cause["proof"]
    assert "could not really arrive" in second["symptoms"][0]["text"]


def test_text_names_outcome_rule_and_fix_of_one_packet() -> None:
    """``why - PACKET`` reads standard input and tells of that packet alone."""
    text = (SITUATIONS / "forward-asks-for-the-port-before-dnat.toml").read_text()
    ran = why("-", "1", stdin=text)
    assert ran.returncode == 0, ran.stderr
    assert "Decided by filter FORWARD policy DROP" in ran.stdout
    assert "wants --dport 8080, packet has 80 since DNAT in nat PREROUTING rule 1" in ran.stdout
    assert "Change --dport 8080 to 80" in ran.stdout


def test_a_packet_that_is_not_there_is_refused() -> None:
    """Exit 2, the reason on standard error alone."""
    ran = why(str(SITUATIONS / "all-is-well.toml"), "7")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "no statement 7" in ran.stderr


@pytest.mark.cases
@pytest.mark.parametrize(("name", "packet", "cause"), CASES)
def test_the_cause_of_the_shared_inputs_is_named_first(name: str, packet: int, cause: str) -> None:
    """Inputs on which nothing, or something false, was said before."""
    scenario = Scenario.from_toml((SHARED / f"{name}.toml").read_text())
    report = next(iter(explain(compile_scenario(scenario), lines=(packet,))))
    assert [each.name for each in report.causes][:1] == [cause]


@pytest.mark.cases
def test_a_frame_that_conntrack_never_met_has_no_finding() -> None:
    """It is not INVALID: no part of conntrack or nat looked at it."""
    path = SHARED / "b04-advice-invalid-never-tracked.toml"
    compiled = compile_scenario(Scenario.from_toml(path.read_text()))
    found = advise(compiled, tuple(run(compiled)))
    assert "invalid-untranslated" not in [each.name for each in found]
