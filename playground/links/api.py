"""The JSON API: simulate without saving, save, read, and the limits. See ``/api/``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from playground.links import answers, keys, store
from playground.links.calls import Call, Unreadable, refused_texts
from playground.links.formats import object_of, steps_of
from playground.links.openapi import description
from playground.links.views import may_save, within_rate
from playground.shown.trace import Whole
from playground.site import request_ids
from playground.site.costs import working
from playground.site.limits import LIMITS
from playground.site.published import published
from playground.walks import runs
from playground.walks.causes import reports_on
from playground.walks.entering import Entered
from sim import ENGINE_VERSION
from sim.base.errors import Refused, SourceError

RETRY_SECONDS = 60  # after which a rate counts anew
OPEN = "a question is open: send the paste again with its answer"
View = Callable[..., HttpResponse]


def refusal(
    status: int, reason: answers.Reason, message: str, errors: Iterable[SourceError] = ()
) -> JsonResponse:
    """One shape for every refusal."""
    said = answers.Refusal(reason=reason, message=message)
    if request_ids.current():
        said["request"] = request_ids.current()
    if errors:
        said["errors"] = [error.as_json() for error in errors]
    if status == 429:
        said["retry_after"] = RETRY_SECONDS
    response = _json(answers.Error(error=said), status)
    if status == 429:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _json(body: Mapping[str, Any], status: int = 200) -> JsonResponse:
    try:
        return JsonResponse({**body}, status=status, json_dumps_params={"ensure_ascii": False})
    except UnicodeEncodeError:  # half a character that was sent is told back
        return JsonResponse({**body}, status=status)


def api(*methods: str, foreign: bool = True) -> Callable[[View], View]:
    """Methods, the rate, and leave for other sites' pages to ask and to read the answer.

    Cookies are ignored. ``foreign`` false: other sites' pages may not ask, because it stores.
    """

    def wrapped(view: View) -> View:
        @csrf_exempt  # cookies are ignored here
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
            allowed = (*methods, "OPTIONS", *(["HEAD"] if "GET" in methods else []))
            if request.method == "OPTIONS":
                response = HttpResponse(status=204)
                if foreign:
                    response["Access-Control-Allow-Headers"] = "Content-Type, Authorization"
            elif request.method not in allowed:
                response = refusal(405, "method", f"{request.method} is not for this address")
            elif not within_rate(request, "api", LIMITS.api_calls_a_minute):
                message = f"more than {LIMITS.api_calls_a_minute} calls in a minute"
                response = refusal(429, "rate", message)
            else:
                response = _answer_of(view, request, *args, **named)
            response["Allow"] = ", ".join(allowed)
            if foreign:
                response["Access-Control-Allow-Methods"] = ", ".join(allowed)
                response["Access-Control-Allow-Origin"] = "*"
            return response

        return answer

    return wrapped


def _answer_of(view: View, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
    try:
        return view(request, *args, **named)
    except Unreadable as error:
        return refusal(error.status, error.reason, error.message, error.errors)


@api("POST")
@working
def simulate(request: HttpRequest) -> HttpResponse:
    """Walk a scenario or a paste; nothing is stored."""
    found = Call(request).entered()
    if found.is_open:
        return _json(_untold(found))
    scenario = found.scenario
    walk = runs.walk_of(scenario)
    if walk.refused is not None:
        raise refused_texts(walk.refused)
    trace = Whole(walk)
    expected = [
        answers.Expected(text=one.expectation.text, failures=[*one.failures])
        for one in trace.outcomes.all
    ]
    return _json(
        answers.Trace(
            engine=ENGINE_VERSION,
            notes=[*trace.notes],
            steps=steps_of(trace.steps),
            expectations=expected,
            stopped=trace.stopped or None,
            **_receipt(found),
        )
    )


def _untold(found: Entered) -> answers.Trace:
    """No step before the questions are answered."""
    return answers.Trace(
        engine=ENGINE_VERSION,
        notes=[],
        steps=[],
        expectations=[],
        stopped=OPEN,
        **_receipt(found),
    )


def _receipt(found: Entered) -> answers.Receipt:
    """What a paste was taken for, and the texts that it became."""
    if not found.receipt and not found.questions:
        return {}
    return answers.Receipt(
        scenario=found.scenario.as_json(),
        receipt=[entry.as_json() for entry in found.receipt],
        questions=[question.as_json() for question in found.questions],
    )


@api("POST")
@working
def why(request: HttpRequest) -> HttpResponse:
    """Why each packet of a scenario or a paste ended as it did, with proven fixes; nothing is
    stored."""
    call = Call(request)
    asked = call.take(answers.Asking)
    packet = asked.get("packet")
    lines = () if packet is None else (packet,)
    found = call.entered()
    if found.is_open:
        return _json(answers.Why(packets=[], stopped=OPEN, **_receipt(found)))
    walk = runs.walk_of(found.scenario)
    if walk.refused is not None or walk.prepared is None:
        raise refused_texts(walk.refused or Refused([]))
    compiled = walk.prepared.compiled
    known = len(compiled.script)
    if lines and not any(statement.line in lines for statement in compiled.script):
        message = f"there is no packet {lines[0]}: the packets text has {known}"
        return refusal(422, "refused", message)
    reports = reports_on(compiled, walk.steps, lines=lines, never=asked.get("never", False))
    return _json(
        answers.Why(
            packets=[each.as_json() for each in reports],
            stopped=walk.stopped or None,
            **_receipt(found),
        )
    )


@api("POST")
@working
def read_paste(request: HttpRequest) -> HttpResponse:
    """Whatever was pasted, as rules, host and packets; nothing is stored."""
    return _json(Call(request).reading().as_json())


@api("POST", foreign=False)
@working
def save(request: HttpRequest) -> HttpResponse:
    """Store a scenario. ``Authorization: Bearer KEY`` makes it (also) that owner's."""
    if not may_save(request):
        message = f"more than {LIMITS.saves_a_minute} saves in a minute"
        return refusal(429, "rate", message)
    if request.content_type != "application/json":  # a page of another site can send others
        return refusal(415, "type", "the body is JSON: send Content-Type: application/json")
    call = Call(request)
    is_listed = call.take(answers.Saving).get("listed", True)
    scenario = call.scenario()
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    owner = keys.with_key(key.strip()) if scheme.lower() == "bearer" else None
    if scheme and owner is None:
        response = refusal(401, "key", "nobody here has this key")
        response["WWW-Authenticate"] = "Bearer"
        return response
    try:
        found = store.save(scenario, owner, is_listed=is_listed)
    except store.Barred as barred:
        return refusal(barred.status, "gone", str(barred))
    path = f"/s/{found.path}"
    address = request.build_absolute_uri(path)
    saved = answers.Saved(id=found.share.pk, version=found.version.number, url=address)
    response = _json(saved, 201)
    response["Location"] = path
    return response


@api("GET")
@working
def read(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
    """A stored version with its steps."""
    try:
        found = store.find(pk, number)
    except store.NotFound as error:
        return refusal(404, "unknown", str(error))
    except store.Gone as error:
        return refusal(error.status, "gone", str(error))
    return _json(object_of(found))


@api("GET")
def limits(request: HttpRequest) -> HttpResponse:
    """Every limit, by name."""
    table = [
        answers.Limit(name=one.name, value=one.value, words=one.words, setting=one.setting)
        for one in published()
    ]
    return _json(answers.Limits(engine=ENGINE_VERSION, limits=asdict(LIMITS), table=table))


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
    context = {"api": description("")}
    return render(request, "links/api.html", context)
