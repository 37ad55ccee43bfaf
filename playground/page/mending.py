"""The advisor's one button for pages without script: the scenario comes back mended, and run."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from playground.page.advice import fixed
from playground.page.forms import AdviceForm, takes
from playground.page.walked import page_of, run_into
from playground.site.costs import costly


@require_POST
@costly
@takes(AdviceForm)
def apply(request: HttpRequest, form: AdviceForm) -> HttpResponse:
    """The fix of one finding, made in the texts that were sent."""
    scenario = fixed(form.scenario, form.cleaned_data["advice"])
    context = page_of(scenario, form.origin)
    run_into(context, scenario)
    return render(request, "page/page.html", context)
