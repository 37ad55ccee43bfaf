"""Settings that are there but empty are as if they were not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browsing import ROOT


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_an_empty_setting_is_the_default(tmp_path: Path, name: str) -> None:
    """``DATABASE_URL=`` in a unit's environment: SQLite in the state directory."""
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup(); "
         "from django.db import connection; print(connection.settings_dict['NAME'])"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "playground.settings", name: "",
             "CHAINWALK_STATE_DIR": str(tmp_path)},
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert str(tmp_path) in done.stdout
