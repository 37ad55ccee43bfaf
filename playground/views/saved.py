"""Saved scenarios: storing them, and every form in which they are read."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from playground import models, runs, saving
from playground.limits import LIMITS
from playground.presenters import drawn
from playground.views.walks import page_of, run_into, walk_of
from sim import ENGINE_VERSION
from sim.errors import Refused
from sim.jsonl import as_json
from sim.render import line


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Store what the form holds and go to its link."""
    scenario = runs.scenario_of(request.POST)
    parent = str(request.POST.get("parent", ""))
    context = page_of(scenario, parent=parent)
    try:
        runs.within_limits(scenario)
    except Refused as refused:
        context["errors"] = drawn(refused, scenario)
        return render(request, "playground/page.html", context, status=413)
    if not _may_save(request):
        context["problem"] = (
            f"More than {LIMITS.saves_a_minute} saves in a minute from your address. "
            "Nothing is lost: wait a minute and save again."
        )
        response = render(request, "playground/page.html", context, status=429)
        response["Retry-After"] = "60"
        return response
    kept = saving.save(scenario, parent)
    return HttpResponseRedirect(reverse("scenario", args=[kept.pk]))


def _may_save(request: HttpRequest) -> bool:
    """Count saves by address for a minute; the address itself is not kept after that."""
    key = f"saves:{request.META.get('REMOTE_ADDR', '')}"
    cache.add(key, 0, 60)
    try:
        return cache.incr(key) <= LIMITS.saves_a_minute
    except ValueError:  # it ran out between the two calls
        return True


@ensure_csrf_cookie
@require_safe
def scenario(request: HttpRequest, pk: str) -> HttpResponse:
    """A saved scenario with its whole trace, readable without script."""
    row = saved_or_404(pk)
    kept = saving.scenario_of(row)
    context = page_of(kept, parent=row.pk)
    context["saved"] = row
    context["link"] = request.build_absolute_uri(reverse("scenario", args=[row.pk]))
    context["engine_then"] = row.document.get("engine")
    context["engine_now"] = ENGINE_VERSION
    run_into(context, kept)
    return render(request, "playground/page.html", context)


@require_safe
def scenario_toml(request: HttpRequest, pk: str) -> HttpResponse:
    text = saving.scenario_of(saved_or_404(pk)).to_toml()
    return HttpResponse(text, content_type="application/toml; charset=utf-8")


@require_safe
def scenario_txt(request: HttpRequest, pk: str) -> HttpResponse:
    """The plain trace, made for ``curl``."""
    kept = saving.scenario_of(saved_or_404(pk))
    walk = walk_of(kept)
    lines = [line(step) for step in walk.steps]
    if walk.refused:
        lines += [item.text for item in drawn(walk.refused, kept)]
    if walk.stopped:
        lines.append(walk.stopped)
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def scenario_json(request: HttpRequest, pk: str) -> HttpResponse:
    """The scenario and its steps, or its errors."""
    row = saved_or_404(pk)
    kept = saving.scenario_of(row)
    walk = walk_of(kept)
    body: dict[str, Any] = {"id": row.pk, "engine": ENGINE_VERSION, "scenario": kept.as_json()}
    if walk.refused:
        body["errors"] = [error.as_json() for error in walk.refused.errors]
    else:
        body["steps"] = [as_json(step) for step in walk.steps]
    if walk.stopped:
        body["stopped"] = walk.stopped
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


def saved_or_404(pk: str) -> models.Scenario:
    row = models.Scenario.objects.filter(pk=pk).first()
    if row is None:
        raise Http404("there is no scenario under this link")
    return row
