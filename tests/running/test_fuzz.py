"""The kept corpus of the fuzzer, replayed without it: answered, and in time."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

from tests.floorplan import ROOT

CORPUS = ROOT / "tests" / "fuzz" / "corpus"
SECONDS = 1.0  # of CPU, for any input
REPLAY = f"""
import sys, time
from pathlib import Path
from tests.fuzz.targets import TARGETS
for name in sys.argv[1:]:
    TARGETS[name](b"")
    for path in sorted((Path({str(CORPUS)!r}) / name).iterdir()):
        begun = time.thread_time()
        TARGETS[name](path.read_bytes())
        taken = time.thread_time() - begun
        assert taken < {SECONDS}, (path, taken)
print("answered")
"""


def _ran(*words: str, state: Path) -> subprocess.CompletedProcess[str]:
    told = {**os.environ, "CHAINWALK_STATE_DIR": str(state), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=told, capture_output=True, text=True, timeout=600
    )


@pytest.mark.slow
def test_every_kept_input_is_answered(tmp_path: Path) -> None:
    """Each target has some, and none ends in an exception or takes a second."""
    names = sorted(path.name for path in CORPUS.iterdir())
    done = _ran("-c", REPLAY, *names, state=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "answered"
    listed = "from tests.fuzz.targets import TARGETS; print(*sorted(TARGETS))"
    assert _ran("-c", listed, state=tmp_path).stdout.split() == names


@pytest.mark.slow
def test_the_fuzzer_runs_where_it_is_installed(tmp_path: Path) -> None:
    """Some seconds of one target; elsewhere its command says what to install."""
    done = _ran("-m", "tests.fuzz", "expect", "--seconds", "3", state=tmp_path)
    if util.find_spec("atheris") is None:
        assert "atheris" in done.stderr
        assert done.returncode != 0
        return
    assert done.returncode == 0, done.stderr[-2000:]
    assert "stat::number_of_executed_units" in done.stderr
