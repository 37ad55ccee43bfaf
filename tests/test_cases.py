"""Every scenario file under tests/cases and playground/examples is a case.

A case holds when its expectations do, when a second run says the same, and when its trace is
the one in the ``.trace`` file beside it (``pytest --update`` writes those anew: the diff is the
review).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playground.walks import runs
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.tell.expected import check
from sim.tell.jsonl import as_json
from sim.tell.render import line
from sim.trace.steps import Fate, Step, Trace

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "tests" / "cases").rglob("*.toml")) + sorted(
    (ROOT / "playground" / "examples").glob("*.toml")
)
NAMES = [str(path.relative_to(ROOT)) for path in FILES]


def walked(path: Path) -> tuple[runs.Prepared, tuple[Step, ...]]:
    prepared = runs.prepare(Scenario.from_toml(path.read_text()))
    return prepared, tuple(run(prepared.compiled))


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_what_the_scenario_expects_comes_true(path: Path) -> None:
    """Each expectation of the file holds, and it has at least one."""
    prepared, steps = walked(path)
    outcomes = check(prepared.expectations, [s for s in steps if isinstance(s, Fate)])
    assert outcomes, "a case without expectations proves nothing"
    assert [o for o in outcomes if o.failures] == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_second_run_says_the_same(path: Path) -> None:
    """A scenario is a function of its text and seed."""
    _, first = walked(path)
    _, second = walked(path)
    assert first == second


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_the_stream_is_whole(path: Path) -> None:
    """Numbers have no gap, every packet has exactly one fate, every step is JSON and text."""
    _, steps = walked(path)
    Trace(steps)
    ended = [step.packet.id for step in steps if isinstance(step, Fate)]
    assert len(ended) == len(set(ended))
    begun = {s.packet.id for s in steps if s.kind in ("arrived", "originated", "emitted")}
    assert begun == set(ended)
    for step in steps:
        value = json.loads(json.dumps(as_json(step)))
        for key in [
            "seq",
            "packet",
            "kind",
            "hook",
            "table",
            "chain",
            "rule",
            "in",
            "out",
            "mark",
            "hex",
            "trace",
        ]:
            assert key in value
        assert line(step).strip()


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_the_trace_is_the_recorded_one(path: Path, request: pytest.FixtureRequest) -> None:
    """The plain text trace equals the ``.trace`` file beside the scenario."""
    _, steps = walked(path)
    text = "".join(f"{line(step)}\n" for step in steps)
    kept = ROOT / "tests" / "cases" / "traces" / f"{path.parent.name}-{path.stem}.trace"
    if request.config.getoption("--update"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text)
    assert kept.exists(), "no recorded trace: run pytest --update and read what it wrote"
    assert text == kept.read_text()


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_scenario_file_survives_being_written_again(path: Path) -> None:
    """TOML out and in again gives an equal scenario."""
    scenario = Scenario.from_toml(path.read_text())
    assert Scenario.from_toml(scenario.to_toml()) == scenario
