"""The JSON API: simulate without saving, save, read, and the limits. See ``/api/``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from playground.links import keys, store
from playground.links.formats import object_of
from playground.links.openapi import description
from playground.links.views import may_save, within_rate
from playground.shown.trace import Whole
from playground.site.limits import LIMITS
from playground.walks import pasted, runs
from sim import ENGINE_VERSION
from sim.base.errors import Refused
from sim.model.scenario import Scenario
from sim.tell.jsonl import as_json

MOST_BYTES = 8 * 1024 * 1024
View = Callable[..., HttpResponse]


def refusal(status: int, reason: str, message: str, **more: Any) -> JsonResponse:
    """One shape for every refusal; ``reason`` is a word for programs."""
    body = {"error": {"reason": reason, "message": message, **more}}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def api(*methods: str) -> Callable[[View], View]:
    """Methods, the rate, and leave for other sites' pages to read the answer (no cookies)."""

    def wrapped(view: View) -> View:
        @csrf_exempt  # nothing here looks at a cookie
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
            allowed = (*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else []))
            if request.method == "OPTIONS":
                response = HttpResponse(status=204)
                response["Access-Control-Allow-Headers"] = "Content-Type, Authorization"
            elif request.method not in allowed:
                response = refusal(405, "method", f"{request.method} is not for this address")
            elif not within_rate(request, "api", LIMITS.api_calls_a_minute):
                message = f"more than {LIMITS.api_calls_a_minute} calls in a minute"
                response = refusal(429, "rate", message, retry_after=60)
                response["Retry-After"] = "60"
            else:
                response = view(request, *args, **named)
            response["Allow"] = ", ".join(allowed)
            response["Access-Control-Allow-Methods"] = ", ".join(allowed)
            response["Access-Control-Allow-Origin"] = "*"
            return response

        return answer

    return wrapped


class Unreadable(Exception):
    """The body of a call is no scenario; the answer says why."""

    def __init__(self, answer: JsonResponse) -> None:
        super().__init__()
        self.answer = answer


def _body(request: HttpRequest) -> dict[str, Any]:
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise Unreadable(refusal(413, "size", f"at most {MOST_BYTES} bytes are taken"))
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(refusal(400, "json", f"the body is not JSON: {error}")) from None
    if not isinstance(value, dict):
        raise Unreadable(refusal(400, "json", "the body is JSON but no object"))
    return value


def _scenario(body: dict[str, Any]) -> Scenario:
    try:
        scenario = Scenario.from_json(body)
        runs.within_limits(scenario)
    except Refused as refused:
        raise Unreadable(_errors(refused)) from None
    return scenario


def _errors(refused: Refused) -> JsonResponse:
    found = [error.as_json() for error in refused.errors]
    return refusal(422, "refused", "the scenario cannot be read", errors=found)


@api("POST")
def simulate(request: HttpRequest) -> HttpResponse:
    """Walk a scenario; nothing is stored."""
    try:
        scenario = _scenario(_body(request))
    except Unreadable as unreadable:
        return unreadable.answer
    walk = runs.walk_of(scenario)
    if walk.refused is not None:
        return _errors(walk.refused)
    trace = Whole(walk)
    body = {
        "engine": ENGINE_VERSION,
        "notes": list(trace.notes),
        "steps": [as_json(step) for step in trace.steps],
        "expectations": [
            {"text": one.expectation.text, "failures": list(one.failures)}
            for one in trace.outcomes.all
        ],
        "stopped": trace.stopped or None,
    }
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@api("POST")
def read_paste(request: HttpRequest) -> HttpResponse:
    """Whatever was pasted, as rules, host and packets; nothing is stored."""
    try:
        body = _body(request)
    except Unreadable as unreadable:
        return unreadable.answer
    text, answers = body.get("text"), body.get("answers", {})
    if not isinstance(text, str) or not isinstance(answers, dict):
        return refusal(400, "json", '"text" is text, "answers" an object of names and values')
    if len(text.encode(errors="replace")) > LIMITS.paste_bytes:
        return refusal(413, "size", f"at most {LIMITS.paste_bytes} bytes are taken")
    reading = pasted.read([text], pasted.answers_of(answers))
    return JsonResponse(reading.as_json(), json_dumps_params={"ensure_ascii": False})


@api("POST")
def save(request: HttpRequest) -> HttpResponse:
    """Store a scenario. ``Authorization: Bearer KEY`` makes it (also) that owner's."""
    if not may_save(request):
        message = f"more than {LIMITS.saves_a_minute} saves in a minute"
        response = refusal(429, "rate", message, retry_after=60)
        response["Retry-After"] = "60"
        return response
    try:
        body = _body(request)
        is_listed = body.pop("listed", True)
        if not isinstance(is_listed, bool):
            return refusal(400, "json", '"listed" is true or false')
        scenario = _scenario(body)
    except Unreadable as unreadable:
        return unreadable.answer
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    owner = keys.with_key(key.strip()) if scheme.lower() == "bearer" else None
    if scheme and owner is None:
        response = refusal(401, "key", "nobody here has this key")
        response["WWW-Authenticate"] = "Bearer"
        return response
    found = store.save(scenario, owner, is_listed=is_listed)
    path = f"/s/{found.path}"
    address = request.build_absolute_uri(path)
    response = JsonResponse(
        {"id": found.share.pk, "version": found.version.number, "url": address}, status=201
    )
    response["Location"] = path
    return response


@api("GET")
def read(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
    """A stored version with its steps."""
    try:
        found = store.find(pk, number)
    except store.NotFound as error:
        return refusal(404, "unknown", str(error))
    except store.Gone as error:
        return refusal(410, "gone", str(error))
    return JsonResponse(object_of(found), json_dumps_params={"ensure_ascii": False})


@api("GET")
def limits(request: HttpRequest) -> HttpResponse:
    """Every limit, by name."""
    return JsonResponse({"engine": ENGINE_VERSION, "limits": asdict(LIMITS)})


@api("GET")
def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(description(request.build_absolute_uri("/").rstrip("/")))


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Every other address here is answered in the same shape."""
    return refusal(404, "unknown", "the API has no such address; /api/ lists them")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The same for people."""
    context = {"api": description(""), "limits": asdict(LIMITS)}
    return render(request, "links/api.html", context)
