"""A pytest plugin for a process that imports a mutant in place of one file of the engine.

``CHAINWALK_MUTANT`` names the order: the file, the text to run instead, the tests to ask.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORDER = json.loads(Path(os.environ["CHAINWALK_MUTANT"]).read_text())


class Instead(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Finds one module only, and loads the mutant's text for it."""

    def __init__(self) -> None:
        self._file = str(ROOT / ORDER["file"])
        name = ORDER["file"].removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        importlib.machinery.SourceFileLoader.__init__(self, name, self._file)

    def find_spec(self, name, path=None, target=None):
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self._file, loader=self)

    def get_code(self, fullname):
        return compile(Path(ORDER["mutant"]).read_text(), self._file, "exec")


sys.meta_path.insert(0, Instead())


def pytest_runtestloop(session: pytest.Session) -> bool:
    from tests.mutation.covering import Covering
    from tests.mutation.judging import _KILLED, run_items

    if session.testsfailed:  # a file of tests cannot be imported
        os._exit(_KILLED)
    items = {item.nodeid: item for item in session.items}
    wanted = [items[test] for test in ORDER["tests"] if test in items]
    os._exit(run_items(wanted, Covering.kept(), Path(ORDER["report"])))
