"""Function views. A form goes in, a page or a document comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import (
    condition,
    require_http_methods,
    require_POST,
    require_safe,
)

from playground import gallery, ladder, models, runs, saving
from playground import matrix as matrices
from playground import pcap as captures
from playground import reference as words
from playground.limits import LIMITS
from playground.presenters import Hits, drawn, grouped
from sim import ENGINE_VERSION
from sim.errors import Refused
from sim.jsonl import as_json
from sim.parser.expect import check
from sim.render import line
from sim.scenario import Scenario
from sim.trace import Fate, Step

# What page.js imports: fetched beside it, not behind it.
MODULES = tuple(f"playground/{name}.js" for name in ("builder", "editor", "player", "words"))


@dataclass(frozen=True, slots=True)
class Walk:
    """A finished run, or why there is none."""

    prepared: runs.Prepared | None = None
    steps: tuple[Step, ...] = ()
    refused: Refused | None = None
    stopped: str = ""


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Nothing typed is lost: the form comes back filled in, with what to do."""
    context = _page(runs.scenario_of(request.POST))
    context["problem"] = (
        "Your browser did not send the cookie that protects this form. "
        "Allow cookies for this site and press the button again."
    )
    return render(request, "playground/page.html", context, status=403)


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
def playground(request: HttpRequest) -> HttpResponse:
    """The playground. GET: an example with its trace. POST: the run of a page without script."""
    if request.method == "POST":
        scenario = runs.with_some_host(runs.scenario_of(request.POST))
        context = _page(scenario, parent=str(request.POST.get("parent", "")))
        _run_into(context, scenario)
        return render(request, "playground/page.html", context)
    first = gallery.first().scenario
    context = _page(first)
    _run_into(context, first)
    return render(request, "playground/page.html", context)


@ensure_csrf_cookie
@require_safe
def example(request: HttpRequest, name: str) -> HttpResponse:
    """One of the shipped scenarios, with its trace."""
    found = gallery.by_name(name)
    if found is None:
        raise Http404(f"there is no example called {name}")
    context = _page(found.scenario)
    _run_into(context, found.scenario)
    return render(request, "playground/page.html", context)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Store what the form holds and go to its link."""
    scenario = runs.scenario_of(request.POST)
    parent = str(request.POST.get("parent", ""))
    context = _page(scenario, parent=parent)
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
    row = _saved(pk)
    kept = saving.scenario_of(row)
    context = _page(kept, parent=row.pk)
    context["saved"] = row
    context["link"] = request.build_absolute_uri(reverse("scenario", args=[row.pk]))
    context["engine_then"] = row.document.get("engine")
    context["engine_now"] = ENGINE_VERSION
    _run_into(context, kept)
    return render(request, "playground/page.html", context)


@require_safe
def scenario_toml(request: HttpRequest, pk: str) -> HttpResponse:
    text = saving.scenario_of(_saved(pk)).to_toml()
    return HttpResponse(text, content_type="application/toml; charset=utf-8")


@require_safe
def scenario_txt(request: HttpRequest, pk: str) -> HttpResponse:
    """The plain trace, made for ``curl``."""
    kept = saving.scenario_of(_saved(pk))
    walk = _walk(kept)
    lines = [line(step) for step in walk.steps]
    if walk.refused:
        lines += [item.text for item in drawn(walk.refused, kept)]
    if walk.stopped:
        lines.append(walk.stopped)
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def scenario_json(request: HttpRequest, pk: str) -> HttpResponse:
    """The scenario and its steps, or its errors."""
    row = _saved(pk)
    kept = saving.scenario_of(row)
    walk = _walk(kept)
    body: dict[str, Any] = {"id": row.pk, "engine": ENGINE_VERSION, "scenario": kept.as_json()}
    if walk.refused:
        body["errors"] = [error.as_json() for error in walk.refused.errors]
    else:
        body["steps"] = [as_json(step) for step in walk.steps]
    if walk.stopped:
        body["stopped"] = walk.stopped
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """A host that fits the rules and packets, as text to edit; errors in the rules come back."""
    wanted = runs.scenario_of(request.POST)
    context = _page(wanted)
    try:
        proposed = runs.with_proposed_host(wanted)
        context = _page(proposed, parent=str(request.POST.get("parent", "")))
    except Refused as refused:
        context["errors"] = drawn(refused, wanted)
    return render(request, "playground/page.html", context)


@require_POST
def whatif(request: HttpRequest) -> HttpResponse:
    """The run, with what would have let one packet through."""
    scenario = runs.scenario_of(request.POST)
    context = _page(scenario, parent=str(request.POST.get("parent", "")))
    _run_into(context, scenario)
    asked = str(request.POST.get("line", ""))
    if asked.isdigit() and "fates" in context:
        found = runs.what_would_pass(runs.prepare(scenario), int(asked))
        context["whatif"] = {"line": int(asked), "found": found}
    return render(request, "playground/page.html", context)


@require_POST
def matrix(request: HttpRequest) -> HttpResponse:
    """The fate of many packets at once, as a table."""
    scenario = runs.scenario_of(request.POST)
    context = _page(scenario, parent=str(request.POST.get("parent", "")))
    asked = matrices.wanted(request.POST)
    try:
        context["matrix"] = asked if asked.problem else matrices.filled(scenario, asked)
    except Refused as refused:
        context["matrix"] = asked
        context["errors"] = drawn(refused, scenario)
    return render(request, "playground/page.html", context)


@require_POST
def cell(request: HttpRequest) -> HttpResponse:
    """The walk of one cell of a matrix: its packet becomes the packets text."""
    packet = str(request.POST.get("cell", ""))
    scenario = replace(runs.scenario_of(request.POST), packets=packet, expect="")
    context = _page(scenario, parent=str(request.POST.get("parent", "")))
    _run_into(context, scenario)
    return render(request, "playground/page.html", context)


@require_POST
def pcap(request: HttpRequest) -> HttpResponse:
    """The packets of an uploaded capture, to choose from. The file is not kept."""
    scenario = runs.scenario_of(request.POST)
    context = _page(scenario, parent=str(request.POST.get("parent", "")))
    file = request.FILES.get("pcap")
    if file is None:
        context["pcap"] = {"problem": "choose a file first"}
    else:
        try:
            packets = captures.read(file.read(captures.MOST_BYTES + 1), scenario.host)
            context["pcap"] = {"packets": packets, "name": file.name}
        except captures.Unreadable as error:
            context["pcap"] = {"problem": str(error)}
    return render(request, "playground/page.html", context)


@require_POST
def pick(request: HttpRequest) -> HttpResponse:
    """The chosen packets of a capture become the packets text, and are walked."""
    chosen = request.POST.getlist("pick")
    scenario = runs.scenario_of(request.POST)
    if chosen:
        scenario = replace(scenario, packets="\n".join(chosen) + "\n", expect="")
    context = _page(scenario, parent=str(request.POST.get("parent", "")))
    _run_into(context, scenario)
    return render(request, "playground/page.html", context)


@require_POST
def sort(request: HttpRequest) -> HttpResponse:
    """A paste of everything in the rules text: the host's part goes to the host text."""
    wanted = runs.sorted_paste(runs.scenario_of(request.POST))
    context = _page(wanted, parent=str(request.POST.get("parent", "")))
    return render(request, "playground/page.html", context)


