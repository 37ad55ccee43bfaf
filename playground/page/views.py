"""The playground page and what its buttons do when there is no script."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST

from playground.page import gallery
from playground.page.entrance import start, told
from playground.page.questions import otherwise
from playground.page.walked import page_of, run_beside, run_into
from playground.shown.presenters import ERROR_PLACES, drawn
from playground.site.costs import costly
from playground.site.htmx import answered, is_swap
from playground.site.ordinals import ordinal
from playground.walks import entering, runs
from playground.walks import matrix as matrices
from sim.base.errors import Refused


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Nothing typed is lost: the form comes back filled in, with what to do."""
    context = page_of(runs.scenario_of(request.POST))
    context["problem"] = (
        "Your browser did not send the cookie that protects this form. "
        "Allow cookies for this site and press the button again."
    )
    return render(request, "page/page.html", context, status=403)


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
@costly
def playground(request: HttpRequest) -> HttpResponse:
    """The playground. GET: it asks for anything. POST: the run of a page without script."""
    if request.method != "POST":
        return render(request, "page/page.html", start())
    example = gallery.by_name(str(request.POST.get("example", "")))
    given = runs.scenario_of(request.POST)
    names = entering.of_example(given, example.scenario if example else None)
    found = entering.to_run(given, names)
    context = page_of(found.scenario, parent=str(request.POST.get("parent", "")))
    context |= told(found, "", {})
    if example and not names:
        context["example"] = example
    run_into(context, found.scenario)
    return render(request, "page/page.html", context)


@require_POST
@costly
def propose(request: HttpRequest) -> HttpResponse:
    """A host that fits the rules and packets, as text to edit; errors in the rules come back."""
    wanted = runs.scenario_of(request.POST)
    context = page_of(wanted)
    try:
        proposed = runs.with_proposed_host(wanted)
        context = page_of(proposed, parent=str(request.POST.get("parent", "")))
    except Refused as refused:
        context["errors"] = drawn(refused, wanted)
    return render(request, "page/page.html", context)


@require_POST
@costly
def whatif(request: HttpRequest) -> HttpResponse:
    """The run, with what would have let one packet through, or what would stop it."""
    scenario = runs.scenario_of(request.POST)
    context = page_of(scenario, parent=str(request.POST.get("parent", "")))
    run_into(context, scenario)
    asked = ordinal(request.POST.get("line"))
    if asked and "fates" in context:
        context["whatif"] = otherwise(runs.prepare(scenario), asked)
    return render(request, "page/page.html", context)


@require_POST
@costly
def matrix(request: HttpRequest) -> HttpResponse:
    """The fate of many packets at once, as a table."""
    scenario = runs.scenario_of(request.POST)
    context = page_of(scenario, parent=str(request.POST.get("parent", "")))
    asked = matrices.wanted(request.POST)
    try:
        context["matrix"] = asked if asked.problem else matrices.filled(scenario, asked)
        if not is_swap(request):
            run_beside(context, scenario)
    except Refused as refused:
        context["matrix"] = asked
        context["errors"] = drawn(refused, scenario)
    context["texts"] = ERROR_PLACES
    return answered(request, "page/page.html", "page/_matrix_swap.html", context)


@require_POST
@costly
def cell(request: HttpRequest) -> HttpResponse:
    """The walk of one cell of a matrix: its packet becomes the packets text."""
    packet = str(request.POST.get("cell", ""))
    asked = matrices.wanted(request.POST)
    scenario = matrices.alone(runs.scenario_of(request.POST), asked, packet)
    context = page_of(scenario, parent=str(request.POST.get("parent", "")))
    context["shown_cell"] = packet
    if not asked.problem:
        context["matrix"] = asked
    run_into(context, scenario)
    cells = len(asked.sources) * len(asked.ports)
    if not asked.problem and not context.get("errors") and cells <= matrices.MOST_SHOWN_AGAIN:
        context["matrix"] = matrices.filled(scenario, asked)
    return render(request, "page/page.html", context)
