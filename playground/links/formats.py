"""A stored scenario in its other forms: TOML, JSON, the plain trace, and differences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from playground.links import answers, keys, store
from playground.links.differences import between
from playground.links.views import found_or_answer
from playground.shown.presenters import drawn
from playground.walks.runs import walk_of
from sim import ENGINE_VERSION
from sim.tell import jsonl
from sim.tell.render import line
from sim.trace.steps import Step

_UNICODE = {"ensure_ascii": False}


@require_safe
def as_toml(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
    text = found_or_answer(pk, number).scenario.to_toml()
    return HttpResponse(text, content_type="application/toml; charset=utf-8")


@require_safe
def as_text(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
    """The plain trace, made for ``curl``."""
    found = found_or_answer(pk, number)
    walk = walk_of(found.scenario)
    lines = [line(step) for step in walk.steps]
    if walk.refused:
        lines += [item.text for item in drawn(walk.refused, found.scenario)]
    if walk.stopped:
        lines.append(walk.stopped)
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def as_object(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
    """The scenario and its steps, or its errors."""
    found = found_or_answer(pk, number)
    response = JsonResponse({**object_of(found)}, json_dumps_params=_UNICODE)
    response["Access-Control-Allow-Origin"] = "*"
    return response


def object_of(found: store.Found) -> answers.Stored:
    """What ``.json`` and the API say of a version."""
    walk = walk_of(found.scenario)
    body = answers.Stored(
        id=found.share.pk,
        version=found.version.number,
        latest=found.share.latest,
        title=found.title,
        tags=found.share.tags,
        engine=ENGINE_VERSION,
        saved_under=found.version.document.engine,
        scenario=found.scenario.as_json(),
    )
    if walk.refused:
        body["errors"] = [error.as_json() for error in walk.refused.errors]
    else:
        body["steps"] = steps_of(walk.steps)
    if walk.stopped:
        body["stopped"] = walk.stopped
    return body


def steps_of(steps: Iterable[Step]) -> list[jsonl.Step]:
    """What every step has, and what those of its kind have besides."""
    return [cast("jsonl.Step", jsonl.as_json(step)) for step in steps]


@require_safe
def difference(request: HttpRequest, pk: str, first: int, second: int) -> HttpResponse:
    """Two versions of a link side by side."""
    before, after = found_or_answer(pk, first), found_or_answer(pk, second)
    context = {"before": before, "after": after, "found": between(before.scenario, after.scenario)}
    return render(request, "links/difference.html", context)


@require_safe
def difference_json(request: HttpRequest, pk: str, first: int, second: int) -> HttpResponse:
    before, after = found_or_answer(pk, first), found_or_answer(pk, second)
    found = between(before.scenario, after.scenario)
    return JsonResponse(found.as_json(), json_dumps_params=_UNICODE)


@require_safe
def fork_difference(request: HttpRequest, pk: str) -> HttpResponse:
    """A fork beside what it was forked from."""
    found = found_or_answer(pk)
    parent = found.share.parent
    if parent is None or not store.may_know(parent, keys.owner_of(request)):
        raise Http404("it was not forked from anything that is public")
    before = found_or_answer(parent.pk, found.share.parent_number)
    context = {"before": before, "after": found, "found": between(before.scenario, found.scenario)}
    return render(request, "links/difference.html", context)