@condition(etag_func=lambda request: f'"{ENGINE_VERSION}"')
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """What the editors complete and explain."""
    return JsonResponse(words.reference())


def _saved(pk: str) -> models.Scenario:
    row = models.Scenario.objects.filter(pk=pk).first()
    if row is None:
        raise Http404("there is no scenario under this link")
    return row


def _page(scenario: Scenario, parent: str = "") -> dict[str, Any]:
    """What every rendering of the playground needs."""
    return {
        "scenario": scenario,
        "parent": parent,
        "examples": gallery.everything(),
        "modules": MODULES,
    }


def _walk(scenario: Scenario) -> Walk:
    try:
        prepared = runs.prepare(scenario)
    except Refused as refused:
        return Walk(refused=refused)
    found: list[Step] = []
    stopped = ""
    try:
        found.extend(runs.steps(prepared))
    except runs.Stopped as reason:
        stopped = str(reason)
    return Walk(prepared, tuple(found), None, stopped)


def _run_into(context: dict[str, Any], scenario: Scenario) -> None:
    """Add a run's outcome to a page's context."""
    walk = _walk(scenario)
    if walk.refused:
        context["errors"] = drawn(walk.refused, scenario)
        return
    assert walk.prepared is not None
    fates = [step for step in walk.steps if isinstance(step, Fate)]
    context["groups"] = grouped(walk.steps, walk.prepared.compiled)
    context["fates"] = fates
    context["notes"] = walk.prepared.compiled.host.notes
    context["stopped"] = walk.stopped
    context["outcomes"] = () if walk.stopped else check(walk.prepared.expectations, fates)
    context["steps"] = len(walk.steps)
    context["ladders"] = ladder.draw(walk.steps)
    context["hits"] = Hits()
    for step in walk.steps:
        context["hits"].note(step)
