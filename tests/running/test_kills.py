"""Services that are stopped, killed or full: what people see, and that it heals by itself."""

from __future__ import annotations

import html
import os
import signal
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.load.saves import Server, told
from tests.running.engines import Postgres, fill, postgres, small_disk
from tests.together.people import Visitor
from tests.together.test_processes import ended, started_redis

SECONDS = 60  # that a busy machine is given to heal
TYPED = {
    "rules": "iptables -A INPUT -j DROP\n# typed with care\n",
    "host": "interface eth0 192.0.2.1/24\n",
    "packets": "in eth0 udp 192.0.2.9:1 -> 192.0.2.1:2\n",
    "title": "kept title",
}
pytestmark = pytest.mark.slow
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")


def saved(url: str, visitor: Visitor) -> requests.Response:
    return visitor.post("/save", "/", **TYPED, **{"as": "unlisted"})


def asked(url: str) -> requests.Response:
    """A program saves."""
    return requests.post(f"{url}/api/scenarios", json=TYPED, timeout=60)


def is_said(page: requests.Response, program: requests.Response) -> None:
    """A sentence and what was typed for a person, JSON for a program, when to come again."""
    assert (page.status_code, page.headers.get("Retry-After")) == (503, "5"), page.text[:500]
    said = html.unescape(page.text)
    assert "# typed with care" in said
    assert "kept title" in said
    assert "save them again" in said
    assert (program.status_code, program.headers.get("Retry-After")) == (503, "5")
    assert program.json()["error"]["reason"] == "busy"


def heals(url: str, visitor: Visitor) -> None:
    """Without anybody doing anything to it."""
    deadline = time.monotonic() + SECONDS
    while True:
        page, program = saved(url, visitor), asked(url)
        if (page.status_code, program.status_code) == (200, 201):
            return
        assert time.monotonic() < deadline, (page.status_code, program.text)
        time.sleep(0.5)


def still_walks(url: str) -> None:
    """Who does not save is served."""
    answer = requests.post(f"{url}/api/simulate", json=TYPED, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["steps"]
    assert requests.get(url, timeout=60).status_code == 200


def _is_ready(url: str) -> None:
    """Soon, and by itself: a connection that broke is made anew when it is asked for next."""
    deadline = time.monotonic() + 30
    while requests.get(f"{url}/readyz", timeout=60).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.5)


@pytest.fixture
def engine() -> Iterator[Postgres]:
    with postgres() as found:
        yield found


@pytest.mark.postgres
@pytest.mark.redis
def test_a_service_that_stops_or_dies_is_said_and_heals(engine: Postgres, tmp_path: Path) -> None:
    """PostgreSQL and Redis in turn, once stopped and once killed."""
    redis = started_redis(tmp_path / "redis.sock")
    server = Server(tmp_path, DATABASE_URL=engine.url, REDIS_URL=f"unix://{tmp_path}/redis.sock")
    server.start()
    try:
        visitor = Visitor(server.url)
        heals(server.url, visitor)
        pk = asked(server.url).json()["id"]
        for away in (engine.stop, engine.kill):
            away()
            is_said(saved(server.url, visitor), asked(server.url))
            still_walks(server.url)
            gone = requests.get(f"{server.url}/s/{pk}", timeout=60)
            assert gone.status_code == 503
            assert requests.get(f"{server.url}/readyz", timeout=60).status_code == 503
            assert requests.get(f"{server.url}/healthz", timeout=60).status_code == 200
            engine.start()
            heals(server.url, visitor)
            assert requests.get(f"{server.url}/s/{pk}", timeout=60).status_code == 200
        for how in (signal.SIGTERM, signal.SIGKILL):
            redis.send_signal(how)
            redis.wait(20)
            assert saved(server.url, visitor).status_code == 200
            assert asked(server.url).status_code == 201
            still_walks(server.url)
            (tmp_path / "redis.sock").unlink(missing_ok=True)
            redis = started_redis(tmp_path / "redis.sock")
            heals(server.url, visitor)
            _is_ready(server.url)
    finally:
        server.kill()
        ended(redis)


def _is_full(server: Server, disk: Path) -> None:
    visitor = Visitor(server.url)
    heals(server.url, visitor)
    pk = asked(server.url).json()["id"]
    filler = fill(disk)
    try:
        for number in range(30):  # what was reserved before may hold some
            large = {**TYPED, "rules": f"# {number} " + "typed with care " * 60_000 + "\n"}
            answer = requests.post(f"{server.url}/api/scenarios", json=large, timeout=60)
            if answer.status_code != 201:
                break
        assert answer.status_code == 503, answer.text
        assert answer.json()["error"]["reason"] == "busy"
        page = visitor.post("/save", "/", **large)
        assert page.status_code == 503
        assert "typed with care" in page.text
        assert requests.get(f"{server.url}/s/{pk}.toml", timeout=60).status_code == 200
        still_walks(server.url)
    finally:
        filler.unlink()
    heals(server.url, visitor)
    assert requests.get(f"{server.url}/s/{pk}.toml", timeout=60).status_code == 200


@AS_ROOT
def test_a_full_disk_is_said_and_heals_sqlite(tmp_path: Path) -> None:
    """The state directory has no room left."""
    with small_disk(24) as disk:
        server = Server(disk)
        server.start()
        try:
            _is_full(server, disk)
        finally:
            server.kill()


@AS_ROOT
@pytest.mark.postgres
def test_a_full_disk_is_said_and_heals_postgresql(tmp_path: Path) -> None:
    """PostgreSQL's data have no room left."""
    tmp_path.chmod(0o755)
    with small_disk(160) as disk, postgres(disk) as engine:
        server = Server(tmp_path, DATABASE_URL=engine.url)
        server.start()
        try:
            _is_full(server, disk)
        finally:
            server.kill()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_nothing_that_was_acknowledged_is_lost(kind: str, tmp_path: Path) -> None:
    """Some hundred saves while ``kill -9`` ends the server or PostgreSQL at random.

    ``python -m tests.load.saves`` does the same with 10,000.
    """
    opened: Any = postgres() if kind == "postgres" else nullcontext()
    with opened as engine:
        story = told(200, tmp_path, engine, between=(30, 60))
    assert len(story.saved) == 200
    assert story.kills
    assert (story.lost, story.spoilt) == ([], [])
