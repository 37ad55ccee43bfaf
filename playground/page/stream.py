"""A run as frames of HTML, batch by batch, for a page that is already there."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html

from playground.page.entrance import texts_frame, to_run
from playground.shown.board import waiting
from playground.shown.diagram import Map
from playground.shown.presenters import ERROR_PLACES, Fold, Folding, drawn, in_pieces
from playground.shown.trace import Trace
from playground.site.ordinals import ordinal
from playground.walks import lately, runs
from sim.base.errors import Refused
from sim.trace.steps import Missed, Step

BATCH_STEPS = 200
BATCH_SECONDS = 0.05
# A run of rules that did not match is held back until it is over, so that it is one fold on the
# page; so often is told how far the walk is meanwhile.
PROGRESS_SECONDS = 1.0


def fragments_of(values: dict[str, Any]) -> Iterator[str]:
    """The HTML of a run, batch by batch; the first step comes alone and at once.

    ``after``: the highest step number the page already has; ``run``: the page's number for
    this run, so that a late batch of an older one is told apart.
    """
    stream = yield from opened(values)
    if stream is not None:
        yield from stream.batches()


def opened(
    values: dict[str, Any], *, is_again: bool = False
) -> Generator[str, None, Stream | None]:
    """What comes before the first step, and the run; ``None``: there is none.

    ``is_again``: the page has been told what became of its texts.
    """
    start = ordinal(values.get("after"))
    given = runs.scenario_of(values)
    prepared: runs.Prepared | None = None
    errors: Refused | None = None
    with runs.reading_in_time():
        found = to_run(values, given)
        scenario = found.scenario
        try:
            prepared = runs.prepare(scenario)
        except Refused as refused:
            errors = refused
    if scenario != given and not is_again:
        yield texts_frame(found, given)
    if prepared is None:
        assert errors is not None
        yield render_to_string(
            "page/_refused.html",
            {
                "errors": drawn(errors, scenario),
                "texts": ERROR_PLACES,
                "entries": waiting(scenario.packets),
            },
        )
        return None
    if runs.is_given_up():  # stopped before it began: the page keeps the trace that it has
        return None
    stream = Stream(prepared, start)
    if start == 0:
        context = {
            "texts": ERROR_PLACES,
            "notes": prepared.compiled.host.notes,
            "entries": stream.trace.entries,
        }
        yield render_to_string("page/_begin.html", context)
    return stream


class Stream:
    """A run on its way to a page: what of its trace has been sent."""

    def __init__(self, prepared: runs.Prepared, start: int) -> None:
        self.trace = Trace(prepared)
        self.start = start

    def batches(self) -> Iterator[str]:
        ready: list[Fold] = []
        folding = Folding()
        sent = told = time.monotonic()
        for step in self._unsent():
            ready += folding.add(step)
            now = time.monotonic()
            if ready and (now - sent > BATCH_SECONDS or self._is_due(ready)):
                yield self._html(ready)
                ready = []
                sent = told = time.monotonic()  # rendering and sending it make no next one late
            elif now - told > PROGRESS_SECONDS:
                yield _status(f"Walking… {step.last_seq} steps so far.")
                told = time.monotonic()
        ready += folding.rest()
        rest = self._html(ready) if ready else ""
        if runs.is_given_up():
            # The page said so itself, but a word about the progress may have come behind that.
            yield rest + _status("Stopped. Run starts it again.")
            return
        if rest:
            yield rest
        yield self._end()

    def _unsent(self) -> Iterator[Step]:
        """The steps that the page does not have; what it has is taken note of."""
        try:
            prepared = self.trace.prepared
            steps = runs.steps(prepared, folded=True)
            for step in lately.kept(prepared.compiled.scenario, steps):
                if step.seq > self.start:
                    yield step
                elif isinstance(step, Missed) and step.last_seq > self.start:
                    self.trace.note(step.cut(step.seq, self.start))
                    yield step.cut(self.start + 1, step.last_seq)
                else:
                    self.trace.note(step)
        except runs.Stopped as reason:
            self.trace.stopped = str(reason)

    def _is_due(self, ready: list[Fold]) -> bool:
        """Whether there is enough for a frame; the first step of all always is."""
        last = ready[-1].last_seq
        return last == 1 or last - self.trace.last >= BATCH_STEPS

    def _end(self) -> str:
        """The last frame of a run that ended by itself or at a limit."""
        context = {"maps": self._finished_map(), **self.trace.ending()}
        return render_to_string("page/_end.html", context)

    def _finished_map(self) -> list[tuple[int, Map]]:
        """The map of the statement that is just over."""
        found = self.trace.map()
        return [(self.trace.line, found)] if found else []

    def _html(self, folds: list[Fold]) -> str:
        """One frame: the folds of the batch by statement, finished maps, and the cursor."""
        groups: list[dict[str, Any]] = []
        maps: list[tuple[int, Map]] = []
        told = len(self.trace.headlines)
        for fold in folds:
            line = fold.first.line
            opens = line != self.trace.line
            if opens:
                finished = self._finished_map()
                if groups and groups[-1]["is_new"]:
                    groups[-1]["map"] = finished[0][1] if finished else None
                else:  # its group went out in an earlier frame
                    maps += finished
            for step in fold.steps:
                self.trace.note(step)
            if opens or not groups:
                groups.append(
                    {
                        "line": line,
                        "statement": self.trace.statement(line),
                        "is_new": opens,
                        "map": self.trace.first_map(fold.first) if opens else None,
                        "folds": [],
                    }
                )
            groups[-1]["folds"].append(fold)
        for group in groups:
            group["pieces"] = tuple(in_pieces(group["folds"]))
        headlines = self.trace.headlines[told:]
        return render_to_string(
            "page/_batch.html",
            {
                "groups": groups,
                "maps": maps,
                "cursor": self.trace.last,
                "headlines": headlines,
                "entries": self.trace.entries_of(dict.fromkeys(one.line for one in headlines)),
                "lazy": True,
                "scripted": True,
            },
        )


def _status(words: str) -> str:
    """A frame that changes nothing but the line of words above the trace."""
    return format_html('<p id="status" hx-swap-oob="innerHTML">{}</p>', words)
