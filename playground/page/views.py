"""The playground page and what its buttons do, with htmx or without any script."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST

from playground.page.entrance import put, start, told
from playground.page.forms import (
    CellForm,
    ExampleForm,
    MatrixForm,
    ScenarioForm,
    WhatIfForm,
    takes,
)
from playground.page.questions import otherwise
from playground.page.walked import page_of, run_beside, run_into
from playground.shown.presenters import ERROR_PLACES, drawn
from playground.site.costs import costly
from playground.site.htmx import REFUSED, answered, is_swap
from playground.walks import entering, runs
from playground.walks import matrix as matrices
from sim.base.errors import Refused

PAGE = "page/page.html"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Nothing typed is lost: the form comes back filled in, with what to do."""
    form = ScenarioForm(request.POST)
    form.full_clean()
    context = form.page()
    context["problem"] = (
        "Your browser did not send the cookie that protects this form. "
        "Allow cookies for this site and press the button again."
    )
    return answered(request, PAGE, "site/_problem.html", context, status=403)


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
@costly
def playground(request: HttpRequest) -> HttpResponse:
    """The playground. GET: it asks for anything. POST: the run of a page without script."""
    if request.method != "POST":
        return render(request, PAGE, start())
    return _run(request)


@takes(ExampleForm)
def _run(request: HttpRequest, form: ExampleForm) -> HttpResponse:
    example = form.cleaned_data["example"]
    names = entering.of_example(form.scenario, example.scenario if example else None)
    found = entering.to_run(form.scenario, names)
    context = form.page() | page_of(found.scenario, form.origin) | told(found, "", {})
    if example and not names:
        context["example"] = example
    run_into(context, found.scenario)
    return render(request, PAGE, context)


@require_POST
@costly
@takes(ScenarioForm)
def propose(request: HttpRequest, form: ScenarioForm) -> HttpResponse:
    """A host that fits the rules and packets, as text to edit; errors in the rules come back."""
    context = form.page() | {"texts": ERROR_PLACES}
    fragment, status = "page/_proposed.html", 200
    try:
        proposed = runs.with_proposed_host(form.scenario)
        context |= page_of(proposed, form.origin)
        context["changed"] = [("host", proposed.host)]
        context["why"] = "The host is proposed from the rules and packets: put in yours."
    except Refused as refused:
        context["errors"] = drawn(refused, form.scenario)
        fragment, status = "page/_refused_swap.html", REFUSED
    return answered(request, PAGE, fragment, context, status=status)


@require_POST
@costly
@takes(WhatIfForm)
def whatif(request: HttpRequest, form: WhatIfForm) -> HttpResponse:
    """What would have let one packet through, or what would stop it; in a page of its own with the
    run."""
    scenario, asked = form.scenario, form.cleaned_data.get("line")
    context = form.page() | {"texts": ERROR_PLACES}
    fragment, status = "page/_whatif_swap.html", 200
    if not is_swap(request):
        run_into(context, scenario)
    try:
        context["whatif"] = otherwise(runs.prepare(scenario), asked) if asked else None
    except Refused as refused:
        context["errors"] = drawn(refused, scenario)
        fragment, status = "page/_refused_swap.html", REFUSED
    return answered(request, PAGE, fragment, context, status=status)


@require_POST
@costly
@takes(MatrixForm)
def matrix(request: HttpRequest, form: MatrixForm) -> HttpResponse:
    """The fate of many packets at once, as a table."""
    scenario = form.scenario
    context = form.page() | {"matrix": form.matrix, "texts": ERROR_PLACES}
    fragment, status, target = "page/_matrix_swap.html", 200, ""
    try:
        if not form.is_valid():
            fragment, status, target = "page/_matrix_problem.html", REFUSED, "#matrix-problem"
        else:
            context["matrix"] = matrices.filled(scenario, form.matrix)
        if not is_swap(request):
            run_beside(context, scenario)
    except Refused as refused:
        context["errors"] = drawn(refused, scenario)
        status = REFUSED
    return answered(request, PAGE, fragment, context, status=status, target=target)


@require_POST
@costly
@takes(CellForm)
def cell(request: HttpRequest, form: CellForm) -> HttpResponse:
    """The walk of one cell of a matrix: its packet becomes the packets text."""
    asked, packet = form.matrix, form.cleaned_data["cell"]
    given = form.scenario
    scenario = matrices.alone(given, asked, packet)
    if is_swap(request):  # the page has the table, and runs what it gets
        return answered(request, PAGE, "page/_came.html", put(given, scenario))
    context = page_of(scenario, form.origin)
    context["shown_cell"] = packet
    if not asked.problem:
        context["matrix"] = asked
    run_into(context, scenario)
    cells = len(asked.sources) * len(asked.ports)
    if not asked.problem and not context.get("errors") and cells <= matrices.MOST_SHOWN_AGAIN:
        context["matrix"] = matrices.filled(scenario, asked)
    return answered(request, PAGE, "page/_came.html", context)
