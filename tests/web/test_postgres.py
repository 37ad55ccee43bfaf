"""``DATABASE_URL``: the same saving on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))

pytestmark = pytest.mark.postgres

SCRIPT = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from playground import models
from playground.page import gallery
from playground.links import store
first = store.save(gallery.first().scenario)
again = store.save(gallery.first().scenario)
fork = store.save(gallery.everything()[1].scenario, parent=first)
assert first.share.pk == again.share.pk and fork.share.parent_id == first.share.pk
assert store.find(first.share.pk).scenario == gallery.first().scenario
assert store.named([fork.share])[0][1] == gallery.everything()[1].scenario.title
from playground.together import sessions
walk = sessions.start(first, "a" * 32, 50)
mine, other = sessions.join(walk.pk, "a" * 32), sessions.join(walk.pk, "b" * 32)
assert mine == sessions.join(walk.pk, "a" * 32) != other
assert sessions.go_to(walk.pk, "a" * 32, 99).step == 50
assert sessions.hand_over(walk.pk, "a" * 32, other)
assert sessions.go_to(walk.pk, "a" * 32, 1) is None
now = sessions.look(walk.pk, [other])
assert (now.step, now.moves, now.is_led_by(sessions.hashed("b" * 32)), now.here) == (50, 2, True, 2)
print(models.Share.objects.count(), models.Share.objects.db)
from django.db import connection
print(connection.vendor)
"""


def as_postgres(*command: str) -> None:
    """PostgreSQL refuses to run as root."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, *command], check=True, capture_output=True, cwd="/")


@pytest.fixture
def database() -> Iterator[str]:
    """A cluster of our own, on a socket of our own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="cw-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data, programs = folder / "data", PROGRAMS[-1]
    try:
        as_postgres(str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "chainwalk")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
        control = [str(programs / "pg_ctl"), "-D", str(data), "-w"]
        as_postgres(*control, "-o", options, "-l", str(folder / "log"), "start")
        yield f"postgres://chainwalk@{quote(str(folder), safe='')}/postgres"
        as_postgres(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_scenarios_are_saved_in_postgresql(database: str) -> None:
    """Same text, same link; a fork knows its parent; what is read is what was written."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={
            **os.environ,
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "playground.settings",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["2", "default", "postgresql"]
