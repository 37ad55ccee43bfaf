"""Packets out of an uploaded capture."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from playground.page.walked import page_of, run_beside, run_into
from playground.site.costs import costly
from playground.site.htmx import answered, is_swap
from playground.walks import pcap as captures
from playground.walks import runs

NO_FILE = "Choose a file first: a pcap or pcapng file, such as “tcpdump -w FILE” writes."


@require_POST
@costly
def pcap(request: HttpRequest) -> HttpResponse:
    """The packets of an uploaded capture, to choose from. The file is not kept."""
    scenario = runs.scenario_of(request.POST)
    context = page_of(scenario, parent=str(request.POST.get("parent", "")))
    if not is_swap(request):
        run_beside(context, scenario)
    file = request.FILES.get("pcap")
    if file is None:
        context["pcap"] = {"problem": NO_FILE}
    else:
        try:
            found = captures.read(file.read(captures.MOST_BYTES + 1), scenario.host)
            context["pcap"] = {"packets": found.packets, "found": found, "name": file.name}
        except captures.Unreadable as error:
            context["pcap"] = {"problem": str(error)}
    return answered(request, "page/page.html", "page/_pcap.html", context)


@require_POST
@costly
def pick(request: HttpRequest) -> HttpResponse:
    """The chosen packets of a capture become the packets text, and are walked."""
    chosen = request.POST.getlist("pick")
    if request.POST.get("mend"):
        chosen = [captures.with_checksums(line) for line in chosen]
    scenario = runs.scenario_of(request.POST)
    if chosen:
        scenario = replace(scenario, packets="\n".join(chosen) + "\n", expect="")
    context = page_of(scenario, parent=str(request.POST.get("parent", "")))
    run_into(context, scenario)
    return render(request, "page/page.html", context)
