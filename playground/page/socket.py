"""The socket of the playground page: takes texts, walks them, sends each step as it happens.

A run belongs to one socket. Steps never pass through a channel layer, every send is awaited,
and a newer run cancels the older; a run that is stopped still sends what it held back, so
that nothing that was walked is lost. A run is a function of its texts, so a broken
connection resumes by running again and leaving out what the page already has (``after``).
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.template.loader import render_to_string
from django.utils.html import format_html

from playground.shown import ladder
from playground.shown.cut import cut_short
from playground.shown.diagram import Map
from playground.shown.headlines import headline_of, headlines
from playground.shown.presenters import (
    ERROR_PLACES,
    Checked,
    Drawn,
    Fold,
    Folding,
    Hits,
    drawn,
    in_pieces,
    path_of,
    row,
    statement_text,
)
from playground.site.asked import whole
from playground.site.limits import LIMITS
from playground.walks import runs, whynot
from playground.walks.advising import advised
from sim.base.errors import Refused
from sim.read.expect import check
from sim.trace.steps import Arrived, Emitted, Fate, Sent, Step

log = logging.getLogger(__name__)

TRY_AGAIN_LATER = 1013
BATCH_STEPS = 200
BATCH_SECONDS = 0.05
# A run of rules that did not match is held back until it is over, so that it is one fold on the
# page; so often is told how far the walk is meanwhile.
PROGRESS_SECONDS = 1.0

_running = asyncio.Semaphore(LIMITS.runs_at_once)


class RunConsumer(AsyncWebsocketConsumer):
    """One page's socket. Messages are the form's values; ``action``: run, stop, check or whatif."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What runs under a name, one at a time, with what tells its thread to end early: "run",
        # "checking" (the texts, or what the person asked), "advising" (the page asks by itself).
        self.tasks: dict[str, tuple[asyncio.Task[None], threading.Event]] = {}
        self.ran: dict[str, Any] = {}  # the texts whose trace the page shows

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            values = json.loads(text_data or "")
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            await self.close(4400)
            return
        if values.get("action") == "check":
            await self._begin("checking", self._once(checked, values))
            return
        question = QUESTIONS.get(str(values.get("action")))
        if question is opened_fold:  # of what was run, whatever was typed since
            values = {**values, **self.ran, "line": values.get("line")}
        if question is not None:
            name = "advising" if question is advised else "checking"
            await self._begin(name, self._once(question, values))
            return
        for name in ("checking", "advising"):
            await self._end(name)  # a run is what the person waits for now
        if values.get("action") == "stop":
            self._give_up("run")
        else:
            self.ran = values
            await self._begin("run", self._run(values))

    async def disconnect(self, code: int) -> None:
        for name in tuple(self.tasks):
            await self._end(name)

    async def _end(self, name: str) -> None:
        """End what runs under this name, if anything does."""
        if name not in self.tasks:
            return
        running, given_up = self.tasks.pop(name)
        given_up.set()
        if not running.done():
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    def _give_up(self, name: str) -> None:
        """Let what runs under this name end by itself: it still sends what it held back."""
        if name in self.tasks:
            self.tasks[name][1].set()

    async def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Begin work under this name, in place of what runs there."""
        await self._end(name)
        given_up = threading.Event()
        context = contextvars.copy_context()
        context.run(runs.given_up.set, given_up)  # its threads take this context over
        self.tasks[name] = asyncio.create_task(work, context=context), given_up

    async def _once(self, answer: Callable[[dict[str, Any]], str], values: dict[str, Any]) -> None:
        """One frame for one question."""
        try:
            html = await sync_to_async(answer, thread_sensitive=False)(values)
        except Exception:
            log.exception("a question on the socket went unanswered")
            if answer is advised:  # nobody asked, nobody waits
                return
            context = {"line": _line(values) if answer is asked else 0}
            html = render_to_string("page/_unanswered.html", context)
        if html:
            await self._send(html)

    async def _send(self, html: str) -> None:
        try:
            # Not wait_for: on 3.11 it may swallow the cancellation by a newer run.
            async with asyncio.timeout(LIMITS.send_seconds):
                await self.send(text_data=html)
        except TimeoutError:
            await self.close(TRY_AGAIN_LATER)  # the reader does not read

    async def _run(self, values: dict[str, Any]) -> None:
        fragments = fragments_of(values)
        try:
            async with _running:
                if runs.is_given_up():  # stopped while it waited for its turn
                    return
                while html := await sync_to_async(next, thread_sensitive=False)(fragments, None):
                    await self._send(html)
        except Exception:
            # A bug of ours: whoever waits is told, and the log names the place, not the texts.
            log.exception("a run on the socket broke")
            await self._send(render_to_string("page/_broken.html"))


def checked(values: dict[str, Any]) -> str:
    """The errors of the texts as they stand, or their absence; nothing else on the page moves.

    What was compiled is kept, so a run that follows begins at once.
    """
    scenario = runs.scenario_of(values)
    errors: tuple[Drawn, ...] = ()
    notes: tuple[str, ...] = ()
    try:
        notes = runs.prepare(scenario).compiled.host.notes
    except Refused as refused:
        errors = drawn(refused, scenario)
    context = {"errors": errors, "texts": ERROR_PLACES, "notes": notes}
    return render_to_string("page/_checked.html", context)


def asked(values: dict[str, Any]) -> str:
    """What would have let a statement's packet through; nothing when the texts are in error."""
    line = _line(values)
    try:
        prepared = runs.prepare(runs.scenario_of(values))
    except Refused:
        return ""
    found = runs.what_would_pass(prepared, line)
    return render_to_string("page/_whatif_frame.html", {"line": line, "found": found})


