"""Every scenario file under tests/cases and playground/examples is a case.

A case holds when its expectations do, when a second run says the same, and when it is as recorded:
its trace is the one in the ``.trace`` file beside it, and what no sentence tells (every byte of
every packet, marks, times, conntrack's table) is the ``.seen`` file's (:mod:`tests.seen`).
``pytest --update`` writes both anew: the diff is the review.

What other tests draw to ask a kernel is recorded too, as digests (:mod:`tests.agreed`).

``traces/recorded.txt`` holds the engine's version and a digest of every recorded trace: where one
says something else, the version must be raised. ``--update`` writes that file too.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
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
from tests import agreed
from tests.seen import seen

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "tests" / "cases").rglob("*.toml")) + sorted(
    (ROOT / "playground" / "examples").glob("*.toml")
)
TRACES = ROOT / "tests" / "cases" / "traces"
RECORDED = TRACES / "recorded.txt"
CHANGELOG = ROOT / ".github" / "CHANGELOG.md"
NAMES = [str(path.relative_to(ROOT)) for path in FILES]


@dataclass(frozen=True)
class Case:
    """A scenario file and its walk, which all tests of the file look at."""

    path: Path
    prepared: runs.Prepared
    listed: tuple[Step, ...]  # with conntrack's table behind each statement
    steps: tuple[Step, ...]  # without it: what a reader gets

    @property
    def recorded(self) -> Path:
        """The ``.trace`` file; ``.seen`` is beside it."""
        return TRACES / f"{self.path.parent.name}-{self.path.stem}.trace"


def walked(path: Path) -> Case:
    prepared = runs.prepare(Scenario.from_toml(path.read_text()))
    listed = tuple(run(prepared.compiled, flows=True))
    return Case(path, prepared, listed, tuple(s for s in listed if s.kind != "flows"))


# Walked once for all tests of a case. The first of them is the one that counts as covering the
# engine's lines (tests/mutation), so it is the one that sees most.
@pytest.fixture(scope="module", params=FILES, ids=NAMES)
def case(request: pytest.FixtureRequest) -> Case:
    return walked(request.param)


def test_the_walk_is_the_recorded_one(case: Case, request: pytest.FixtureRequest) -> None:
    """Its sentences equal the ``.trace`` file, its bytes and tables the ``.seen`` file."""
    told = "".join(f"{line(step)}\n" for step in case.steps)
    for kept, text in (
        (case.recorded, told),
        (case.recorded.with_suffix(".seen"), seen(case.listed)),
    ):
        if request.config.getoption("--update"):
            kept.parent.mkdir(exist_ok=True)
            kept.write_text(text)
        assert kept.exists(), "no recorded trace: run pytest --update and read what it wrote"
        assert text == kept.read_text()


def test_what_the_scenario_expects_comes_true(case: Case) -> None:
    """Each expectation of the file holds, and it has at least one."""
    outcomes = check(case.prepared.expectations, [s for s in case.steps if isinstance(s, Fate)])
    assert outcomes, "a case without expectations proves nothing"
    assert [o for o in outcomes if o.failures] == []


def test_a_second_run_says_the_same(case: Case) -> None:
    """A scenario is a function of its text and seed."""
    assert walked(case.path).listed == case.listed


def test_the_stream_is_whole(case: Case) -> None:
    """Numbers have no gap, every packet has exactly one fate, every step is JSON and text."""
    Trace(case.listed)
    ended = [step.packet.id for step in case.steps if isinstance(step, Fate)]
    assert len(ended) == len(set(ended))
    begun = {s.packet.id for s in case.steps if s.kind in ("arrived", "originated", "emitted")}
    assert begun == set(ended)
    for step in case.steps:
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


def test_a_scenario_file_survives_being_written_again(case: Case) -> None:
    """TOML out and in again gives an equal scenario."""
    scenario = Scenario.from_toml(case.path.read_text())
    assert Scenario.from_toml(scenario.to_toml()) == scenario


@pytest.mark.parametrize(("group", "part"), agreed.PARTS)
def test_what_the_kernel_agreed_with_stays(
    group: str, part: int, request: pytest.FixtureRequest
) -> None:
    """Thousands of packets of the tests that ask a kernel, here without one."""
    found = agreed.digests_of(group, part)
    if request.config.getoption("--update"):
        agreed.record(found)
    kept = agreed.recorded()
    differing = [name for name in found if kept.get(name) != found[name]]
    assert not differing, (
        f"{len(differing)} come out otherwise than recorded, first {differing[0]!r}. Was it meant, "
        f"or are other scenarios drawn? tests/agreed.py names, for {group!r}, the test or command "
        "that must find them equal to the kernel; then run pytest tests/test_cases.py --update"
    )


def digests() -> dict[str, str]:
    """Of each case's trace by its name, and of what was seen beside it by ``NAME.seen``."""
    return {
        path.name.removesuffix(".trace"): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in sorted([*TRACES.glob("*.trace"), *TRACES.glob("*.seen")])
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
