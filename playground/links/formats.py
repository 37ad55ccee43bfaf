"""A stored scenario in its other forms: TOML, JSON, the plain trace, and differences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from playground.links import answers, keys, store
from playground.links.differences import between
from playground.links.views import found_or_answer
from playground.shown.presenters import drawn
from playground.site.costs import costly
from playground.site.headers import private
from playground.site.htmx import answered
from playground.walks.runs import walk_of
from sim import ENGINE_VERSION
from sim.tell import jsonl
from sim.tell.render import line
from sim.trace.steps import Step

_UNICODE = {"ensure_ascii": False}


@require_safe
def as_toml(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
    found = found_or_answer(pk, number)
    text = found.scenario.to_toml()
    return _listed(found, HttpResponse(text, content_type="application/toml; charset=utf-8"))


@require_safe
@costly
def as_text(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
    """The plain trace, made for ``curl``."""
    found = found_or_answer(pk, number)
    walk = walk_of(found.scenario)
    lines = [line(step) for step in walk.steps]
    if walk.refused:
        lines += [item.text for item in drawn(walk.refused, found.scenario)]
    if walk.stopped:
        lines.append(walk.stopped)
    text = "\n".join(lines) + "\n"
    return _listed(found, HttpResponse(text, content_type="text/plain; charset=utf-8"))


def _listed(found: store.Found, response: HttpResponse) -> HttpResponse:
    """The answer; of an unlisted link it is as private as the link."""
    return response if found.share.is_listed else private(response)


@require_safe
@costly
def as_object(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
    """The scenario and its steps, or its errors."""
    found = found_or_answer(pk, number)
    response = JsonResponse({**object_of(found)}, json_dumps_params=_UNICODE)
    response["Access-Control-Allow-Origin"] = "*"
    return _listed(found, response)


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
@costly
def difference(request: HttpRequest, pk: str, first: int, second: int) -> HttpResponse:
    """Two versions of a link side by side."""
    return _differing(request, found_or_answer(pk, first), found_or_answer(pk, second))


def _differing(request: HttpRequest, before: store.Found, after: store.Found) -> HttpResponse:
    context = {"before": before, "after": after, "found": between(before.scenario, after.scenario)}
    page, part = "links/difference.html", "links/_difference_swap.html"
    return _listed(after, answered(request, page, part, context))


@require_safe
@costly
def difference_json(request: HttpRequest, pk: str, first: int, second: int) -> HttpResponse:
    before, after = found_or_answer(pk, first), found_or_answer(pk, second)
    found = between(before.scenario, after.scenario)
    return _listed(after, JsonResponse(found.as_json(), json_dumps_params=_UNICODE))


@require_safe
@costly
def fork_difference(request: HttpRequest, pk: str) -> HttpResponse:
    """A fork beside what it was forked from."""
    found = found_or_answer(pk)
    parent = found.share.parent
    if parent is None or not store.may_know(parent, keys.owner_of(request)):
        raise Http404("it was not forked from anything that is public")
    return _differing(request, found_or_answer(parent.pk, found.share.parent_number), found)
