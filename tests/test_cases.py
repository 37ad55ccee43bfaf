"""Every scenario file under tests/cases and playground/examples is a case.

A case holds when its expectations do, when a second run says the same, and when its trace is
the one in the ``.trace`` file beside it (``pytest --update`` writes those anew: the diff is the
review).

``traces/recorded.txt`` holds the engine's version and a digest of every recorded trace: where one
says something else, the version must be raised. ``--update`` writes that file too.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from playground.walks import runs
from sim import ENGINE_VERSION
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
TRACES = ROOT / "tests" / "cases" / "traces"
RECORDED = TRACES / "recorded.txt"
CHANGELOG = ROOT / ".github" / "CHANGELOG.md"
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
    kept = TRACES / f"{path.parent.name}-{path.stem}.trace"
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


def digests() -> dict[str, str]:
    return {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in sorted(TRACES.glob("*.trace"))
    }


def recorded() -> tuple[str, dict[str, str]]:
    """The version, and the digests that were written with it."""
    first, *lines = RECORDED.read_text().splitlines()
    return first.removeprefix("engine "), dict(line.split() for line in lines)


def other(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """The traces that say something else; a case that came or went changes nothing for users."""
    return [name for name in old if name in new and old[name] != new[name]]


def write(version: str, found: dict[str, str]) -> None:
    lines = [f"engine {version}", *(f"{name} {digest}" for name, digest in found.items())]
    RECORDED.write_text("\n".join(lines) + "\n")


def test_the_version_is_raised_when_a_trace_changes(request: pytest.FixtureRequest) -> None:
    """Links keep the engine's version, so that a reader sees that a walk is of another one."""
    version, old = recorded()
    new = digests()
    changed = other(old, new)
    assert version != ENGINE_VERSION or not changed, (
        f"{len(changed)} recorded traces changed ({', '.join(changed[:5])}), but the engine is "
        f"still {version}: raise ENGINE_VERSION in sim/__init__.py, say in .github/CHANGELOG.md "
        "what users will see, then run pytest tests/test_cases.py --update"
    )
    if request.config.getoption("--update"):
        write(ENGINE_VERSION, new)
        version, old = recorded()
    assert (version, old) == (ENGINE_VERSION, new), (
        "cases came or went, or the version was raised: run pytest tests/test_cases.py --update"
    )


def test_a_changed_trace_is_seen_and_a_new_one_is_none() -> None:
    """What the test above goes by."""
    assert other({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == ["b"]


def test_the_changelog_speaks_of_this_version() -> None:
    """What changed for users stands under the version's heading, which is the first."""
    headings = [line for line in CHANGELOG.read_text().splitlines() if line.startswith("## ")]
    assert headings[0].startswith(f"## {ENGINE_VERSION}")
