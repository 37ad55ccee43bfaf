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

from playground.page.walked import page_of, run_into
from playground.site.costs import costly
from playground.site.limits import LIMITS
from playground.walks import entering, pasted, runs
from playground.walks import pcap as captures
from playground.walks.entering import Entered
from sim.model.scenario import Scenario

ANSWER, ANSWERED = "answer:", "answered:"
NOTHING = "There is nothing in the box yet. Paste something, or choose a file."
TOO_MUCH = f"That is more than {LIMITS.paste_bytes:,} bytes, the most that is taken."


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
@costly
def read(request: HttpRequest) -> HttpResponse:
    """A paste, files, or what stands in the editors, read; answers to its questions too."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("playground"))
    texts, capture = _files(request)
    if capture:
        return _with_capture(request, *capture)
    given = runs.scenario_of(request.POST)
    paste = runs.text_of(request.POST.get("paste"))
    before, answers = _named(request, ANSWERED), _named(request, ANSWER)
    if "rules" in request.POST:  # from the workbench
        return _bench(request, given, paste, before, answers)
    texts = [text for text in (paste, *texts) if text.strip()]
    whole = "\n".join(text.rstrip("\n") + "\n" for text in texts)
    if not texts:
        return _start(request, paste, problem=NOTHING)
    if len(whole.encode()) > LIMITS.paste_bytes:
        return _start(request, paste, problem=TOO_MUCH, status=413)
    answers = {**before, **answers}
    found = entering.entered([whole], answers)
    if found.is_open or found.is_empty:
        return _start(request, whole, found, answers)
    return _walked(request, found, whole, answers)


def _files(request: HttpRequest) -> tuple[list[str], tuple[str, bytes] | None]:
    """The texts of the files that came, or the first of them that is a capture."""
    texts = []
    for file in request.FILES.getlist("file"):
        data = file.read(LIMITS.paste_bytes + 1)
        if captures.is_capture(data):
            return [], (str(file.name), data + file.read(captures.MOST_BYTES + 1 - len(data)))
        texts.append(runs.text_of(pasted.decoded(data)))
    return texts, None


def _with_capture(request: HttpRequest, name: str, data: bytes) -> HttpResponse:
    """The packets of a capture, to choose from, beside the texts that are there."""
    scenario = runs.scenario_of(request.POST)
    context = page_of(scenario)
    try:
        found = captures.read(data, scenario.host)
        context["pcap"] = {"packets": found.packets, "found": found, "name": name}
    except captures.Unreadable as error:
        return _start(request, "", problem=str(error))
    return render(request, "page/page.html", context)


def _named(request: HttpRequest, prefix: str) -> dict[str, str]:
    """The answers of a form. A button says more than the field beside it."""
    found: dict[str, str] = {}
    for name, values in request.POST.lists():
        said = [runs.text_of(value) for value in values if str(value).strip()]
        if name.startswith(prefix) and said:
            found[name.removeprefix(prefix)] = said[-1].strip("\n")
    return found


def _bench(
    request: HttpRequest,
    given: Scenario,
    paste: str,
    before: Mapping[str, str],
    answers: Mapping[str, str],
) -> HttpResponse:
    """An answer to what a paste asked, or the editors' texts read as pastes."""
    if paste.strip():
        found = entering.answered(given, paste, before, answers)
        return _walked(request, found, paste, {**before, **answers})
    found = Entered(given)
    for name in entering.EDITORS:
        text = getattr(found.scenario, name)
        made = entering.put_into(found.scenario, name)
        if made.is_open:
            return _start(request, text, made, {})
        found = replace(made, receipt=(*found.receipt, *made.receipt))
    return _walked(request, replace(found, scenario=entering.with_proposals(found.scenario)))


def _walked(
    request: HttpRequest, found: Entered, paste: str = "", answers: Mapping[str, str] | None = None
) -> HttpResponse:
    """The workbench with what was read, walked."""
    context = page_of(found.scenario, parent=str(request.POST.get("parent", "")))
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


def texts_frame(found: Entered, given: Scenario, paste: str = "") -> str:
    """A frame that puts other texts into the page's editors, and says why they are others."""
    changed = [
        (name, getattr(found.scenario, name))
        for name in runs.TEXTS
        if getattr(found.scenario, name) != getattr(given, name)
    ]
    context = {**told(found, paste, {}), "why": why(found), "changed": changed}
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
        "answered": [(f"{ANSWERED}{name}", value) for name, value in answers.items()],
        "asked": [(f"{ANSWER}{one.name}", one) for one in found.questions],
    }
