"""What the page asks beside a run: one question with the form's values, one frame of HTML."""

from __future__ import annotations

import contextlib
import re
from typing import Any

from django.template.loader import render_to_string

from playground.page.advice import advice_of
from playground.page.entrance import own_of, texts_frame, to_run
from playground.shown.presenters import ERROR_PLACES, Drawn, drawn, in_pieces, row
from playground.site.ordinals import ordinal
from playground.walks import causes, entering, lately, runs, whynot
from sim.base.errors import Refused
from sim.trace.steps import Step, between


def checked(values: dict[str, Any]) -> str:
    """The errors of the texts as they stand, or their absence; nothing else on the page moves.

    What was compiled is kept, so a run that follows begins at once.
    """
    scenario = runs.scenario_of(values)
    errors: tuple[Drawn, ...] = ()
    notes: tuple[str, ...] = ()
    try:
        with runs.reading_in_time():
            notes = runs.prepare(scenario).compiled.host.notes
    except Refused as refused:
        errors = drawn(refused, scenario)
    context = {"errors": errors, "texts": ERROR_PLACES, "notes": notes}
    return render_to_string("page/_checked.html", context)


def otherwise(prepared: runs.Prepared, line: int) -> dict[str, Any]:
    """What ``page/_whatif.html`` shows of the changes that turn a packet's fate round."""
    stopping = causes.stopping(prepared.compiled, line)
    found = runs.what_would_pass(prepared, line) if stopping is None else None
    return {"line": line, "found": found, "stopping": stopping}


def opened_fold(values: dict[str, Any]) -> str:
    """The rows of a fold that was sent without them. Where the run is not here any more it is
    walked again up to there, but rules that cannot match are asked only where rows are shown."""
    span = re.fullmatch(r"(\d{1,9})-(\d{1,9})", str(values.get("line", "")))
    if span is None:
        return ""
    first, last = int(span[1]), int(span[2])
    rows = []
    try:
        scenario = to_run(values).scenario
        steps = lately.steps_of(scenario, last)
        for step in steps or runs.steps(runs.prepare(scenario), folded=True):
            if step.seq > last:
                break
            rows += [row(shown) for shown in between(step, first, last)]
    except (Refused, runs.Stopped):
        return ""
    return render_to_string(
        "page/_rows.html", {"first": first, "pieces": in_pieces(rows), "scripted": True}
    )


def put_in(values: dict[str, Any]) -> str:
    """What was pasted into an editor, read, for the page's script to put in."""
    given = runs.scenario_of(values)
    name = str(values.get("line", ""))
    if name not in entering.EDITORS:
        return ""
    found = entering.put_into(given, name, own_of(values))
    return texts_frame(found, given, getattr(given, name))


def why_not(values: dict[str, Any]) -> str:
    """Why the rule on a line of the rules text did or did not match each packet."""
    line = ordinal(values.get("line", ""))
    context: dict[str, Any] = {"line": line}
    found: list[Step] = []
    try:
        prepared = runs.prepare(runs.scenario_of(values))
        place = whynot.place_at(prepared.compiled.rules, line)
        context["place"] = place
        if place is not None:
            with contextlib.suppress(runs.Stopped):
                found.extend(runs.steps(prepared))
            context["answers"] = list(whynot.answers(place, found))
    except Refused:
        return ""
    return render_to_string("page/_whynot.html", context)


def advised(values: dict[str, Any]) -> str:
    """The panel for a page with script: the texts are walked and read; errors give nothing."""
    scenario = runs.scenario_of(values)
    walk = runs.walk_of(scenario)
    context = advice_of(walk.prepared, walk.steps) if walk.prepared else None
    return render_to_string("page/advice/_frame.html", context and {**context})


QUESTIONS = {
    "rows": opened_fold,
    "paste": put_in,
    "advise": advised,
    "why": why_not,
}
