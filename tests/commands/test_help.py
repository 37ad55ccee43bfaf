"""Asking what a command does changes nothing on the machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.floorplan import ROOT


@pytest.mark.parametrize("command", ["start", "test"])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_installs_nothing(tmp_path: Path, command: str, option: str) -> None:
    """Without an environment it says how to get one; none is made."""
    shutil.copy(ROOT / "manage.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "manage.py", command, option],
        cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "setting up" not in done.stderr
    assert not (tmp_path / ".venv").exists()
