"""The API: what it answers, what it refuses, and that it is as it is described."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from playground.links import api, keys, store
from playground.page import gallery
from sim.kernel.traversal import run
from sim.read.scenario import compile_scenario
from sim.tell.jsonl import as_json

pytestmark = pytest.mark.django_db
JSON = "application/json"
FIRST = gallery.first().scenario


def post(address: str, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    text = body if isinstance(body, str) else json.dumps(body)
    answer = Client().post(address, text, content_type=JSON, headers=headers)
    return answer.status_code, json.loads(answer.content)


def test_a_scenario_is_walked_and_not_stored() -> None:
    """The same steps as everywhere."""
    status, body = post("/api/simulate", FIRST.as_json())
    assert status == 200
    wanted = [as_json(step) for step in run(compile_scenario(FIRST), flows=True)]
    assert body["steps"] == json.loads(json.dumps(wanted))
    assert all(not one["failures"] for one in body["expectations"])
    assert store.models.Share.objects.count() == 0


def test_a_saved_scenario_is_read_back() -> None:
    """201 with its place; the key makes it the owner's."""
    owner, key = keys.new_owner()
    status, body = post("/api/scenarios", FIRST.as_json(), Authorization=f"Bearer {key}")
    assert status == 201
    found = store.find(body["id"])
    assert store.is_author(found.share, owner)
    answer = Client().get(f"/api/scenarios/{body['id']}")
    assert json.loads(answer.content)["scenario"]["rules"] == FIRST.rules
    status, body = post("/api/scenarios", {**FIRST.as_json(), "listed": False})
    assert (status, len(body["id"])) == (201, 22)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("", 400, "json"), ("[" * 100_000, 400, "json"), ("[]", 400, "json"),
        ({"rulez": ""}, 422, "refused"), ({"rules": 1}, 422, "refused"),
        ({"rules": "iptables -A NOPE"}, 422, "refused"),
        ({"packets": "# x\n" * 40_000}, 422, "refused"),
        ({"seed": "x"}, 422, "refused"), ('{"rules": "\\ud800"}', 422, "refused"),
    ],
)  # fmt: skip
def test_what_is_no_scenario_is_refused_with_a_reason(body: Any, status: int, reason: str) -> None:
    """One shape, a word for programs, and every error with its place."""
    got, answer = post("/api/simulate", body)
    assert (got, answer["error"]["reason"]) == (status, reason)
    if reason == "refused":
        assert {"where", "line", "column", "message"} <= answer["error"]["errors"][0].keys()


def test_refusals_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A method, a key, a link that is gone, and too many calls."""
    client = Client()
    answer = client.get("/api/simulate")
    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")
    assert post("/api/scenarios", {}, Authorization="Bearer nobody")[0] == 401
    assert client.get("/api/scenarios/nothere12").status_code == 404
    owner, _ = keys.new_owner()
    found = store.save(FIRST, owner)
    store.let_go(found.share, owner)
    assert client.get(f"/api/scenarios/{found.share.pk}").status_code == 410
    monkeypatch.setattr(api, "within_rate", lambda *what: False)
    answer = client.get("/api/limits")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")


def test_other_sites_pages_may_read_it_without_cookies() -> None:
    """CORS for everybody, so nothing may depend on who asks."""
    answer = Client().options("/api/simulate")
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer


def test_a_paste_is_read_by_the_same_function() -> None:
    """What the command prints as JSON; a question is settled by its answer."""
    text = "root@gw:~# iptables -A INPUT -i $WAN -j DROP\n"
    status, body = post("/api/read", {"text": text})
    assert (status, [question["name"] for question in body["questions"]]) == (200, ["WAN"])
    status, body = post("/api/read", {"text": text, "answers": {"WAN": "eth0"}})
    assert (body["rules"], body["questions"]) == ("iptables -A INPUT -i eth0 -j DROP\n", [])
    assert post("/api/read", {"text": 1})[0] == 400


def test_why_tells_the_cause_with_its_fix() -> None:
    """The reports of ``manage.py why``, as JSON for everybody; a refused scenario says so."""
    scenario = {
        "host": "interface eth0 192.0.2.1/24\nlisten tcp 127.0.0.1:5432\n",
        "packets": "in eth0 tcp 192.0.2.9:1000 -> 192.0.2.1:5432 syn\n",
    }
    status, body = post("/api/why", scenario)
    packet = body["packets"][0]
    assert (status, packet["outcome"], packet["worked"]) == (200, "rejected", False)
    assert packet["causes"][0]["name"] == "listens-elsewhere"
    assert packet["causes"][0]["fix"]["edits"][0]["text"] == "0.0.0.0"
    assert post("/api/why", {"rules": "x"})[0] == 422


OPEN_SSH = {
    "rules": "*filter\n:INPUT DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n",
    "host": "interface eth0 192.0.2.1/24\nlisten tcp 0.0.0.0:22\n",
    "packets": "in eth0 tcp 192.0.2.9:1000 -> 192.0.2.1:22 syn\n"
    "in eth0 tcp 192.0.2.9:1000 -> 192.0.2.1:23 syn\n",
}


def test_why_tells_what_would_stop_a_packet() -> None:
    status, body = post("/api/why", {**OPEN_SSH, "never": True})
    passes, dropped = body["packets"]
    assert (status, passes["symptoms"][0]["name"]) == (200, "passes")
    assert passes["causes"][0]["fix"]["edits"][0]["text"].endswith("--dport 22 -j DROP\n")
    assert (dropped["symptoms"], dropped["causes"]) == ([], [])
    assert post("/api/why", OPEN_SSH)[1]["packets"][0]["symptoms"] == []


def test_why_answers_for_one_packet() -> None:
    status, body = post("/api/why", {**OPEN_SSH, "packet": 2})
    assert (status, [packet["packet"] for packet in body["packets"]]) == (200, [2])
    status, body = post("/api/why", {**OPEN_SSH, "packet": 3})
    assert (status, body["error"]["message"]) == (
        422, "there is no packet 3: the packets text has 2",
    )  # fmt: skip
    assert post("/api/why", {**OPEN_SSH, "packet": "1"})[0] == 400
    assert post("/api/why", {**OPEN_SSH, "never": 1})[0] == 400


def test_why_takes_a_paste() -> None:
    """A paste that leaves something open is asked about first, then told about."""
    paste = "root@gw:~# iptables -A INPUT -i $WAN -j DROP\n"
    paste += "root@gw:~# ip -br addr\neth0 UP 192.0.2.1/24\n"
    paste += "in eth0 icmp 192.0.2.9 -> 192.0.2.1 echo-request\n"
    status, body = post("/api/why", {"text": paste})
    assert (status, body["packets"], body["questions"][0]["name"]) == (200, [], "WAN")
    status, body = post("/api/why", {"text": paste, "answers": {"WAN": "eth0"}})
    assert (body["packets"][0]["outcome"], body["questions"]) == ("dropped", [])
    assert body["packets"][0]["decided_by"]["rule_text"] == "-A INPUT -i eth0 -j DROP"
