"""Everybody who reads steps can read those of ebtables and of ARP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playground.shown import ladder
from playground.shown.diagram import draw
from playground.shown.headers import changed_by
from playground.shown.presenters import grouped
from playground.walks import whynot
from sim.kernel.traversal import run
from sim.model.rules import BRIDGE
from sim.model.scenario import Compiled, Scenario
from sim.read.scenario import compile_scenario
from sim.tell.jsonl import as_json
from sim.tell.render import line
from sim.tools.advice import advise
from sim.tools.whatif import what_would_pass
from sim.trace.steps import Fate, HookEntered, RuleTried, Step, TargetRan

CASES = sorted((Path(__file__).parents[1] / "cases" / "bridge").glob("ebtables_*.toml"))


def walked(path: Path) -> tuple[Compiled, list[Step]]:
    compiled = compile_scenario(Scenario.from_toml(path.read_text()))
    return compiled, list(run(compiled))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_page_terminal_and_json_show_every_step(path: Path) -> None:
    """Words, JSON, groups with their map, changed fields, ladder, advice: none stumbles."""
    compiled, steps = walked(path)
    for step in steps:
        assert line(step)
        assert json.loads(json.dumps(as_json(step)))["hook"] == (step.where.hook or None)
        changed_by(step)
    assert len(grouped(steps, compiled)) == len(compiled.script)
    assert ladder.draw(steps) is not None
    advise(compiled, tuple(steps), prove=True)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_nothing_of_ebtables_is_said_to_be_traced(path: Path) -> None:
    """The kernel's TRACE does not know these tables."""
    _, steps = walked(path)
    assert all(step.trace is None for step in steps if step.where.family == BRIDGE)
    assert any(isinstance(s, RuleTried) and s.where.table_name == "bridge nat" for s in steps)


def test_hooks_and_tables_have_their_own_names() -> None:
    """A hook of the bridge is not one of IP's, and is registered where the kernel has it."""
    _, steps = walked(CASES[-1])
    entered = {s.where.hook: s.order for s in steps if isinstance(s, HookEntered)}
    assert entered["BRIDGE PREROUTING"] == ((-300, "nat"),)
    assert entered["BRIDGE FORWARD"] == ((-200, "filter"),)


def test_a_rewritten_address_is_shown_as_a_changed_field() -> None:
    """dnat changes the destination MAC, and nothing of the IP header."""
    path = next(path for path in CASES if path.stem == "ebtables_targets")
    _, steps = walked(path)
    step = next(s for s in steps if isinstance(s, TargetRan) and s.name == "dnat")
    changed = [field for field in changed_by(step) if field.before]
    assert [field.name for field in changed] == ["destination MAC"]


def test_what_would_pass_offers_a_rule_of_ebtables() -> None:
    """A frame that ebtables stopped gets an ebtables command, tried in the engine."""
    path = next(path for path in CASES if path.stem == "ebtables_hypervisor")
    compiled, steps = walked(path)
    stopped = next(
        s
        for s in steps
        if isinstance(s, Fate) and s.main and str(s.at).startswith("bridge nat:vm-a-out")
    )
    found = what_would_pass(compiled, stopped.line)
    assert any(change.text.startswith("ebtables -t nat -I vm-a-out 1") for change in found.changes)


def test_why_not_answers_for_a_rule_of_ebtables() -> None:
    """Packet by packet: it matched, it did not and why, or it was not reached."""
    path = next(path for path in CASES if path.stem == "ebtables_hypervisor")
    compiled, steps = walked(path)
    rule = compiled.rules.bridge.tables["filter"].chains["FORWARD"].rules[0]
    assert rule.span is not None
    place = whynot.place_at(compiled.rules, rule.span.line)
    assert place is not None
    assert place.family == BRIDGE
    found = [answer.text for answer in whynot.answers(place, steps)]
    assert any(text.startswith("it matched: ") for text in found)
    assert any("the packet never came through FORWARD" in text for text in found)


def test_the_map_ends_at_the_bridge_where_ebtables_drops() -> None:
    """A frame that was dropped before any hook of IP has not come to PREROUTING."""
    path = next(path for path in CASES if path.stem == "ebtables_arp")
    compiled, steps = walked(path)
    lines = [
        s.line for s in steps if isinstance(s, Fate) and str(s.at).startswith("bridge nat:vm-a")
    ]
    drawn = draw([s for s in steps if s.line == lines[0]], compiled)
    assert drawn.words.endswith("bridge")