def _line(values: dict[str, Any]) -> int:
    """What was asked about; it comes twice when a button of that name was pressed as well."""
    given = values.get("line", "")
    return whole(given[-1] if isinstance(given, list) and given else given)


def opened_fold(values: dict[str, Any]) -> str:
    """The rows of a fold that was sent without them: the run is walked again up to there."""
    span = re.fullmatch(r"(\d{1,9})-(\d{1,9})", str(values.get("line", "")))
    if span is None:
        return ""
    first, last = int(span[1]), int(span[2])
    rows = []
    try:
        for step in runs.steps(runs.prepare(runs.scenario_of(values))):
            if step.seq > last:
                break
            if step.seq >= first:
                rows.append(row(step))
    except (Refused, runs.Stopped):
        return ""
    return render_to_string(
        "page/_rows.html", {"first": first, "pieces": in_pieces(rows), "scripted": True}
    )


def sorted_texts(values: dict[str, Any]) -> str:
    """The rules and host of a mixed paste, for the page's script to put in; else nothing."""
    given = runs.scenario_of(values)
    wanted = runs.sorted_paste(given)
    if wanted == given:
        return ""
    why = "What you pasted is sorted: the rules are here, the rest is the host's."
    return render_to_string("page/_sorted.html", {"scenario": wanted, "why": why})


def why_not(values: dict[str, Any]) -> str:
    """Why the rule on a line of the rules text did or did not match each packet."""
    line = whole(values.get("line", ""))
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


QUESTIONS = {
    "whatif": asked,
    "rows": opened_fold,
    "sort": sorted_texts,
    "advise": advised,
    "why": why_not,
}


def fragments_of(values: dict[str, Any]) -> Iterator[str]:
    """The HTML of a run, batch by batch; the first step comes alone and at once.

    ``after``: the highest step number the page already has; ``run``: the page's number for
    this run, so that a late batch of an older one is told apart.
    """
    start = whole(values.get("after"))
    given = runs.scenario_of(values)
    scenario = runs.with_some_host(given)
    if scenario != given:
        why = "There was no host: the one below is proposed. Put in what yours really has."
        yield render_to_string("page/_sorted.html", {"scenario": scenario, "why": why})
    try:
        prepared = runs.prepare(scenario)
    except Refused as refused:
        yield render_to_string(
            "page/_refused.html",
            {"errors": drawn(refused, scenario), "texts": ERROR_PLACES},
        )
        return
    if runs.is_given_up():  # stopped before it began: the page keeps the trace that it has
        return
    stream = _Stream(prepared, start)
    if start == 0:
        context = {"texts": ERROR_PLACES, "notes": prepared.compiled.host.notes}
        yield render_to_string("page/_begin.html", context)
    yield from stream.batches()


