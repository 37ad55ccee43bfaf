"""``python -m tests.mutation``: draw mutants of the engine, and say which the tests did not see.

    python -m tests.mutation --rooms conntrack,nat,routing,xtables,stack --sample 400 --seed 7
    python -m tests.mutation --extensions 3 --seed 7
    python -m tests.mutation --file sim/kernel/nat/ports.py --sample 20

Each mutant is judged by those tests that cover its lines, and only by such as need no kernel, no
browser and no database. Which test covers what is found out first (minutes, after a change of the
engine; seconds, after a new case) and kept in ``tests/.state/mutation``. A mutant that nothing can
tell from the engine is named in ``equivalent.toml`` with the reason, and not counted.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutation.mutants import ROOT, Mutant, drawn, spread

ROOMS = ("conntrack", "nat", "routing", "xtables", "stack")
EXTENSIONS = ("matchers", "targets", "frames")
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
# Where the engine's own tests are; the pages' tests are many, slow and of something else.
TESTS = (
    *("test_cases.py", "conntrack", "conversation", "ebtables", "engine", "errors", "extensions"),
    *("ipset", "kernel/test_recordings.py", "matchers", "parser", "targets"),
)
# These walk much and see little: what they ask is that a part of the engine agrees with another.
LEFT_OUT = ("engine/test_generate.py", "parser/test_any_text.py")
LEFT_OUT_OF_FOLDS = ("test_every_case", "test_random", "test_rules_of_real_hosts")
MARKS = "not kernel and not browser and not postgres and not redis and not corpus and not slow"


class NoDatabase:
    """A plugin: what asks for a database or a client is not collected."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        lean = [one for one in items if not {"db", "client", "server"} & set(one.fixturenames)]
        items[:] = [one for one in lean if one.get_closest_marker("django_db") is None]


def _pytest(*plugins: object) -> int:
    paths = [f"tests/{name}" for name in TESTS]
    left_out = [f"--ignore=tests/{name}" for name in LEFT_OUT]
    left_out += [f"--deselect=tests/engine/test_folded.py::{name}" for name in LEFT_OUT_OF_FOLDS]
    arguments = ["-q", "-n", "0", "--no-header", "-p", "no:randomly", "-m", MARKS, *left_out]
    return pytest.main([*arguments, *paths], plugins=[NoDatabase(), *plugins])


def files_of(room: str) -> list[Path]:
    """``sim/kernel``'s room, or the one file of that name."""
    top = ROOT / "sim" / "kernel" / room
    return sorted(top.rglob("*.py")) if top.is_dir() else [top.with_suffix(".py")]


def _sample(options: argparse.Namespace) -> Iterator[Mutant]:
    if options.file:
        return drawn([ROOT / name for name in options.file], options.sample, options.seed)
    if options.extensions:
        files = [
            [file]
            for room in EXTENSIONS
            for file in sorted((ROOT / "sim" / "extensions" / room).rglob("*.py"))
        ]
        random.Random(options.seed).shuffle(files)
        return spread(files, options.extensions * len(files), options.seed)
    rooms = [files_of(room) for room in options.rooms.split(",")]
    return spread(rooms, options.sample, options.seed)


def _known() -> dict[tuple[str, str], str]:
    """What nothing can tell from the engine, with the reason."""
    listed = tomllib.loads(EQUIVALENT.read_text()).get("mutant", [])
    return {(one["file"], one["change"].strip()): one["reason"] for one in listed}


def room_of(file: str) -> str:
    parts = file.split("/")
    return parts[2].removesuffix(".py") if parts[1] == "kernel" else f"extensions/{parts[2]}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rooms", default=",".join(ROOMS), help="of sim/kernel, with commas")
    parser.add_argument("--extensions", type=int, default=0, help="so many in each of their files")
    parser.add_argument("--file", action="append", help="only this file; may be repeated")
    parser.add_argument("--sample", type=int, default=100, help="how many mutants (100)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another sample (1)")
    parser.add_argument("--minutes", type=float, help="begin no mutant after so many")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--least", type=float, default=0, help="percent; exit 1 below it")
    parser.add_argument("--verbose", action="store_true", help="each mutant, and who saw it")
    parser.add_argument("--map", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.chdir(ROOT)
    if options.map:
        from tests.mutation.covering import Mapping

        return _pytest(Mapping())
    asked = [sys.executable, "-m", "tests.mutation", "--map"]
    mapped = subprocess.run(asked, stdout=subprocess.PIPE, text=True)
    if mapped.returncode not in (0, 1, 5):
        sys.stdout.write(mapped.stdout)
        print("These tests fail without any mutant: mend them first.")
        return 2
    known, left_out = _known(), 0

    def counted() -> Iterator[Mutant]:
        nonlocal left_out
        for one in _sample(options):
            if (one.file, one.change.strip()) in known:
                left_out += 1
            else:
                yield one

    from tests.mutation.judging import KILLED, SURVIVED, TIMED_OUT, Judged, Judging

    def told(judged: Judged) -> None:
        if options.verbose:
            taken = f"{judged.outcome} in {judged.seconds:.1f} s"
            print(f"{taken}: {judged.mutant}\n    {judged.test}", flush=True)

    judging = Judging(counted(), options.workers, told, options.minutes)
    _pytest(judging)
    print()
    for judged in sorted(judging.judged, key=lambda one: (one.mutant.file, one.mutant.line)):
        if judged.outcome == SURVIVED:
            print(f"{judged.mutant}\n")
    by_room = Counter((room_of(one.mutant.file), one.outcome) for one in judging.judged)
    for room in sorted({room for room, _ in by_room}):
        figures = [f"{by_room[room, one]} {one}" for one in (KILLED, SURVIVED, TIMED_OUT)]
        print(f"{room:22} {', '.join(figures)}")
    total = Counter(one.outcome for one in judging.judged)
    # A mutant that does not end is seen by whoever runs the test.
    seen = 100 * (total[KILLED] + total[TIMED_OUT]) / max(len(judging.judged), 1)
    if judging.is_cut_short:
        print(f"After {options.minutes:g} minutes, the sample was not all judged:")
    print(
        f"{total[KILLED]} killed, {total[TIMED_OUT]} timed out, {total[SURVIVED]} survived of "
        f"{len(judging.judged)}: {seen:.1f} % seen; {left_out} left out as equivalent. "
        f"Seed {options.seed}."
    )
    return 1 if seen < options.least else 0


if __name__ == "__main__":
    sys.exit(main())
