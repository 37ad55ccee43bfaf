"""Before saving: the scenario with other addresses, shown first, and taken or left."""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from playground.page.forms import ScenarioForm, takes
from playground.page.walked import page_of
from playground.shown.presenters import ERROR_PLACES, drawn
from playground.site.costs import costly
from playground.site.htmx import REFUSED, answered
from playground.walks import entering, runs
from playground.walks.masking import masked, verdict
from sim.base.errors import Refused
from sim.model.scenario import Scenario


@require_POST
@costly
@takes(ScenarioForm)
def mask(request: HttpRequest, form: ScenarioForm) -> HttpResponse:
    """The preview. A scenario that cannot be read comes back with its errors, nothing lost."""
    scenario = entering.with_proposals(form.scenario)
    try:
        made = masked(scenario, secrets.token_bytes(16))  # kept nowhere
    except Refused as refused:
        return _refused(request, form, scenario, errors=drawn(refused, scenario))
    if made.difference is not None:
        return _refused(request, form, scenario, problem=verdict(made))
    context = {
        "before": scenario,
        "after": made.scenario,
        "made": made,
        "verdict": verdict(made),
        "parent": form.origin,
        "texts": [(name, getattr(made.scenario, name)) for name in runs.FIELDS],
    }
    return answered(request, "page/masking/preview.html", "page/masking/_preview.html", context)


def _refused(
    request: HttpRequest, form: ScenarioForm, scenario: Scenario, **why: object
) -> HttpResponse:
    """The workbench as it was, with why there is no mask; for htmx beside the button."""
    context = page_of(scenario, form.origin) | {"texts": ERROR_PLACES} | why
    return answered(request, "page/page.html", "page/_refused_swap.html", context,
                    status=REFUSED, target="#save-problem")  # fmt: skip
