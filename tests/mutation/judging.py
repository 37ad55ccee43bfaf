"""Whether the tests see a mutant: a pytest plugin that forks a child for each.

The tests are collected once. A child gets the mutant's functions (their code is exchanged, so it
is theirs wherever they were imported to), runs the tests that cover its lines and stops at the
first that fails. First come those that saw other mutants of the same file, then the quick ones.
Nothing is written, so children run beside each other. A mutant that takes effect when its file is
imported is put in by an import hook, in a process of its own (:mod:`tests.mutation.fresh`).
"""

from __future__ import annotations

import functools
import gc
import json
import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, count
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.covering import KEPT, Covering
from tests.mutation.mutants import ROOT, Mutant

KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed out"
# Exit statuses of a child; any other end (a crash of the interpreter) is seen by everybody.
_SURVIVED, _KILLED, _TIMED_OUT = 0, 1, 3
KILLERS = KEPT.with_name("killers.json")
GOLDEN = "tests/test_cases.py"
_MEMORY = 3 << 30  # bytes of address space that a child may have
# Seconds of tests, as they take unharmed. What has seen nothing by then has survived, so a figure
# may be too low by it, never too high.
_ENOUGH = 30
# These ask whether two runs agree, which nearly every mutant does with itself: they come last.
_SELDOM = (
    "test_a_second_run_says_the_same",
    "test_the_stream_is_whole",
    "test_a_scenario_file_survives",
    "test_what_the_scenario_expects",
)


@dataclass(frozen=True)
class Judged:
    """What became of a mutant, after how long, and the test that saw it."""

    mutant: Mutant
    outcome: str
    seconds: float
    test: str = ""


def limit(seconds: float) -> float:
    """The processor time, in seconds, that a test may take which takes ``seconds`` unharmed."""
    return 3 + 10 * seconds


class Killers:
    """Which tests saw the mutants of which file: the likeliest to see the next, kept for later."""

    def __init__(self) -> None:
        self.of_file: dict[str, dict[str, int]] = {}
        if KILLERS.exists():
            self.of_file = json.loads(KILLERS.read_text())

    def saw(self, mutant: Mutant, test: str) -> None:
        of_file = self.of_file.setdefault(mutant.file, {})
        of_file[test] = of_file.get(test, 0) + 1

    def keep(self) -> None:
        KILLERS.write_text(json.dumps(self.of_file))

    def in_order(self, tests: set[str], mutant: Mutant, covering: Covering) -> list[str]:
        """The likeliest first, then the quick; as many as are asked."""
        killed = self.of_file.get(mutant.file, {})

        def rank(test: str) -> tuple[bool, int, float]:
            seldom = any(one in test for one in _SELDOM)
            return seldom, -killed.get(test, 0), covering.seconds[test]

        ranked = sorted(tests, key=rank)
        sums = accumulate(covering.seconds[test] for test in ranked)
        return [test for test, sum_ in zip(ranked, sums, strict=True) if sum_ <= _ENOUGH]


class Judging:
    """The plugin. ``judged`` is filled when the session is over."""

    def __init__(
        self,
        mutants: Iterator[Mutant],
        workers: int,
        told: Callable[[Judged], None],
        minutes: float | None = None,
    ) -> None:
        """``minutes``: after so many no other mutant is begun."""
        self._end = math.inf if minutes is None else time.monotonic() + 60 * minutes
        self._covering, self._killers = Covering.kept(), Killers()
        self._mutants, self._workers, self._told = mutants, workers, told
        self.judged: list[Judged] = []
        self.is_cut_short = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._items = {item.nodeid: item for item in session.items}
        self._functions = _functions_by_code()
        gc.freeze()
        running: dict[int, tuple[Mutant, Path, float]] = {}
        with tempfile.TemporaryDirectory() as folder:
            for number in count():
                while len(running) >= self._workers:
                    self._wait(running)
                self.is_cut_short = time.monotonic() > self._end
                mutant = None if self.is_cut_short else next(self._mutants, None)
                if mutant is None:
                    break
                report = Path(folder) / str(number)
                running[self._started(mutant, report)] = mutant, report, time.monotonic()
            while running:
                self._wait(running)
        self._killers.keep()
        return True

    def _wait(self, running: dict[int, tuple[Mutant, Path, float]]) -> None:
        """For the next child to end."""
        pid, status = os.wait()
        if pid in running:
            self._ended(*running.pop(pid), status)

    def _ended(self, mutant: Mutant, report: Path, begun: float, status: int) -> None:
        code = os.waitstatus_to_exitcode(status)
        outcome = {_SURVIVED: SURVIVED, _TIMED_OUT: TIMED_OUT}.get(code, KILLED)
        test = report.read_text() if report.exists() else ""
        if outcome == KILLED and test in self._covering.seconds:
            self._killers.saw(mutant, test)
        judged = Judged(mutant, outcome, time.monotonic() - begun, test)
        self.judged.append(judged)
        self._told(judged)

    def _started(self, mutant: Mutant, report: Path) -> int:
        pid = os.fork()
        if pid:
            return pid
        try:
            code = self._child(mutant, report)
        except BaseException as error:
            report.write_text(f"{type(error).__name__}: {error}")
            code = _KILLED
        finally:
            sys.stdout.flush()
        os._exit(code)

    def _child(self, mutant: Mutant, report: Path) -> int:
        os.setpgid(0, 0)
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 1)
        os.dup2(devnull, 2)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        covering, lines = self._covering, range(mutant.line, mutant.last + 1)
        tests = covering.of_lines(mutant.file, mutant.line, mutant.last)
        at_import = any(covering.runs_at_import(mutant.file, line) for line in lines)
        if at_import or not mutant.in_function or not self._exchange(mutant):
            # A file that only imports run is seen by whoever can no longer be imported.
            tests = tests or covering.of_file(mutant.file) or set(covering.seconds)
            return _fresh(mutant, self._killers.in_order(tests, mutant, covering), report)
        known = self._killers.in_order(tests & set(self._items), mutant, covering)
        return run_items([self._items[test] for test in known], covering, report)

    def _exchange(self, mutant: Mutant) -> bool:
        """Give the living functions the mutant's code; ``False`` where that cannot be."""
        path = str(ROOT / mutant.file)
        old = dict(_codes(compile(mutant.before, path, "exec")))
        new = dict(_codes(compile(mutant.after, path, "exec")))
        changed = {key for key in old if old[key] != new.get(key)}
        done = False
        for key in changed:
            for function in self._functions.get((path, *key), ()):
                code = new.get(key)
                if code is None or code.co_freevars != function.__code__.co_freevars:
                    return False
                function.__code__ = code
                done = True
        return done


