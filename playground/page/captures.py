"""Packets out of an uploaded capture."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from playground.page.entrance import put
from playground.page.forms import CaptureForm, PickForm, takes
from playground.page.walked import page_of, run_beside, run_into
from playground.site.costs import costly
from playground.site.forms import problem_of
from playground.site.htmx import REFUSED, answered, is_swap, varied
from playground.walks import pcap as captures


@require_POST
@costly
@takes(CaptureForm)
def pcap(request: HttpRequest, form: CaptureForm) -> HttpResponse:
    """The packets of an uploaded capture, to choose from. The file is not kept."""
    context = form.page()
    if not is_swap(request):
        run_beside(context, form.scenario)
    if form.found is None:
        context["pcap"] = {"problem": problem_of(form)}
        return answered(request, "page/page.html", "page/_pcap_problem.html", context,
                        status=REFUSED, target="#pcap-problem")  # fmt: skip
    file = form.cleaned_data["pcap"]
    context["pcap"] = {"packets": form.found.packets, "found": form.found, "name": file.name}
    return answered(request, "page/page.html", "page/_pcap_swap.html", context)


@require_POST
@costly
@takes(PickForm)
def pick(request: HttpRequest, form: PickForm) -> HttpResponse:
    """The chosen packets of a capture become the packets text, and are walked."""
    scenario, chosen = form.scenario, form.cleaned_data["pick"]
    if form.cleaned_data["mend"]:
        chosen = [captures.with_checksums(line) for line in chosen]
    if chosen:
        scenario = replace(scenario, packets="\n".join(chosen) + "\n", expect="")
    if is_swap(request):  # the page runs what it gets
        why = "" if chosen else "Choose at least one packet of the capture."
        context = put(form.scenario, scenario, why) | {"is_chosen": bool(chosen)}
        return answered(request, "page/page.html", "page/_picked_swap.html", context)
    context = page_of(scenario, form.origin)
    run_into(context, scenario)
    return varied(render(request, "page/page.html", context))
