"""``/healthz``, ``/readyz`` and ``/metrics``: for those who run an instance."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.test.utils import override_settings

from playground.links import store
from playground.site import health
from sim.model.scenario import Scenario
from tests.floorplan import ROOT

READY = """
import json, django; django.setup()
from django.test import Client
asked = {name: Client().get(f"/{name}", HTTP_HOST="localhost") for name in ("healthz", "readyz")}
print(json.dumps([asked["healthz"].status_code, asked["readyz"].status_code,
                  asked["readyz"].json()]))
"""


def test_a_live_process_answers_without_the_database() -> None:
    """This test may not ask a database, and needs none."""
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"alive\n")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_what_is_there_is_ready() -> None:
    """Database, cache and channel layer, each by its name."""
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "cache": "ok", "channels": "ok"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(health.CHECKS))
def test_what_is_away_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """503, and no more than the name: what the library says of it stays here."""

    def away() -> bool:
        raise ConnectionError("10.0.0.7 port 5432")

    monkeypatch.setitem(health.CHECKS, name, away)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert [key for key, said in answer.json().items() if said != "ok"] == [name]
    assert b"10.0.0.7" not in answer.content


def _asked(tmp_path: Path, **more: str) -> list[object]:
    environment = {**os.environ, "CHAINWALK_STATE_DIR": str(tmp_path),
                   "DJANGO_SETTINGS_MODULE": "playground.settings", **more}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", READY], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def test_an_empty_database_is_not_ready(tmp_path: Path) -> None:
    """A process that is newer than its database waits for the migrations."""
    assert _asked(tmp_path)[:2] == [200, 503]


def test_without_its_services_it_lives_and_is_not_ready(tmp_path: Path) -> None:
    """A database and a Redis that nobody runs."""
    away = {"DATABASE_URL": "postgres://nobody@%2Fnowhere/none", "REDIS_URL": "unix:///nowhere",
            "CHAINWALK_BUSY_SECONDS": "1"}  # fmt: skip
    alive, ready, said = _asked(tmp_path, **away)
    assert (alive, ready) == (200, 503)
    assert said == dict.fromkeys(("database", "cache", "channels"), "unreachable")


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("198.51.100.7", {}, 403),
        ("", {}, 403),
        ("127.0.0.1", {"x-forwarded-for": "198.51.100.7"}, 403),
        ("127.0.0.1", {"forwarded": "for=198.51.100.7"}, 403),
    ],
)
def test_metrics_are_for_this_machine(address: str, headers: dict[str, str], status: int) -> None:
    """A proxy on this machine speaks for strangers."""
    client = Client(REMOTE_ADDR=address, headers=headers)
    assert client.get("/metrics").status_code == status
    with override_settings(METRICS=True):
        assert client.get("/metrics").status_code == 200


@pytest.mark.django_db
def test_metrics_count_views_and_name_nothing_else() -> None:
    """No link, no address, no text, no method that somebody made up."""
    hidden = store.save(Scenario(rules="# secret-rule\n"), is_listed=False).share.pk
    client = Client(REMOTE_ADDR="127.0.0.1")
    client.get(f"/s/{hidden}")
    client.get(f"/nothing-{hidden}")
    client.generic("BREW", "/")
    text = client.get("/metrics").content.decode()
    assert 'chainwalk_requests_total{method="GET",status="200",view="scenario"}' in text
    assert 'chainwalk_requests_total{method="GET",status="404",view="none"}' in text
    assert 'method="other"' in text
    assert "chainwalk_sockets_open" in text
    for secret in (hidden, "secret-rule", "127.0.0.1", "BREW"):
        assert secret not in text
