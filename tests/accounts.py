"""A site with accounts, in a process of its own: the setting holds from the start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.floorplan import ROOT

# A password costs a third of a second by design; no test is about that.
CHEAP = """
from django.conf import settings
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""


def said_with_accounts(script: str, state: Path) -> str:
    """What a Python script prints with ``CHAINWALK_ACCOUNTS`` and a state directory of its own.

    Raises ``AssertionError`` with its errors when it ends badly.
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHEAP + script],
        env={
            **os.environ,
            "CHAINWALK_ACCOUNTS": "1",
            "CHAINWALK_STATE_DIR": str(state),
            "CHAINWALK_HOSTS": "testserver",
            "DJANGO_SETTINGS_MODULE": "playground.settings",
        },
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
