"""Several processes start at once on an empty database: each comes up, and one sets it up."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.floorplan import ROOT
from tests.running.services import environment, several
from tests.web.test_postgres import database

__all__ = ["database"]

pytestmark = pytest.mark.slow

# Two migrations at once, without the rest of a start, so that they meet.
TOGETHER = 6
WAITS = """
import sys, django; django.setup()
from playground.site.locks import set_up_alone
with set_up_alone(), set_up_alone():
    print("in", flush=True)
    sys.stdin.readline()
"""


def _migrating(state: Path, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT, env=environment(state, **more), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.postgres
def test_two_first_starts_on_postgresql(database: str, tmp_path: Path) -> None:
    """Each with a state directory of its own, as on two machines."""
    states = [tmp_path / "one", tmp_path / "two"]
    for state in states:
        state.mkdir()
    with several(states, DATABASE_URL=database):
        pass


def test_two_first_starts_on_sqlite(tmp_path: Path) -> None:
    """One state directory: database, key and static files are made once."""
    with several([tmp_path, tmp_path]):
        pass


@pytest.mark.postgres
def test_many_migrations_at_once_on_postgresql(database: str, tmp_path: Path) -> None:
    """None fails, whoever comes first."""
    _all_end_well([_migrating(tmp_path, DATABASE_URL=database) for _ in range(TOGETHER)])


def test_many_migrations_at_once_on_sqlite(tmp_path: Path) -> None:
    """None fails, and each migration was applied once."""
    _all_end_well([_migrating(tmp_path) for _ in range(TOGETHER)])
    with sqlite3.connect(tmp_path / "chainwalk.sqlite3") as found:
        counts = found.execute("SELECT count(*) FROM django_migrations GROUP BY app, name")
        assert {count for (count,) in counts} == {1}


def _all_end_well(processes: list[subprocess.Popen[str]]) -> None:
    said = [process.communicate(timeout=240)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * TOGETHER, said


def _is_held_alone(state: Path, **more: str) -> None:
    """The second comes in when the first goes, even if it is killed."""
    told = {**environment(state, **more), "DJANGO_SETTINGS_MODULE": "playground.settings"}

    def waits() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", WAITS],
            cwd=ROOT, env=told, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    holder = waits()
    assert holder.stdout is not None
    assert holder.stdout.readline() == "in\n"
    waiter = waits()
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            waiter.wait(3)
        holder.kill()
        assert waiter.communicate("\n", timeout=60)[0] == "in\n"
    finally:
        for process in (holder, waiter):
            process.kill()
            process.communicate()


@pytest.mark.postgres
def test_the_lock_of_postgresql_is_let_go(database: str, tmp_path: Path) -> None:
    """A process that was killed stops nobody."""
    _is_held_alone(tmp_path, DATABASE_URL=database)


def test_the_lock_of_sqlite_is_let_go(tmp_path: Path) -> None:
    """A process that was killed stops nobody."""
    _is_held_alone(tmp_path)
