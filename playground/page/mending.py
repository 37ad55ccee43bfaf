"""The advisor's one button for pages without script: the scenario comes back mended, and run."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from playground.page.advice import fixed
from playground.page.walked import page_of, run_into
from playground.site.costs import costly
from playground.walks import runs


@require_POST
@costly
def apply(request: HttpRequest) -> HttpResponse:
    """The fix of one finding, made in the texts that were sent."""
    given = runs.scenario_of(request.POST)
    scenario = fixed(given, str(request.POST.get("advice", "")))
    context = page_of(scenario, parent=str(request.POST.get("parent", "")))
    run_into(context, scenario)
    return render(request, "page/page.html", context)
