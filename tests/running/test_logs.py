"""The log tells what happened under which id, and nothing that was typed or who typed it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings

from playground.site.logs import JsonLines

SECRETS = ("10.20.30.40", "secret-rule", "198.51.100.77", "/s/", "evil.example")


class Lines(io.StringIO):
    """What was logged, an object for each line."""

    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    kept = Lines()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield kept
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.django_db
def test_a_request_is_one_line(lines: Lines) -> None:
    """Its id, method, view, status and time; the answer has the same id."""
    answer = Client().get("/mine")
    (line,) = [each for each in lines.objects() if each["event"] == "answered"]
    assert line["request"] == answer.headers["X-Request-ID"]
    assert (line["method"], line["view"], line["status"]) == ("GET", "mine", 200)
    assert line["ms"] >= 0


@pytest.mark.django_db
def test_nothing_typed_and_no_address_is_logged(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is saved, refused, not found, or breaks in the middle with a message of it."""
    client = Client(REMOTE_ADDR="198.51.100.77", raise_request_exception=False)
    rules = "iptables -A INPUT -s 10.20.30.40 -m comment --comment secret-rule -j DROP"
    form = {"rules": rules, "packets": "in eth0 udp 10.20.30.40:1 -> 10.20.30.40:2"}
    client.post("/", form)
    saved = client.post("/save", form).headers["Location"]
    client.get(saved)
    client.get("/s/secret-rule")
    client.post("/api/simulate", {"rules": rules + " --nonsense"}, "application/json")
    client.get("/", headers={"host": "evil.example"})

    def breaks(*given: object) -> None:
        raise ValueError(rules)

    monkeypatch.setattr("playground.links.store.find", breaks)
    answer = client.get(saved)
    assert answer.status_code == 500
    text = lines.getvalue()
    assert not [secret for secret in SECRETS if secret in text]
    broken = [each for each in lines.objects() if each.get("exception") == "ValueError"]
    assert broken
    assert broken[0]["request"] == answer.headers["X-Request-ID"]
    assert broken[0]["at"][-1].endswith(" breaks")


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_who_meets_a_failure_is_told_its_id(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the page and in JSON: the one thing to name in a report."""

    def breaks(*given: object) -> None:
        raise ValueError

    monkeypatch.setattr("playground.links.views.keys.owner_of", breaks)
    answer = Client(raise_request_exception=False).get("/mine", headers={"accept": kind})
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.content.decode()


@pytest.mark.django_db
def test_a_refusal_of_the_api_has_the_id() -> None:
    """All of them have one shape."""
    for answer in (Client().get("/api/nothing"), Client().get("/s/aaaaaaaaaaaa.json")):
        assert answer.json()["error"]["request"] == answer.headers["X-Request-ID"]


def test_only_a_proxy_that_is_named_gives_ids() -> None:
    """Who is not behind one cannot write into the log what they like."""
    given = {"x-request-id": "a" * 32}
    assert Client().get("/healthz", headers=given).headers["X-Request-ID"] != "a" * 32
    with override_settings(PROXIES=["127.0.0.1"]):
        assert Client().get("/healthz", headers=given).headers["X-Request-ID"] == "a" * 32
        odd = {"x-request-id": 'x"\n{'}
        assert Client().get("/healthz", headers=odd).headers["X-Request-ID"] != odd["x-request-id"]
