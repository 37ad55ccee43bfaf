"""The API described for programs (OpenAPI 3.1), from one table of operations."""

from __future__ import annotations

from typing import Any

from playground.site.limits import LIMITS
from sim import ENGINE_VERSION


def _scenario_schema(*, with_listed: bool = False) -> dict[str, Any]:
    texts = {
        name: {"type": "string", "description": text}
        for name, text in (
            ("title", f"at most {LIMITS.title_characters} characters"),
            ("description", "Markdown"),
            ("rules", "iptables-save output or commands; of ebtables and arptables too"),
            ("host", "interfaces, routes, sysctls, sockets; or the tools' output"),
            ("packets", "one statement a line"),
            ("expect", "one line for each packet that matters"),
        )
    }
    properties: dict[str, Any] = {**texts, "seed": {"type": "integer"}}
    if with_listed:
        properties["listed"] = {"type": "boolean", "description": "false: an unlisted link"}
    return {"type": "object", "properties": properties, "additionalProperties": False}


_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["reason", "message"],
            "properties": {
                "reason": {
                    "type": "string",
                    "enum": [
                        "json", "size", "refused", "rate", "key", "unknown", "gone", "method",
                    ],
                },
                "message": {"type": "string"},
                "retry_after": {"type": "integer"},
                "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
            },
        }
    },
}  # fmt: skip
_FAULT = {
    "type": "object",
    "required": ["where", "line", "column", "end_line", "end_column", "message", "hint"],
    "properties": {
        "where": {"type": "string"},
        "message": {"type": "string"},
        "hint": {"type": "string"},
        **{name: {"type": "integer"} for name in ("line", "column", "end_line", "end_column")},
    },
}
_STEP = {
    "type": "object",
    "required": ["seq", "packet", "kind", "text"],
    "properties": {
        "seq": {"type": "integer"},
        "packet": {"type": "integer"},
        "kind": {"type": "string"},
        "text": {"type": "string"},
    },
}
_STEPS = {"type": "array", "items": {"$ref": "#/components/schemas/Step"}}
_TRACE = {
    "type": "object",
    "required": ["engine", "notes", "steps", "expectations", "stopped"],
    "properties": {
        "engine": {"type": "string"},
        "notes": {"type": "array", "items": {"type": "string"}},
        "steps": _STEPS,
        "expectations": {"type": "array", "items": {"type": "object"}},
        "stopped": {"type": ["string", "null"]},
    },
}
_PASTE = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": {"type": "string", "description": "a paste of any form"},
        "answers": {"type": "object", "description": "answers to questions, by their names"},
    },
}
_ENTRY = {
    "type": "object",
    "required": ["first", "last", "form", "became", "note"],
    "properties": {
        "first": {"type": "integer"},
        "last": {"type": "integer"},
        **{name: {"type": "string"} for name in ("form", "became", "note")},
    },
}
_QUESTION = {
    "type": "object",
    "required": ["name", "text", "answers"],
    "properties": {
        "name": {"type": "string"},
        "text": {"type": "string"},
        "answers": {"type": "array", "items": {"type": "string"}},
    },
}
_READING = {
    "type": "object",
    "required": ["rules", "host", "packets", "receipt", "questions"],
    "properties": {
        **{name: {"type": "string"} for name in ("rules", "host", "packets")},
        "receipt": {"type": "array", "items": _ENTRY},
        "questions": {"type": "array", "items": _QUESTION},
    },
}
_STORED = {
    "type": "object",
    "required": ["id", "version", "latest", "engine", "scenario"],
    "properties": {
        "id": {"type": "string"},
        "version": {"type": "integer"},
        "latest": {"type": "integer"},
        "engine": {"type": "string"},
        "scenario": {"type": "object"},
        "steps": _STEPS,
    },
}
_SAVED = {
    "type": "object",
    "required": ["id", "version", "url"],
    "properties": {
        "id": {"type": "string"},
        "version": {"type": "integer"},
        "url": {"type": "string"},
    },
}

# (path, method, name, what it does, body, answers: status -> (words, schema))
OPERATIONS: tuple[tuple[str, str, str, str, str, dict[int, tuple[str, str]]], ...] = (
    ("/api/simulate", "post", "simulate", "Walk a scenario without saving it", "Scenario",
     {200: ("the steps", "Trace"), 400: ("not JSON", "Error"), 413: ("too large", "Error"),
      422: ("the scenario is refused", "Error"), 429: ("too many calls", "Error")}),
    ("/api/read", "post", "read_paste", "Read a paste of any form", "Paste",
     {200: ("what it became", "Reading"), 400: ("not JSON", "Error"),
      413: ("too large", "Error"), 429: ("too many calls", "Error")}),
    ("/api/scenarios", "post", "save", "Store a scenario under a link", "SavedScenario",
     {201: ("stored", "Saved"), 400: ("not JSON", "Error"), 401: ("no such key", "Error"),
      413: ("too large", "Error"), 422: ("the scenario is refused", "Error"),
      429: ("too many saves", "Error")}),
    ("/api/scenarios/{id}", "get", "read", "The latest version of a link", "",
     {200: ("it", "Stored"), 404: ("no such link", "Error"), 410: ("deleted", "Error"),
      429: ("too many calls", "Error")}),
    ("/api/scenarios/{id}/{version}", "get", "read_version", "One version of a link", "",
     {200: ("it", "Stored"), 404: ("no such version", "Error"), 410: ("deleted", "Error"),
      429: ("too many calls", "Error")}),
    ("/api/limits", "get", "limits", "Every limit by name", "",
     {200: ("the limits", "Limits"), 429: ("too many calls", "Error")}),
)  # fmt: skip


def description(server: str) -> dict[str, Any]:
    """The whole document; ``server`` is this site's own address."""
    paths: dict[str, Any] = {}
    for path, method, name, words, body, answers in OPERATIONS:
        operation: dict[str, Any] = {
            "operationId": name,
            "summary": words,
            "responses": {str(status): _answer(*said) for status, said in answers.items()},
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
        "components": {
            "schemas": {
                "Scenario": _scenario_schema(),
                "SavedScenario": _scenario_schema(with_listed=True),
                "Paste": _PASTE,
                "Reading": _READING,
                "Trace": _TRACE,
                "Stored": _STORED,
                "Saved": _SAVED,
                "Step": _STEP,
                "Fault": _FAULT,
                "Error": _ERROR,
                "Limits": {
                    "type": "object",
                    "required": ["engine", "limits"],
                    "properties": {
                        "engine": {"type": "string"},
                        "limits": {"type": "object", "additionalProperties": {"type": "integer"}},
                    },
                },
            }
        },
    }


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
