"""The socket of the playground page: takes texts, walks them, sends each step as it happens.

A run belongs to one socket. Steps never pass through a channel layer, every send is awaited,
and a newer message cancels the older run. A run is a function of its texts, so a broken
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

from playground import ladder, runs, whynot
from playground.advising import advised
from playground.asked import whole
from playground.diagram import Map, draw
from playground.limits import LIMITS
from playground.presenters import (
    ERROR_PLACES,
    Checked,
    Drawn,
    Hits,
    drawn,
    folded,
    in_pieces,
    path_of,
    row,
    statement_text,
)
from sim.errors import Refused
from sim.parser.expect import check
from sim.trace import Arrived, Emitted, Fate, Sent, Step

log = logging.getLogger(__name__)

TRY_AGAIN_LATER = 1013
BATCH_STEPS = 200
BATCH_SECONDS = 0.05

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
            await self._end("run")
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
            html = render_to_string("playground/_unanswered.html", context)
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
                while html := await sync_to_async(next, thread_sensitive=False)(fragments, None):
                    await self._send(html)
        except Exception:
            # A bug of ours: whoever waits is told, and the log names the place, not the texts.
            log.exception("a run on the socket broke")
            await self._send(render_to_string("playground/_broken.html"))


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
    return render_to_string("playground/_checked.html", context)


def asked(values: dict[str, Any]) -> str:
    """What would have let a statement's packet through; nothing when the texts are in error."""
    line = _line(values)
    try:
        prepared = runs.prepare(runs.scenario_of(values))
    except Refused:
        return ""
    found = runs.what_would_pass(prepared, line)
    return render_to_string("playground/_whatif_frame.html", {"line": line, "found": found})


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
        "playground/_rows.html", {"first": first, "pieces": in_pieces(rows), "scripted": True}
    )


def sorted_texts(values: dict[str, Any]) -> str:
    """The rules and host of a mixed paste, for the page's script to put in; else nothing."""
    given = runs.scenario_of(values)
    wanted = runs.sorted_paste(given)
    if wanted == given:
        return ""
    why = "What you pasted is sorted: the rules are here, the rest is the host's."
    return render_to_string("playground/_sorted.html", {"scenario": wanted, "why": why})


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
    return render_to_string("playground/_whynot.html", context)


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
        yield render_to_string("playground/_sorted.html", {"scenario": scenario, "why": why})
    try:
        prepared = runs.prepare(scenario)
    except Refused as refused:
        yield render_to_string(
            "playground/_refused.html",
            {"errors": drawn(refused, scenario), "texts": ERROR_PLACES},
        )
        return
    stream = _Stream(prepared, start)
    if start == 0:
        context = {"texts": ERROR_PLACES, "notes": prepared.compiled.host.notes}
        yield render_to_string("playground/_begin.html", context)
    yield from stream.batches()


class _Stream:
    """Rendering state of one run: which statement is being walked, what has been sent."""

    def __init__(self, prepared: runs.Prepared, start: int) -> None:
        self.prepared = prepared
        self.start = start
        self.line = 0  # the statement whose group the page has
        self.walked: list[Step] = []  # its steps so far, for its map
        self.fates: list[Fate] = []
        self.hits = Hits()
        self.wires: list[Step] = []  # what the ladder is drawn from
        self.last = start

    def batches(self) -> Iterator[str]:
        pending: list[Step] = []
        began, stopped = time.monotonic(), ""
        try:
            for step in runs.steps(self.prepared):
                if step.seq <= self.start:
                    self._remember(step)
                    continue
                pending.append(step)
                late = time.monotonic() - began > BATCH_SECONDS
                if step.seq == 1 or len(pending) >= BATCH_STEPS or late:
                    yield self._html(pending)
                    pending, began = [], time.monotonic()
        except runs.Stopped as reason:
            stopped = str(reason)
        if pending:
            yield self._html(pending)
        outcomes = () if stopped else tuple(check(self.prepared.expectations, self.fates))
        yield render_to_string(
            "playground/_end.html",
            {
                "maps": self._finished_map(),
                "stopped": stopped,
                "outcomes": Checked(outcomes),
                "steps": self.last,
                "is_walked": True,
                "hits": self.hits,
                "ladders": ladder.draw(self.wires),
            },
        )

    def _remember(self, step: Step) -> bool:
        """Take note of a step; true when it opens a new group."""
        if isinstance(step, Fate):
            self.fates.append(step)
        self.hits.note(step)
        if isinstance(step, (Arrived, Emitted, Sent, Fate)):
            self.wires.append(step)
        opens = step.line != self.line
        if opens:
            self.line, self.walked = step.line, []
        self.walked.append(step)
        self.last = step.seq
        return opens

    def _finished_map(self) -> list[tuple[int, Map]]:
        """The map of the statement that is just over."""
        found = path_of(self.walked, self.prepared.compiled) if self.walked else None
        return [(self.line, found)] if found else []

    def _html(self, steps: list[Step]) -> str:
        """One frame: the steps of the batch by statement, finished maps, and the cursor."""
        groups: list[dict[str, Any]] = []
        maps: list[tuple[int, Map]] = []
        compiled = self.prepared.compiled
        for step in steps:
            if step.line != self.line:
                finished = self._finished_map()
                if groups and groups[-1]["is_new"]:
                    groups[-1]["map"] = finished[0][1] if finished else None
                else:  # its group went out in an earlier frame
                    maps += finished
            opens = self._remember(step)
            if opens or not groups:
                groups.append(
                    {
                        "line": step.line,
                        "statement": statement_text(compiled, step.line),
                        "is_new": opens,
                        "map": draw([step], compiled) if opens else None,
                        "steps": [],
                    }
                )
            groups[-1]["steps"].append(step)
        for group in groups:
            group["pieces"] = tuple(in_pieces(folded(group["steps"])))
        fates = [step for step in steps if isinstance(step, Fate)]
        return render_to_string(
            "playground/_batch.html",
            {
                "groups": groups,
                "maps": maps,
                "cursor": self.last,
                "fates": fates,
                "lazy": True,
                "scripted": True,
            },
        )
