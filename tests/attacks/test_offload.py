"""Requests that are work are answered by processes; what is too much for one is said."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from django.urls import URLPattern
from websockets.asyncio.client import connect

from playground.site.costs import work_seconds
from playground.urls import urlpatterns
from playground.walks import offload
from sim.read import scenario as reading
from tests.browsing import served

RULES = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n"
HOST = "interface eth0 203.0.113.1/24\n"
PACKETS = "in eth0 tcp 198.51.100.7:40000 -> 203.0.113.1:22 syn\n"
FORM = {"rules": RULES, "host": HOST, "packets": PACKETS, "title": "kept title"}
# Megabytes of text, and tens of megabytes of what is made of it.
LARGE = "*filter\n{}COMMIT\n".format(
    "".join(
        f"-A INPUT -s 10.{n >> 8}.{n & 255}.1 -m comment --comment c{n} -j DROP\n"
        for n in range(40_000)
    )
)


def _workers() -> set[int]:
    """Processes whose parent is a fork server that this test's server started."""
    told = subprocess.run(["ps", "-wweo", "pid,ppid,args"], capture_output=True, text=True).stdout
    rows = [line.split(None, 2) for line in told.splitlines()[1:]]
    below, found = {os.getpid()}, set()
    for _ in range(6):
        below |= {int(pid) for pid, parent, _ in rows if int(parent) in below}
    servers = {int(pid) for pid, _, args in rows if "forkserver" in args and int(pid) in below}
    for pid, parent, args in rows:
        if int(parent) in servers and "forkserver" in args and int(pid) in below:
            found.add(int(pid))
    return found


def _wait_for_workers(others: set[int]) -> None:
    """Until they have taken over from the threads that answer meanwhile."""
    deadline = time.monotonic() + 60
    while len(_workers() - others) < 2:
        assert time.monotonic() < deadline, "no worker came up"
        time.sleep(0.1)
    time.sleep(0.5)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    others = _workers()
    with served(
        tmp_path_factory.mktemp("state"), CHAINWALK_WORKERS="3", CHAINWALK_WORKER_MEGABYTES="30"
    ) as address:
        _wait_for_workers(others)
        yield address


def _token(session: requests.Session, url: str) -> dict[str, str]:
    page = session.get(url)
    assert page.status_code == 200
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert found
    return {"csrfmiddlewaretoken": found[1]}


def test_a_form_is_answered_by_a_worker_as_by_the_server(url: str) -> None:
    """Cookies, the form's token, headers and gzip are what they are without processes."""
    session = requests.Session()
    token = _token(session, url)
    answer = session.post(url, {**FORM, **token})
    assert answer.status_code == 200
    assert "kept title" in answer.text
    assert 'id="step-1"' in answer.text
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert session.post(url, FORM).status_code == 403  # without the token
    saved = session.post(f"{url}/save", {**FORM, **token, "as": "public"})
    assert saved.status_code == 200, saved.status_code
    pk = requests.post(f"{url}/api/scenarios", json=FORM).json()["id"]
    assert requests.get(f"{url}/s/{pk}.json").json()["steps"]
    assert requests.head(f"{url}/s/{pk}").status_code == 200
    assert requests.get(f"{url}/s/aaaaaaaaaaaa").status_code == 404


def test_what_takes_too_much_memory_is_said_and_nothing_typed_is_lost(url: str) -> None:
    """As JSON for programs; a page that can be sent again; the next one finds a process."""
    session = requests.Session()
    token = _token(session, url)
    page = session.post(url, {**FORM, **token, "rules": LARGE})
    assert page.status_code == 422
    assert "too much memory" in page.text
    assert "kept title" in page.text
    assert "--comment c39999" in page.text
    assert 'name="csrfmiddlewaretoken"' in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    told = requests.post(f"{url}/api/simulate", json={**FORM, "rules": LARGE})
    assert told.status_code == 422
    assert told.json()["error"]["reason"] == "cost"
    assert requests.post(f"{url}/api/simulate", json=FORM).status_code == 200


def test_the_socket_says_what_is_too_much(url: str) -> None:
    """The page is told, and the same socket goes on."""

    async def run(rules: str) -> str:
        frames = []
        async with connect(url.replace("http", "ws", 1) + "/ws/run", origin=url) as socket:
            for text in (LARGE, rules):
                asked = {"action": "run", **FORM, "rules": text, "after": "0"}
                await socket.send(json.dumps(asked))
                while "data-done" not in str(frames[-1:]):
                    frames.append(str(await asyncio.wait_for(socket.recv(), 30)))
                frames.append("")
        return "".join(frames)

    told = asyncio.run(run(RULES))
    assert "It takes more than 30 MB." in told
    assert "that is our bug" not in told
    assert 'data-done="walked"' in told


def test_a_worker_that_is_killed_is_replaced(url: str) -> None:
    """Whoever comes next does not notice."""
    for pid in _workers():
        os.kill(pid, signal.SIGKILL)
    for _ in range(4):
        assert requests.post(f"{url}/api/simulate", json=FORM).status_code in (200, 500)
    assert requests.post(f"{url}/api/simulate", json=FORM).status_code == 200


def test_rates_are_counted_over_all_workers(tmp_path: Path) -> None:
    """Ten calls at once of which five are allowed: five are answered."""
    others = _workers()
    with served(tmp_path, CHAINWALK_WORKERS="3", CHAINWALK_API_CALLS_A_MINUTE="5") as url:
        _wait_for_workers(others)

        def call(_: int) -> int:
            return requests.post(f"{url}/api/simulate", json=FORM).status_code

        with ThreadPoolExecutor(10) as threads:
            codes = sorted(threads.map(call, range(10)))
    assert codes == [200] * 5 + [429] * 5


def _patterns(among: list[Any]) -> Iterator[URLPattern]:
    for each in among:
        yield from _patterns(each.url_patterns) if hasattr(each, "url_patterns") else [each]


def test_metrics_count_what_workers_answer(url: str) -> None:
    """They are asked of the process that serves."""
    before = requests.get(f"{url}/metrics").text
    requests.post(f"{url}/api/simulate", json=FORM)
    counted = re.compile(r'chainwalk_requests_total\{.*view="api-simulate".*\} (\S+)')
    assert counted.findall(requests.get(f"{url}/metrics").text) != counted.findall(before)


def test_what_walks_a_scenario_is_work() -> None:
    """Every view that may be asked for only so often, and what stores or reads many scenarios."""
    marked = {each.name for each in _patterns(urlpatterns) if work_seconds(each.callback)}
    assert marked >= {"playground", "whatif", "matrix", "mask", "scenario", "save", "examples"}
    assert marked >= {"api-simulate", "api-why", "api-read-paste", "frame", "lesson"}
    assert not marked & {"robots", "favicon", "api"}


@pytest.mark.django_db
def test_memory_that_ends_in_a_view_is_no_bug_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django makes a 500 of whatever a view raises; the worker has to hear of this one."""

    def too_large(*_: object) -> None:
        raise MemoryError

    body = json.dumps(FORM).encode()
    scope = {
        "type": "http", "method": "POST", "path": "/api/simulate", "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
    }  # fmt: skip
    assert offload.answered(scope, body).status == 200
    monkeypatch.setattr(reading, "_compiled", too_large)
    with pytest.raises(MemoryError):
        offload.answered(scope, body)
