"""Before saving: the scenario with other addresses, shown first, and taken or left."""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from playground.page.walked import page_of
from playground.shown.presenters import drawn
from playground.site.costs import costly
from playground.walks import entering, runs
from playground.walks.masking import masked, verdict
from sim.base.errors import Refused


@require_POST
@costly
def mask(request: HttpRequest) -> HttpResponse:
    """The preview. A scenario that cannot be read comes back with its errors, nothing lost."""
    scenario = entering.with_proposals(runs.scenario_of(request.POST))
    parent = str(request.POST.get("parent", ""))
    try:
        made = masked(scenario, secrets.token_bytes(16))  # kept nowhere
    except Refused as refused:
        context = page_of(scenario, parent=parent)
        context["errors"] = drawn(refused, scenario)
        return render(request, "page/page.html", context)
    if made.difference is not None:
        context = page_of(scenario, parent=parent)
        context["problem"] = verdict(made)
        return render(request, "page/page.html", context)
    context = {
        "before": scenario,
        "after": made.scenario,
        "made": made,
        "verdict": verdict(made),
        "parent": parent,
        "texts": [(name, getattr(made.scenario, name)) for name in runs.FIELDS],
    }
    return render(request, "page/masking/preview.html", context)
