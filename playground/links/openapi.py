"""The API described for programs (OpenAPI 3.1): a table of operations, and schemas of types."""

from __future__ import annotations

from typing import Any

from playground.links import answers
from playground.links.schemas import Schema, schemas
from playground.site.limits import LIMITS
from sim import ENGINE_VERSION
from sim.model.scenario import Scenario

# What of a scenario is said about its texts; their names and types are the engine's.
WORDS = {
    "title": f"at most {LIMITS.title_characters} characters",
    "description": "Markdown",
    "rules": "iptables-save output or commands; of ebtables and arptables too",
    "host": "interfaces, routes, sysctls, sockets; or the tools' output",
    "packets": "one statement a line",
    "expect": "one line for each packet that matters",
    "listed": "false: an unlisted link",
    "never": "true: what would stop the packets that pass",
    "packet": "only this statement's packet",
}
# What its type does not say: statements count from 1.
_LEAST = {"packet": 1}


def _given() -> Schema:
    """The scenario of a request: the same keys as in an answer, each of which may be left out."""
    found = schemas(Scenario)["Scenario"]
    return {"type": "object", "properties": _said(found), "additionalProperties": False}


def _said(schema: Schema) -> dict[str, Schema]:
    """The properties of a request's object, each with its words."""
    found: dict[str, Schema] = {}
    for name, kind in schema["properties"].items():
        found[name] = {**kind, "description": WORDS[name]} if name in WORDS else kind
        if name in _LEAST:
            found[name]["minimum"] = _LEAST[name]
    return found


# (path, method, name, what it does, body, answers: status -> (words, schema))
OPERATIONS: tuple[tuple[str, str, str, str, str, dict[int, tuple[str, str]]], ...] = (
    ("/api/simulate", "post", "simulate", "Walk a scenario, or a paste, without saving it", "Given",
     {200: ("the steps", "Trace"), 400: ("not JSON", "Error"), 413: ("too large", "Error"),
      422: ("the scenario is refused", "Error"), 429: ("too many calls", "Error")}),
    ("/api/why", "post", "why", "Say why each packet ended so, and the proven fix",
     "Asked",
     {200: ("the reports", "Why"), 400: ("not JSON", "Error"), 413: ("too large", "Error"),
      422: ("the scenario is refused", "Error"), 429: ("too many calls", "Error")}),
    ("/api/read", "post", "read_paste", "Read a paste of any form", "Paste",
     {200: ("what it became", "Reading"), 400: ("not JSON", "Error"),
      413: ("too large", "Error"), 429: ("too many calls", "Error")}),
    ("/api/scenarios", "post", "save", "Store a scenario under a link", "SavedScenario",
     {201: ("stored", "Saved"), 400: ("not JSON", "Error"), 401: ("no such key", "Error"),
      413: ("too large", "Error"), 415: ("not JSON", "Error"),
      422: ("the scenario is refused", "Error"), 429: ("too many saves", "Error"),
      451: ("taken down", "Error")}),
    ("/api/scenarios/{id}", "get", "read", "The latest version of a link", "",
     {200: ("it", "Stored"), 404: ("no such link", "Error"), 410: ("deleted", "Error"),
      451: ("taken down", "Error"),      429: ("too many calls", "Error")}),
    ("/api/scenarios/{id}/{version}", "get", "read_version", "One version of a link", "",
     {200: ("it", "Stored"), 404: ("no such version", "Error"), 410: ("deleted", "Error"),
      451: ("taken down", "Error"),      429: ("too many calls", "Error")}),
    ("/api/limits", "get", "limits", "Every limit by name", "",
     {200: ("the limits", "Limits"), 429: ("too many calls", "Error")}),
)  # fmt: skip


def description(server: str) -> dict[str, Any]:
    """The whole document; ``server`` is this site's own address."""
    paths: dict[str, Any] = {}
    for path, method, name, words, body, said in OPERATIONS:
        operation: dict[str, Any] = {
            "operationId": name,
            "summary": words,
            "responses": {str(status): _answer(*each) for status, each in said.items()},
        }
        if body:
            schema = {"$ref": f"#/components/schemas/{body}"}
            content = {"application/json": {"schema": schema}}
            operation["requestBody"] = {"required": True, "content": content}
        parameters = [_parameter(part) for part in ("id", "version") if f"{{{part}}}" in path]
        if parameters:
            operation["parameters"] = parameters
        paths.setdefault(path, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Chainwalk",
            "version": ENGINE_VERSION,
            "description": "What Linux netfilter does to a packet, step by step.",
        },
        "servers": [{"url": server or "/"}],
        "paths": paths,
        "components": {"schemas": _components()},
    }


def _components() -> dict[str, Schema]:
    given = _given()
    listed = _with(given, answers.Saving)
    told = (
        answers.Error, answers.Trace, answers.Stored, answers.Saved, answers.Limits,
        answers.Paste, answers.Reading, answers.Why,
    )  # fmt: skip
    either = {
        "anyOf": [{"$ref": f"#/components/schemas/{one}"} for one in ("GivenScenario", "Paste")]
    }
    found = schemas(*told)
    asked = [_with(one, answers.Asking) for one in (given, found["Paste"])]
    return found | {
        "Given": either,
        "GivenScenario": given,
        "SavedScenario": listed,
        "Asked": {"anyOf": asked},
    }


def _with(given: Schema, beside: type[answers.Asking] | type[answers.Saving]) -> Schema:
    """A request's object that says more beside its texts."""
    more = _said(schemas(beside)[beside.__name__])
    return {**given, "properties": {**given["properties"], **more}}


def _answer(words: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    answer: dict[str, Any] = {"description": words, "content": content}
    if words.startswith("too many"):
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return answer


def _parameter(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "pattern": "^[1-9A-HJ-NP-Za-km-z]{9,43}$"}
    if name == "version":
        schema = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
    return {"name": name, "in": "path", "required": True, "schema": schema}
