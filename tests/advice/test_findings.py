"""Every finding in both directions: a scenario that has it, and one that only looks like it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.packet.packet import sealed
from sim.read.scenario import compile_scenario
from sim.tools.advice import TRAPS, Finding, advise
from sim.tools.advice.finding import SEVERITIES
from sim.tools.advice.proof import mended
from sim.tools.advice.trap import Trap
from tests.advice.pairs import PAIRS, Pair

ROOT = Path(__file__).resolve().parent.parent.parent
LESSONS = {path.parent.name for path in ROOT.glob("playground/lessons/*/lesson.md")}


def scenario(texts: tuple[str, str, str]) -> Scenario:
    return Scenario(rules=texts[0], host=texts[1], packets=texts[2])


def advice(given: Scenario, *, prove: bool = False) -> tuple[Finding, ...]:
    compiled = compile_scenario(given)
    return advise(compiled, tuple(run(compiled)), prove=prove)


def of_name(findings: tuple[Finding, ...], name: str) -> list[Finding]:
    return [finding for finding in findings if finding.name == name]


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.name for pair in PAIRS])
def test_it_is_found(pair: Pair) -> None:
    """The scenario that has it: found once, at a line of its text."""
    given = scenario(pair.has)
    found = of_name(advice(given), pair.name)
    assert len(found) == 1, [f.name for f in advice(given)]
    place = found[0].places[0]
    assert 1 <= place.span.line <= getattr(given, place.where).count("\n") + 1


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.name for pair in PAIRS])
def test_it_is_not_found_where_it_is_not(pair: Pair) -> None:
    """The scenario that only looks like it: nothing of that name is said."""
    assert of_name(advice(scenario(pair.has_not)), pair.name) == []


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.name for pair in PAIRS])
def test_its_fix_mends_it(pair: Pair) -> None:
    """A fix loads, ends the finding, and what it changes is what the replay said."""
    given = scenario(pair.has)
    (found,) = of_name(advice(given, prove=True), pair.name)
    if found.fix is None:
        assert not pair.says
        return
    assert pair.says in "; ".join(found.proof), found.proof
    assert of_name(advice(mended(given, found)), pair.name) == []


def test_every_trap_is_listed() -> None:
    """A file that nothing lists finds nothing."""
    listed = {trap.check.__module__.rpartition(".")[2] for trap in TRAPS}
    files = {path.stem for path in ROOT.glob("sim/tools/advice/traps/[a-z]*.py")}
    assert files == listed, "import each, and put its TRAP into TRAPS, in traps/__init__.py"


def test_every_trap_has_a_pair() -> None:
    """No finding without its two scenarios."""
    lacking = {trap.name for trap in TRAPS} - {pair.name for pair in PAIRS}
    assert not lacking, f"add a Pair to tests/advice/pairs.py for {', '.join(sorted(lacking))}"
    assert sorted(trap.name for trap in TRAPS) == sorted(pair.name for pair in PAIRS)


@pytest.mark.parametrize("trap", TRAPS, ids=[trap.name for trap in TRAPS])
def test_traps_are_declared_whole(trap: Trap) -> None:
    """Each has a severity, a sentence and a lesson that exists; names are unique."""
    where = f"TRAP of {trap.check.__module__}"
    assert [each.name for each in TRAPS].count(trap.name) == 1, f"{where}: the name is taken"
    assert trap.severity in SEVERITIES, f"severity of {where} is one of {SEVERITIES}"
    assert trap.why.endswith((".", ".)")), f"why of {where} is a sentence with a full stop"
    assert trap.lesson in LESSONS, (
        f"lesson of {where} is the name of a folder in playground/lessons that has a lesson.md"
    )


def test_a_wrong_checksum_is_the_reason_that_is_given() -> None:
    """Bytes as the sending host's capture has them: mended in place, and no other advice."""
    given = sealed(
        bytes.fromhex("450000280001000040060000c0a8640ac6336407")
        + bytes.fromhex("9c4001bb00000001000000005002faf000000000")
    )
    captured = (given[:36] + b"\0\0" + given[38:]).hex()
    pair = next(pair for pair in PAIRS if pair.name == "bad-checksum")
    before = scenario((*pair.has[:2], f'reply\n\nin eth1 hex "{captured}"  # syn\n'))
    before = replace(before, packets=before.packets.removeprefix("reply\n"))
    found = advice(before, prove=True)
    assert [finding.name for finding in found if finding.name.startswith(("bad", "invalid"))] == [
        "bad-checksum"
    ]
    (wrong,) = of_name(found, "bad-checksum")
    assert wrong.text.startswith("Packet 1 is INVALID for its checksum alone (bad TCP checksum)")
    assert mended(before, wrong).packets == f'\nin eth1 hex "{given.hex()}"  # syn\n'
