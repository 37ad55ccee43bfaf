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
import itertools
import json
import logging
import threading
import zlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.template.loader import render_to_string

from playground.page.halves import Rest, first_half, second_half
from playground.page.questions import (
    QUESTIONS,
    advised,
    checked,
    opened_fold,
    put_in,
)
from playground.page.stream import fragments_of
from playground.site.failures import BROKEN, LOST
from playground.site.limits import LIMITS
from playground.site.rates import network_of
from playground.walks import runs
from playground.walks.pool import Lost, pool_here

log = logging.getLogger(__name__)

TRY_AGAIN_LATER = 1013
# What of its own the page asks, or waits for longer, is not ended by the next check.
_NAMES = {advised: "advising", put_in: "reading"}
_numbers = itertools.count(1)  # of runs
_running = asyncio.Semaphore(LIMITS.runs_at_once)


class RunConsumer(AsyncWebsocketConsumer):
    """One page's socket. Messages are the form's values; ``action``: run, stop, check, why…"""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What runs under a name, one at a time, with what tells its thread to end early: "run",
        # "checking" (the texts, or what the person asked), "advising" (the page asks by itself).
        self.tasks: dict[str, tuple[asyncio.Task[None], threading.Event]] = {}
        # The message with the texts whose trace the page shows, packed: hundreds may be open.
        self.ran = zlib.compress(b"{}")
        self.is_packed = asyncio.Event()

    async def websocket_receive(self, message: Any) -> None:
        """Channels holds the last message while it waits for the next one: not its text."""
        await self.receive(message.pop("text", None), message.pop("bytes", None))

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
            ran = json.loads(zlib.decompress(self.ran))
            values = {**values, **ran, "line": values.get("line")}
        if question is not None:
            name = _NAMES.get(question, "checking")
            await self._begin(name, self._once(question, values))
            return
        for name in ("checking", "advising"):
            await self._end(name)  # a run is what the person waits for now
        if values.get("action") == "stop":
            self._give_up("run")
        else:
            self.is_packed.clear()
            await self._begin("run", self._run(values))
            self.ran = await asyncio.to_thread(zlib.compress, (text_data or "").encode(), 1)
            self.is_packed.set()

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
        """One frame for one question. Reading has its own end; nothing comes behind it here."""
        seconds = 2 * LIMITS.read_seconds if answer is checked else LIMITS.answer_seconds
        try:
            async with aclosing(self._pieces(answer, values, seconds=seconds)) as pieces:
                html = "".join([piece async for piece in pieces])
        except Exception as error:
            _log_bug("a question on the socket went unanswered", error)
            if answer is advised:  # nobody asked, nobody waits
                return
            html = render_to_string("page/_unanswered.html", _lost(error))
        if html:
            await self._send(html)

    async def _send(self, html: str) -> None:
        try:
            # Not wait_for: on 3.11 it may swallow the cancellation by a newer run.
            async with asyncio.timeout(LIMITS.send_seconds):
                await self.send(text_data=html)
        except TimeoutError:
            with contextlib.suppress(OSError):  # it went away in the meantime
                await self.close(TRY_AGAIN_LATER)  # the reader does not read
        except OSError:
            pass  # the page is gone: whoever says so ends what is sent

    async def _run(self, values: dict[str, Any]) -> None:
        halves = self._halves(values)
        del values  # texts of megabytes, for a reader who may be slow
        try:
            async with aclosing(halves) as pieces:
                async for html in pieces:
                    await self._send(html)
        except Exception as error:
            # A bug of ours, or too much: whoever waits is told.
            _log_bug("a run on the socket broke", error)
            await self._send(render_to_string("page/_broken.html", _lost(error)))

    async def _halves(self, values: dict[str, Any]) -> AsyncGenerator[str, None]:
        """A run, whose second job waits until nobody waits for a first one."""
        seconds = LIMITS.read_seconds + LIMITS.run_seconds
        number = next(_numbers)
        rest: Rest | None = None
        first: AsyncGenerator[str | Rest, None]
        if pool_here() is None:
            first = _in_threads(fragments_of, values)
        else:
            first = self._pieces(first_half, values, number, seconds=seconds)
        del values
        async with aclosing(first) as pieces:
            async for piece in pieces:
                if isinstance(piece, Rest):
                    rest = piece
                else:
                    yield piece
        if rest is None:
            return
        await self.is_packed.wait()
        second = self._pieces(second_half, self.ran, rest, seconds=seconds, home=rest.pid)
        async with aclosing(second) as pieces:
            async for piece in pieces:
                yield piece

    def _pieces(
        self, call: Callable[..., Any], *args: Any, seconds: float, home: int = 0
    ) -> AsyncGenerator[Any, None]:
        """What the call says, worked out by a process of the pool, or in a thread of this one."""
        pool = pool_here()
        if pool is None:
            return _in_threads(call, *args)
        client = network_of(str((self.scope.get("client") or ("",))[0]))
        return pool.pieces(
            call, *args, client=client, seconds=seconds, near=id(self), home=home,
            is_given_up=runs.is_given_up,
        )  # fmt: skip


async def _in_threads(
    call: Callable[..., Any], values: dict[str, Any]
) -> AsyncGenerator[str, None]:
    if call is not fragments_of:
        yield await sync_to_async(call, thread_sensitive=False)(values)
        return
    async with _running:
        if runs.is_given_up():  # stopped while it waited for its turn
            return
        fragments = call(values)
        following = sync_to_async(lambda: next(fragments, ""), thread_sensitive=False)
        while html := await following():
            yield html


def _lost(error: Exception) -> dict[str, object]:
    """Why there is no answer, for a template."""
    return {"failure": LOST.get(error.reason, BROKEN) if isinstance(error, Lost) else BROKEN}


def _log_bug(what: str, error: Exception) -> None:
    """The log names the place, not the texts; what was too much is no bug."""
    if not isinstance(error, Lost) or error.reason not in LOST:
        log.error(what, exc_info=error)
