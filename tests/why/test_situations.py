"""Situations that people ask about: each file names the symptom and the cause that comes first.

``# expect PACKET SYMPTOM CAUSE`` at the top of a file; a packet alone has no symptom at all.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from playground.lab.replay import Laboratory
from playground.lab.verify import prove
from sim.model.scenario import Compiled, Scenario
from sim.read.scenario import compile_scenario
from sim.tools.advice.edits import applied
from sim.tools.why import PacketReport, explain
from sim.tools.why.candidates import MAKERS
from sim.tools.why.symptoms import FAR_END, KEPT_HERE, OPEN_DOOR, REMEMBERED, SOURCE_HIDDEN
from tests.why.random_runs import unknown_places

FOLDER = Path(__file__).with_name("situations")
FILES = sorted(FOLDER.glob("*.toml"))
CANDIDATES = Path(__file__).resolve().parents[2] / "sim/tools/why/candidates"
_EXPECTED = re.compile(r"^# expect (\d+)(?: (\S+) (\S+))?$", re.MULTILINE)


# Symptoms that hinder nobody, and those of which nobody here knows whether they do.
WORKED = {OPEN_DOOR: True, REMEMBERED: True, SOURCE_HIDDEN: True, KEPT_HERE: None, FAR_END: None}


@cache
def explained(path: Path) -> tuple[Compiled, dict[int, PacketReport]]:
    compiled = compile_scenario(Scenario.from_toml(path.read_text()))
    return compiled, {report.packet: report for report in explain(compiled)}


def expected(path: Path) -> list[tuple[int, str, str]]:
    return [(int(line), symptom, cause) for line, symptom, cause
            in _EXPECTED.findall(path.read_text())]  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_first_cause_is_the_one_that_people_settled_on(path: Path) -> None:
    """A packet shows its symptom, and its first cause is named; one that works shows none."""
    _, reports = explained(path)
    assert expected(path), "the file says what it expects"
    for line, symptom, cause in expected(path):
        report = reports[line]
        if not symptom:
            assert (report.symptoms, report.worked) == ((), True)
            continue
        assert symptom in [each.name for each in report.symptoms]
        assert [each.name for each in report.causes if each.symptom == symptom][:1] == [cause]
        assert report.worked is WORKED.get(symptom, False)


def test_every_file_of_candidates_is_asked() -> None:
    """A maker that nothing lists offers nothing."""
    listed = {maker.__module__.rpartition(".")[2] for maker in MAKERS}
    has_maker = {
        path.stem
        for path in CANDIDATES.glob("*.py")
        if "\ndef candidates(look: Look)" in path.read_text()
    }
    assert has_maker == listed, "put its candidates into MAKERS in candidates/__init__.py"


def causes() -> Iterator[str]:
    """The names of causes that are written out where a ``Candidate`` is made."""
    for path in sorted(CANDIDATES.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Candidate":
                for name in ast.walk(node.args[0]):
                    if isinstance(name, ast.Constant) and isinstance(name.value, str):
                        yield name.value


@pytest.mark.parametrize("name", sorted(set(causes())))
def test_every_cause_is_named_by_a_situation(name: str) -> None:
    """Or by a test beside this one, where the asker wants the packet stopped."""
    situations = [name for path in FILES for _, _, name in expected(path)]
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))
    assert name in situations or f'"{name}"' in tests, (
        f"write tests/why/situations/WHAT-IS-WRONG.toml, a scenario in which {name} is the first "
        f"cause; its first line is: # expect PACKET SYMPTOM {name}"
    )


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_fix_does_what_it_says(path: Path) -> None:
    """The scenario with a fix applied no longer shows the symptom, for each cause offered."""
    compiled, reports = explained(path)
    for report in reports.values():
        for cause in report.causes:
            if cause.symptom == "reply-impossible":
                continue
            assert cause.fix is not None
            assert cause.proof
            mended = compile_scenario(applied(compiled.scenario, cause.fix.edits))
            again = next(iter(explain(mended, lines=(report.packet,), causes=False)))
            assert cause.symptom not in [each.name for each in again.symptoms], cause.name


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_rule_that_a_text_names_is_there(path: Path) -> None:
    """Of symptoms and causes: tables, chains, numbers of rules and packets."""
    compiled, reports = explained(path)
    for report in reports.values():
        assert unknown_places(compiled, report) == []


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    with Laboratory() as made:
        yield made


# What is the whole machine's and no network namespace may set: the table's size, the clock, the
# algorithms of IPsec.
_MACHINES_OWN = re.compile("nf_conntrack_max|^clock |^ipsec ", re.MULTILINE)
PROVABLE = [path for path in FILES if not _MACHINES_OWN.search(path.read_text())]


@pytest.mark.kernel
@pytest.mark.parametrize("path", PROVABLE, ids=[path.stem for path in PROVABLE])
def test_the_kernel_agrees_before_and_after_the_first_fix(
    path: Path, laboratory: Laboratory
) -> None:
    """The walk equals the kernel's for the scenario as it is, and with the first fix applied."""
    compiled, reports = explained(path)
    fixes = [report.causes[0].fix for report in reports.values() if report.causes]
    mended = [applied(compiled.scenario, fix.edits) for fix in fixes if fix is not None]
    for scenario in (compiled.scenario, *mended):
        verdict, _ = prove(laboratory, scenario)
        assert verdict.outcome == "equal", verdict.text


def test_a_conversation_names_the_packet_at_which_it_died() -> None:
    """The one who began it learns which packet, of which direction, was the first not to arrive."""
    _, asked = explained(FOLDER / "rp-filter-ignores-the-mark.toml")
    first = asked[1]
    assert first.worked is False
    assert first.died_at is not None
    assert (first.died_at.packet, first.died_at.direction, first.died_at.tried) == (
        2,
        "reply",
        False,
    )
    _, late = explained(FOLDER / "invalid-segment-dropped.toml")
    assert late[4].died_at is not None
    assert (late[4].died_at.packet, late[4].died_at.direction) == (4, "original")


def test_an_answer_that_the_text_does_not_hold_is_told_as_tried() -> None:
    """The far end's answer, walked for the report alone, is where the conversation died."""
    _, reports = explained(FOLDER / "own-answers-not-accepted.toml")
    death = reports[1].died_at
    assert death is not None
    assert (death.packet, death.direction, death.tried) == (1, "reply", True)


def test_a_conversation_that_works_died_nowhere() -> None:
    _, reports = explained(FOLDER / "all-is-well.toml")
    assert [report.died_at for report in reports.values()] == [None] * len(reports)


def test_a_question_by_arp_that_nobody_answers_breaks_no_maker() -> None:
    """What is no IP packet has no cause among rules and routes; nothing reads it as one."""
    scenario = Scenario(
        host="interface eth0 203.0.113.10/24\n",
        packets="in eth0 arp request 203.0.113.20 -> 203.0.113.99\n",
    )
    (report,) = explain(compile_scenario(scenario))
    assert [symptom.name for symptom in report.symptoms] == ["did-not-arrive"]
    assert report.causes == ()