def _codes(
    code: types.CodeType, seen: dict | None = None
) -> Iterator[tuple[tuple, types.CodeType]]:
    """Every function's code in a file, by its qualified name and which of that name it is."""
    seen = {} if seen is None else seen
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            number = seen[constant.co_qualname] = seen.get(constant.co_qualname, 0) + 1
            yield (constant.co_qualname, number), constant
            yield from _codes(constant, seen)


def _functions_by_code() -> dict[tuple, list[types.FunctionType]]:
    """The living functions of the engine; what they have cached is forgotten at each fork."""
    top = str(ROOT / "sim")
    living: dict[types.CodeType, list[types.FunctionType]] = {}
    gc.unfreeze()  # what is frozen (tests/conftest.py) is not listed
    for found in gc.get_objects():
        if isinstance(found, types.FunctionType):
            if found.__code__.co_filename.startswith(top):
                living.setdefault(found.__code__, []).append(found)
        elif isinstance(found, functools._lru_cache_wrapper):
            found.cache_clear()
    by_key: dict[tuple, list[types.FunctionType]] = {}
    for path in {code.co_filename for code in living}:
        for key, code in _codes(compile(Path(path).read_text(), path, "exec")):
            if code in living:
                by_key[(path, *key)] = living[code]
    return by_key


def run_items(items: list[pytest.Item], covering: Covering, report: Path) -> int:
    """Run the tests until one fails; what a child exits with."""

    def too_long(*_: object) -> None:
        os._exit(_TIMED_OUT)

    signal.signal(signal.SIGPROF, too_long)
    for at, item in enumerate(items):  # none: no test runs the line, so none can see the mutant
        following = items[at + 1] if at + 1 < len(items) else None
        signal.setitimer(signal.ITIMER_PROF, limit(covering.seconds[item.nodeid]))
        if any(not one.passed for one in runtestprotocol(item, log=False, nextitem=following)):
            report.write_text(item.nodeid)
            return _KILLED
    signal.setitimer(signal.ITIMER_PROF, 0)
    return _SURVIVED


def _fresh(mutant: Mutant, tests: list[str], report: Path) -> int:
    """Judge by processes that import the mutant instead of the file.

    Most of what a process costs is to collect tests: the first has the golden cases only.
    """
    golden = [test for test in tests if test.startswith(GOLDEN)]
    for some in (golden, [test for test in tests if not test.startswith(GOLDEN)]):
        if some and (code := _asked(mutant, some, report)) != _SURVIVED:
            return code
    return _SURVIVED


def _asked(mutant: Mutant, tests: list[str], report: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        order = Path(folder) / "order.json"
        changed = Path(folder) / "mutant.py"
        changed.write_text(mutant.after)
        order.write_text(
            json.dumps(
                {"file": mutant.file, "mutant": str(changed), "tests": tests, "report": str(report)}
            )
        )
        files = sorted({test.partition("::")[0] for test in tests})
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "tests.mutation.fresh", "-q", "-n", "0", *files],
            cwd=ROOT,
            env={**os.environ, "CHAINWALK_MUTANT": str(order)},
        ).returncode
