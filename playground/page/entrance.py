"""The way in for pastes and files: one box, its receipt, its questions, then the walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods

from playground.page.forms import TOO_LARGE, PasteForm, takes
from playground.page.walked import page_of, run_into
from playground.site.costs import costly
from playground.site.forms import problem_of
from playground.site.htmx import REFUSED
from playground.walks import entering, runs
from playground.walks import pcap as captures
from playground.walks.entering import Entered
from sim.model.scenario import Scenario


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
@costly
def read(request: HttpRequest) -> HttpResponse:
    """A paste, files, or what stands in the editors, read; answers to its questions too."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("playground"))
    return _read(request)


@takes(PasteForm)
def _read(request: HttpRequest, form: PasteForm) -> HttpResponse:
    if form.capture:
        return _with_capture(request, form, *form.capture)
    if form.is_of_bench:
        return _bench(request, form)
    if not form.is_valid():
        status = TOO_LARGE if form.has_error("paste", "size") else REFUSED
        problem = problem_of(form)
        return _start(request, form.cleaned_data.get("paste", ""), problem=problem, status=status)
    answers = {**form.before, **form.answers}
    found = entering.entered([form.whole], answers)
    if found.is_open or found.is_empty:
        return _start(request, form.whole, found, answers)
    return _walked(request, form, found, form.whole, answers)


def _with_capture(request: HttpRequest, form: PasteForm, name: str, data: bytes) -> HttpResponse:
    """The packets of a capture, to choose from, beside the texts that are there."""
    context = page_of(form.scenario)
    try:
        found = captures.read(data, form.scenario.host)
        context["pcap"] = {"packets": found.packets, "found": found, "name": name}
    except captures.Unreadable as error:
        return _start(request, form.cleaned_data["paste"], problem=str(error), status=REFUSED)
    return render(request, "page/page.html", context)


def _bench(request: HttpRequest, form: PasteForm) -> HttpResponse:
    """An answer to what a paste asked, or the editors' texts read as pastes."""
    given, paste = form.scenario, form.cleaned_data["paste"]
    if paste.strip():
        before, answers = form.before, form.answers
        found = entering.answered(given, paste, before, answers)
        return _walked(request, form, found, paste, {**before, **answers})
    found = Entered(given)
    for name in entering.EDITORS:
        text = getattr(found.scenario, name)
        made = entering.put_into(found.scenario, name)
        if made.is_open:
            return _start(request, text, made, {})
        found = replace(made, receipt=(*found.receipt, *made.receipt))
    scenario = entering.with_proposals(found.scenario)
    return _walked(request, form, replace(found, scenario=scenario))


def _walked(
    request: HttpRequest,
    form: PasteForm,
    found: Entered,
    paste: str = "",
    answers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The workbench with what was read, walked."""
    context = page_of(found.scenario, form.origin)
    context |= told(found, paste, answers or {})
    run_into(context, found.scenario)
    return render(request, "page/page.html", context)


def _start(
    request: HttpRequest,
    paste: str,
    found: Entered | None = None,
    answers: Mapping[str, str] | None = None,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The box again, with what was understood and what is asked."""
    context = start(paste)
    context["problem"] = problem
    if found is not None:
        context |= told(found, "", answers or {})
    return render(request, "page/page.html", context, status=status)


def start(paste: str = "") -> dict[str, Any]:
    """The page that has nothing yet, and asks for it."""
    return {**page_of(Scenario()), "is_start": True, "paste": paste}


def own_of(values: Mapping[str, Any]) -> list[str]:
    """The texts that the page says are still an example's, behind rules that are not."""
    return str(values.get("own", "")).split()


def to_run(values: Mapping[str, Any], given: Scenario | None = None) -> Entered:
    """What the page's script asks to run. ``given``: its texts, if they were taken out already."""
    is_live = values.get("action") == "live"
    scenario = runs.scenario_of(values) if given is None else given
    return entering.to_run(scenario, own_of(values), is_live=is_live)


def put(given: Scenario, now: Scenario, why: str = "") -> dict[str, Any]:
    """What ``page/_came.html`` puts into the page's editors: the texts that are others now."""
    pairs = ((name, getattr(now, name)) for name in runs.TEXTS)
    return {"changed": [(n, text) for n, text in pairs if text != getattr(given, n)], "why": why}


def texts_frame(found: Entered, given: Scenario, paste: str = "") -> str:
    """A frame that puts other texts into the page's editors, and says why they are others."""
    context = {**told(found, paste, {}), **put(given, found.scenario, why(found))}
    return render_to_string("page/_texts.html", context)


def why(found: Entered) -> str:
    """One or two sentences on what became of the texts."""
    said = []
    if found.receipt:
        said.append(f"Read what you pasted: {found.counts or 'nothing that can be walked'}.")
    if found.unread:
        said.append(f"{found.unread} lines are packets; the others are marked.")
    if found.questions:
        said.append("One thing is asked." if len(found.questions) == 1 else
                    f"{len(found.questions)} things are asked.")  # fmt: skip
    if found.aside:
        said.append("The example's host and packets are set aside.")
    if found.proposed:
        names = " and ".join(found.proposed)
        are = "are" if len(found.proposed) > 1 or "packets" in found.proposed else "is"
        said.append(f"The {names} {are} proposed: put in yours.")
    return " ".join(said)


def told(found: Entered, paste: str, answers: Mapping[str, str]) -> dict[str, Any]:
    """What a page says of a reading. The paste is kept while something of it is asked."""
    return {
        "entered": found,
        "pasted": paste if found.questions else "",
        "answered": [(f"{PasteForm.ANSWERED}{name}", value) for name, value in answers.items()],
        "asked": [(f"{PasteForm.ANSWER}{one.name}", one) for one in found.questions],
    }
