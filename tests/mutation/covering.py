"""Which test runs which line: kept in ``tests/.state/mutation``, brought up to date by asking.

All of it is made anew when ``sim/`` changes (lines move), one test of it when the test's own file
changes. A test that fails by itself is left out: it could not tell a mutant from the engine.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "tests" / ".state" / "mutation" / "covering.json"


@dataclass
class Covering:
    """Tests by what they run; a test is known by its pytest id."""

    engine: str = ""
    sources: dict[str, str] = field(default_factory=dict)  # test: digest of the file it is from
    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[str, list[int]]] = field(default_factory=dict)  # test: file: lines
    imported: dict[str, list[int]] = field(default_factory=dict)  # file: lines an import runs

    @classmethod
    def kept(cls) -> Covering:
        engine = _digest(sorted((ROOT / "sim").rglob("*.py")))
        if KEPT.exists():
            found = cls(**json.loads(KEPT.read_text()))
            if found.engine == engine:
                return found
        return cls(engine)

    def keep(self) -> None:
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        KEPT.write_text(json.dumps(self.__dict__))

    def runs_at_import(self, file: str, line: int) -> bool:
        return line in self.imported.get(file, ())

    def of_lines(self, file: str, first: int, last: int) -> set[str]:
        """The tests that run any of these lines."""
        wanted = set(range(first, last + 1))
        return {test for test, lines in self.lines.items() if wanted & set(lines.get(file, ()))}

    def of_file(self, file: str) -> set[str]:
        return {test for test, lines in self.lines.items() if file in lines}


def _digest(paths: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()


def source_of(item: pytest.Item) -> str:
    """A digest of the file a test stands in and, for a golden case, of the case too."""
    paths = [item.path]
    named = item.name.partition("[")[2].rstrip("]")
    if named.endswith(".toml") and (ROOT / named).is_file():
        paths.append(ROOT / named)
    return _digest(paths)


class Mapping:
    """A pytest plugin: runs what is not known yet under coverage, one context for each test."""

    def __init__(self) -> None:
        self.covering = Covering.kept()
        self._coverage = coverage.Coverage(
            data_file=None,
            config_file=False,
            include=[str(ROOT / "sim" / "kernel" / "*"), str(ROOT / "sim" / "extensions" / "*")],
        )
        self._coverage.start()  # before the engine is imported: those lines count for no test
        self._failed: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        known = self.covering.sources
        self._sources = {item.nodeid: source_of(item) for item in items}
        for nodeid in {*known, *self._sources}:
            if known.get(nodeid) != self._sources.get(nodeid):
                self._forget(nodeid)
        items[:] = [item for item in items if item.nodeid not in known]

    def _forget(self, nodeid: str) -> None:
        for kept in (self.covering.sources, self.covering.seconds, self.covering.lines):
            kept.pop(nodeid, None)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(item.nodeid)
        before = time.process_time()
        yield
        self.covering.seconds[item.nodeid] = round(time.process_time() - before, 4)
        self.covering.sources[item.nodeid] = self._sources[item.nodeid]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        data = self._coverage.get_data()
        lines, imported = self.covering.lines, {}
        for path in data.measured_files():
            file = str(Path(path).relative_to(ROOT))
            imported[file] = []
            for line, tests in data.contexts_by_lineno(path).items():
                if "" in tests:
                    imported[file].append(line)
                for test in set(tests) - {"", *self._failed}:
                    lines.setdefault(test, {}).setdefault(file, []).append(line)
        self.covering.imported = imported
        self.covering.keep()