class _Stream:
    """Rendering state of one run: which statement is being walked, what has been sent."""

    def __init__(self, prepared: runs.Prepared, start: int) -> None:
        self.prepared = prepared
        self.start = start
        self.line = 0  # the statement whose group the page has
        self.walked: list[Step] = []  # its steps so far, for its map
        self.fates: list[Fate] = []
        self.ended: set[int] = set()  # the statements with a headline
        self.hits = Hits()
        self.wires: list[Step] = []  # what the ladder is drawn from
        self.last = start  # the highest step that the page has
        self.stopped = ""

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
                yield _status(f"Walking… {step.seq} steps so far.")
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
            for step in runs.steps(self.prepared):
                if step.seq > self.start:
                    yield step
                else:
                    self._remember(step)
        except runs.Stopped as reason:
            self.stopped = str(reason)

    def _is_due(self, ready: list[Fold]) -> bool:
        """Whether there is enough for a frame; the first step of all always is."""
        last = ready[-1].last.seq
        return last == 1 or last - self.last >= BATCH_STEPS

    def _end(self) -> str:
        """The last frame of a run that ended by itself or at a limit."""
        outcomes = () if self.stopped else tuple(check(self.prepared.expectations, self.fates))
        return render_to_string(
            "page/_end.html",
            {
                "maps": self._finished_map(),
                "stopped": self.stopped
                and cut_short(self.stopped, self.prepared.compiled, self.line, self.ended),
                "outcomes": Checked(outcomes),
                "steps": self.last,
                "is_walked": True,
                "hits": self.hits,
                "ladders": ladder.draw(self.wires),
            },
        )

    def _remember(self, step: Step) -> None:
        """Take note of a step that the page has, or is about to have."""
        if isinstance(step, Fate):
            self.fates.append(step)
        if headline_of(step):
            self.ended.add(step.line)
        self.hits.note(step)
        if isinstance(step, (Arrived, Emitted, Sent, Fate)):
            self.wires.append(step)
        if step.line != self.line:
            self.line, self.walked = step.line, []
        self.walked.append(step)
        self.last = step.seq

    def _finished_map(self) -> list[tuple[int, Map]]:
        """The map of the statement that is just over."""
        found = path_of(self.walked, self.prepared.compiled) if self.walked else None
        return [(self.line, found)] if found else []

    def _html(self, folds: list[Fold]) -> str:
        """One frame: the folds of the batch by statement, finished maps, and the cursor."""
        groups: list[dict[str, Any]] = []
        maps: list[tuple[int, Map]] = []
        compiled = self.prepared.compiled
        for fold in folds:
            line = fold.first.line
            opens = line != self.line
            if opens:
                finished = self._finished_map()
                if groups and groups[-1]["is_new"]:
                    groups[-1]["map"] = finished[0][1] if finished else None
                else:  # its group went out in an earlier frame
                    maps += finished
            for step in fold.steps:
                self._remember(step)
            if opens or not groups:
                groups.append(
                    {
                        "line": line,
                        "statement": statement_text(compiled, line),
                        "is_new": opens,
                        "map": path_of([fold.first], compiled) if opens else None,
                        "folds": [],
                    }
                )
            groups[-1]["folds"].append(fold)
        for group in groups:
            group["pieces"] = tuple(in_pieces(group["folds"]))
        return render_to_string(
            "page/_batch.html",
            {
                "groups": groups,
                "maps": maps,
                "cursor": self.last,
                "headlines": headlines(fold.first for fold in folds),
                "lazy": True,
                "scripted": True,
            },
        )


def _status(words: str) -> str:
    """A frame that changes nothing but the line of words above the trace."""
    return format_html('<p id="status" hx-swap-oob="innerHTML">{}</p>', words)
