"""What processes share over Redis: pictures, and what happens without it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.floorplan import ROOT
from tests.running.services import environment
from tests.together.test_processes import ended, started_redis

pytestmark = [pytest.mark.redis, pytest.mark.slow]

# Walks 600 rules, draws both pictures of them, and tells what it worked out by itself.
WALKS = """
import hashlib, json, django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
from playground.embedding import views
from playground.links import store
from playground.walks import runs
from sim.model.scenario import Scenario
from sim.tell.jsonl import as_json

made = []
def counted(where, name):
    real = getattr(where, name)
    setattr(where, name, lambda *given, **more: (made.append(name), real(*given, **more))[1])
counted(views, "svg_of"); counted(views, "png_of")
rules = "".join(f"iptables -A INPUT -p tcp --dport {at} -m comment --comment {at} -j DROP\\n"
                for at in range(1, 600))
one = Scenario(rules=rules, host="interface eth0 192.0.2.1/24",
               packets="in eth0 tcp 192.0.2.9:1 -> 192.0.2.1:300 syn")
steps = json.dumps([as_json(step) for step in runs.walk_of(one).steps], sort_keys=True)
pk = store.save(one).share.pk
drawn = [Client(HTTP_HOST="localhost").get(f"/s/{pk}.{kind}") for kind in ("svg", "png")]
print(json.dumps([made, [answer.status_code for answer in drawn],
      hashlib.sha256(b"".join(answer.content for answer in drawn) + steps.encode()).hexdigest()]))
"""


def _walked(state: Path, redis: Path) -> tuple[set[str], list[int], str]:
    told = environment(state, REDIS_URL=f"unix://{redis}", CHAINWALK_PLAIN_STATIC="1")
    done = subprocess.run(
        [sys.executable, "-c", WALKS],
        cwd=ROOT, env={**told, "DJANGO_SETTINGS_MODULE": "playground.settings"},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made, statuses, digest = json.loads(done.stdout)
    return set(made), statuses, digest


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Path]:
    socket = tmp_path / "redis.sock"
    process = started_redis(socket)
    yield socket
    ended(process)


def test_what_one_process_made_the_other_finds(redis: Path, tmp_path: Path) -> None:
    """Both pictures; the steps and the bytes are the same."""
    states = [tmp_path / "one", tmp_path / "two"]
    for state in states:
        state.mkdir()
    first, second = (_walked(state, redis) for state in states)
    assert first[0] == {"svg_of", "png_of"}
    assert second[0] == set()
    assert first[1:] == second[1:]
    assert first[1] == [200, 200]


def test_without_redis_each_makes_its_own(tmp_path: Path) -> None:
    """Nothing is refused: it only takes longer."""
    made, statuses, _ = _walked(tmp_path, tmp_path / "nobody")
    assert made == {"svg_of", "png_of"}
    assert statuses == [200, 200]
