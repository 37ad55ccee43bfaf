"""What the API is described to answer is what it answers, by the same types."""

from __future__ import annotations

import json
from typing import Any, NotRequired, TypedDict

import jsonschema_rs
import pytest
from django.test import Client

from playground.links.openapi import description
from playground.links.schemas import schemas
from playground.page import gallery
from sim.tell.jsonl import Step

pytestmark = pytest.mark.django_db


class Inner(TypedDict):
    number: int


class Outer(TypedDict):
    inner: list[Inner]
    none: str | None
    either: Inner | None
    left: NotRequired[dict[str, bool]]


class NotJson(TypedDict):
    number: complex


def checked(name: str, body: Any) -> None:
    """Raises for a body that is not as the schema of this name says, or that has more keys."""
    document = description("")
    strict = {
        key: schema if key == "Step" else {**schema, "additionalProperties": False}
        for key, schema in document["components"]["schemas"].items()
    }
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": strict}}
    jsonschema_rs.validate(whole, body)


@pytest.mark.parametrize("example", gallery.everything(), ids=lambda one: one.name)
def test_a_trace_is_as_described_and_has_no_more(example: gallery.Example) -> None:
    """Every key of an answer is in the description, and every required one in the answer."""
    scenario = json.dumps(example.scenario.as_json())
    client = Client()
    checked("Trace", client.post("/api/simulate", scenario, "application/json").json())
    saved = client.post("/api/scenarios", scenario, "application/json").json()
    checked("Saved", saved)
    stored = client.get(f"/api/scenarios/{saved['id']}").json()
    checked("Stored", stored)
    assert stored["scenario"].keys() == json.loads(scenario).keys()


def test_refusals_and_limits_are_as_described() -> None:
    """With the errors of a scenario, and without."""
    client = Client()
    bad = client.post("/api/simulate", '{"rules": "x"}', "application/json").json()
    assert bad["error"]["errors"]
    checked("Error", bad)
    checked("Error", client.post("/api/simulate", "[", "application/json").json())
    checked("Error", client.get("/api/scenarios/123456789").json())
    checked("Limits", client.get("/api/limits").json())


def test_a_reading_is_as_described() -> None:
    """Its receipt and its questions too."""
    paste = json.dumps({"text": "iptables -A INPUT -j DROP\nwhat is this\n", "answers": {}})
    read = Client().post("/api/read", paste, "application/json").json()
    assert read["receipt"]
    checked("Reading", read)


def test_why_is_as_described() -> None:
    """With a closest miss, a cause and its fix."""
    scenario = json.dumps({
        "rules": "iptables -P INPUT DROP\n"
        "iptables -A INPUT -s 192.0.2.9 -p tcp --dport 23 -j ACCEPT\n",
        "host": "interface eth0 192.0.2.1/24\nlisten tcp 0.0.0.0:22\n",
        "packets": "in eth0 tcp 192.0.2.9:1000 -> 192.0.2.1:22 syn",
    })  # fmt: skip
    told = Client().post("/api/why", scenario, "application/json").json()
    assert told["packets"][0]["causes"]
    assert told["packets"][0]["closest_miss"]
    checked("Why", told)


def test_the_request_names_what_a_scenario_has() -> None:
    """The keys of the engine's scenario, none of them required."""
    given = description("")["components"]["schemas"]["GivenScenario"]
    assert given["properties"].keys() == gallery.first().scenario.as_json().keys()
    assert "required" not in given


def test_a_step_has_every_key_that_its_type_names() -> None:
    """Also those that need the call syntax, like ``in``."""
    assert {"in", "out", "seq"} <= set(schemas(Step)["Step"]["required"])


def test_each_kind_of_type_has_its_schema() -> None:
    """Left out, none, lists, dictionaries; a type that JSON has not is refused."""

    found = schemas(Outer)
    reference = {"$ref": "#/components/schemas/Inner"}
    assert found["Outer"]["required"] == ["inner", "none", "either"]
    assert found["Outer"]["properties"] == {
        "inner": {"type": "array", "items": reference},
        "none": {"type": ["string", "null"]},
        "either": {"anyOf": [reference, {"type": "null"}]},
        "left": {"type": "object", "additionalProperties": {"type": "boolean"}},
    }
    with pytest.raises(TypeError, match="JSON has no"):
        schemas(NotJson)
