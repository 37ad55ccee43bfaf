"""A database that somebody else holds is waited for, then said; nothing typed is lost."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.web.test_postgres import ROOT

SETUP = """
import json, sys, django; django.setup()
from django.test import Client
def told(answer):
    return [answer.status_code, answer.headers.get("Content-Type"), answer.content.decode(),
            answer.headers.get("Retry-After")]
form = {"rules": "# typed with care\\n", "title": "kept title", "as": "public"}
"""
MIGRATE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from playground.links import store
from sim.model.scenario import Scenario
print(json.dumps(store.save(Scenario(rules="# read me\\n")).share.pk))
"""
ATTACK = """
client, pk = Client(), sys.argv[1]
print(json.dumps({
    "save": told(client.post("/save", form)),
    "api": told(client.post("/api/scenarios", json.dumps({"rules": "# mine\\n"}),
                            content_type="application/json")),
    "new": told(client.post("/k/new", {"title": "kept title", "about": "# typed with care",
                                       "visibility": "link"})),
    "json": told(client.post("/k/new", {"title": "x", "visibility": "link"},
                             headers={"Accept": "application/json"})),
    "read": told(client.get(f"/s/{pk}.toml")) if pk else [],
    "lookup": told(client.get(f"/s/{pk or 'aaaaaaaaaaaa'}.json")),
}))
"""
SAVE = """
print(json.dumps(told(Client().post("/save", form))))
"""


def _run(script: str, *words: str, **environment: str) -> object:
    """What a server of its own process prints."""
    done = subprocess.run(
        [sys.executable, "-c", SETUP + script, *words],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "playground.settings",
             "CHAINWALK_HOSTS": "testserver", **environment},
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _at(folder: Path) -> dict[str, str]:
    """An instance with its state in a folder of its own."""
    address = f"sqlite:///{folder / 'chainwalk.sqlite3'}"
    return {"CHAINWALK_STATE_DIR": str(folder), "DATABASE_URL": address}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The state directory of an instance, and a link that is stored there."""
    folder = tmp_path_factory.mktemp("busy")
    pk = _run(MIGRATE, **_at(folder))
    return folder, str(pk)


@contextmanager
def _held(folder: Path) -> Iterator[sqlite3.Connection]:
    """The write lock, as another process would hold it."""
    holder = sqlite3.connect(
        folder / "chainwalk.sqlite3", isolation_level=None, check_same_thread=False
    )
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield holder
    finally:
        if holder.in_transaction:
            holder.execute("ROLLBACK")
        holder.close()


def test_a_busy_database_is_said_and_the_text_is_kept(state: tuple[Path, str]) -> None:
    """The lock outlasts the patience: 503 in each form, while who only reads is served."""
    folder, pk = state
    with _held(folder):
        found = _run(ATTACK, pk, **_at(folder), CHAINWALK_BUSY_SECONDS="1")
    _are_said(found)
    assert found["read"][0] == found["lookup"][0] == 200  # type: ignore[index]


def test_a_database_that_is_down_is_said_and_the_text_is_kept(tmp_path: Path) -> None:
    """PostgreSQL does not answer: nothing is a bare 500."""
    address = "postgres://nobody@%2Fnowhere%2Fat%2Fall/none"
    hurried = {"CHAINWALK_BUSY_SECONDS": "1", "CHAINWALK_STATE_DIR": str(tmp_path)}
    found = _run(ATTACK, "", **hurried, DATABASE_URL=address)
    _are_said(found)
    assert found["lookup"][0] == 503  # type: ignore[index]


def _are_said(found: object) -> None:
    assert isinstance(found, dict)
    for name in ("save", "new"):
        status, kind, body, retry = found[name]
        assert (status, kind.partition(";")[0], retry) == (503, "text/html", "5"), name
        assert "# typed with care" in body
        assert "kept title" in body
        assert "csrfmiddlewaretoken" in body
    for name in ("api", "json"):
        status, kind, body, retry = found[name]
        assert (status, kind, retry) == (503, "application/json", "5"), name
        assert json.loads(body)["error"]["reason"] == "busy"


def test_a_lock_that_ends_in_time_is_waited_for(state: tuple[Path, str]) -> None:
    """The save comes a moment later, and nobody is told anything."""
    folder, _ = state
    with _held(folder) as holder:
        begun = time.monotonic()

        def release() -> None:
            time.sleep(4)
            holder.execute("ROLLBACK")

        threading.Thread(target=release).start()
        found = _run(SAVE, **_at(folder))
        assert time.monotonic() - begun > 4
    assert found[0] == 302  # type: ignore[index]
