"""What takes time is worked out in processes beside the one that serves.

A bounded number of them, each with bounded memory; one that dies, outstays its time or keeps on
when nobody waits is replaced. Clients are served in turn (``turns``). A job that has said its
first pieces and goes on for long is a tail: it runs at a lower priority, and its place is given
to a fresh process, so that what begins never waits for what goes on.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncGenerator, Callable
from typing import Any

from playground.site import rates, request_ids
from playground.site.limits import LIMITS
from playground.walks.process import Process, prepare
from playground.walks.turns import Turns

log = logging.getLogger(__name__)

_ASK_SECONDS = 0.05  # how often whether the job is given up
_LINGER_SECONDS = 0.1  # for a job to end when nobody waits for it
_AGAIN_SECONDS = 1.0  # after which a process that could not be started is tried again


class Lost(Exception):
    """There is no answer. ``reason``: "time" or "memory" was too much for one job, "busy": no
    process came free in time, "gone": it died, "broken": a bug of ours, which is logged."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Turn:
    """Somebody waits for a process; ``near`` as in ``Pool.pieces``."""

    def __init__(self, near: object) -> None:
        self.near = near
        self.process: asyncio.Future[Process] = asyncio.get_running_loop().create_future()


class Pool:
    """``size`` processes for what begins, and as many again for tails.

    ``silence``: seconds without a word after which a process is ended; ``patience``: seconds
    that a job waits for its turn; ``line``: how many jobs of one client may wait.
    """

    def __init__(
        self, size: int, megabytes: int, silence: float, *, patience: float = 60, line: int = 200
    ) -> None:
        self.size = size
        self.megabytes = megabytes
        self.silence = silence
        self.patience = patience
        self.idle: list[Process] = []
        self.busy: dict[Process, object] = {}  # and for whom
        self.tails: dict[Process, object] = {}
        self.starting = 0
        self.line = line
        self.turns: Turns[_Turn] = Turns()
        self.numbers = itertools.count(1)
        self.tasks: set[asyncio.Task[None]] = set()
        self.is_ready = False  # not before the first process is
        self.is_closed = False

    def begin(self) -> None:
        """Start all processes, beside what else goes on."""
        while self.starting + len(self.idle) + len(self.busy) < self.size and not self.is_closed:
            self.starting += 1
            self._beside(self._start())

    async def pieces(
        self,
        call: Callable[..., Any],
        *args: Any,
        client: object,
        seconds: float,
        near: object = None,
        is_given_up: Callable[[], bool] = lambda: False,
    ) -> AsyncGenerator[Any, None]:
        """What ``call(*args)`` says, piece by piece; the next is made while this one is read.

        ``seconds`` of CPU; ``near``: whoever asks with the same gets the same process, if it is
        free. Raises ``Lost``. Closed early, or cancelled, the job ends within 100 ms.
        """
        process = await self._taken(client, near)
        number = next(self.numbers)
        is_over = is_last = False
        try:
            process.tell("job", number, call, args, seconds, request_ids.current())
            del args  # texts of megabytes, which its process has now
            while True:
                word, *more = await self._next(process, number, is_given_up)
                if word == "piece":
                    yield more[1]
                    process.tell("more", number)
                elif word == "done":
                    is_over, is_last = True, bool(more[2])
                    if more[1]:
                        raise Lost(more[1])
                    return
        except Lost:
            is_last = is_last or not is_over
            is_over = True
            raise
        finally:
            if is_over:
                self._free(process, is_last=is_last)
            else:
                process.tell("drop", number)
                self._beside(self._left(process, number))

    async def _next(
        self, process: Process, number: int, is_given_up: Callable[[], bool]
    ) -> tuple[Any, ...]:
        """The next word for whoever waits. Raises ``Lost``."""
        silent = 0.0
        is_told = False
        while True:
            try:
                async with asyncio.timeout(_ASK_SECONDS):
                    said = await process.said.get()
            except TimeoutError:
                silent += _ASK_SECONDS
                if silent > self.silence:
                    raise Lost("time") from None
                if not is_told and is_given_up():
                    process.tell("stop", number)
                    is_told = True
                continue
            if said[0] == "gone":
                raise Lost(await asyncio.to_thread(process.why_gone))
            if said[1] != number:
                continue
            if said[0] == "count":
                process.tell("counted", number, rates.within(*said[2:]))
            elif said[0] == "tail":
                self._to_tails(process)
            else:
                return said

    async def _left(self, process: Process, number: int) -> None:
        """A job that nobody waits for: it ends at once, or its process does."""
        try:
            async with asyncio.timeout(_LINGER_SECONDS):
                while True:
                    said = await process.said.get()
                    if said[0] == "gone":
                        break
                    if said[0] == "done" and said[1] == number:
                        self._free(process, is_last=bool(said[3]))
                        return
        except TimeoutError:
            pass
        self._free(process, is_last=True)

    # ---- places

    async def _taken(self, client: object, near: object) -> Process:
        """A process for this client, in turn. Raises ``Lost``."""
        if self.turns.waiting(client) >= self.line:
            raise Lost("busy")
        turn = _Turn(near)
        self.turns.add(client, turn)
        self._give()
        try:
            async with asyncio.timeout(self.patience):
                return await turn.process
        except (asyncio.CancelledError, TimeoutError) as error:
            self.turns.discard(client, turn)
            if turn.process.done() and not turn.process.cancelled():
                self._free(turn.process.result(), is_last=False)  # it came at the same moment
            if isinstance(error, TimeoutError):
                raise Lost("busy") from None
            raise

    def _give(self) -> None:
        """Processes that are idle to those whose turn it is."""
        while self.idle:
            found = self.turns.next(self._may_begin)
            if found is None:
                return
            client, turn = found
            if turn.process.done():  # given up, which its own task has not come to yet
                continue
            known = (each for each in self.idle if turn.near is not None and each.near == turn.near)
            process = next(known, self.idle[0])
            self.idle.remove(process)
            process.near = turn.near
            self.busy[process] = client
            turn.process.set_result(process)

    def _may_begin(self, client: object) -> bool:
        """One client never has all of them: somebody else can always begin."""
        return _of(client, self.busy) < max(1, self.size - 1)

    def _to_tails(self, process: Process) -> None:
        """Its place is free for what begins, if there are not too many tails already."""
        client = self.busy.get(process)
        if len(self.tails) < self.size and _of(client, self.tails) < max(1, self.size - 1):
            self.tails[process] = self.busy.pop(process)
            self.begin()
            self._give()

    def _free(self, process: Process, *, is_last: bool) -> None:
        self.busy.pop(process, None)
        self.tails.pop(process, None)
        if is_last or self.is_closed:
            process.end()
            self.begin()
        else:
            self.idle.append(process)
        self._give()

    async def _start(self) -> None:
        try:
            process = await asyncio.to_thread(Process, self.megabytes)
        except (OSError, EOFError):
            log.exception("a process of the pool could not be started")
            await asyncio.sleep(_AGAIN_SECONDS)
            self.starting -= 1
            self.begin()
            return
        self.starting -= 1
        if self.is_closed:
            process.end()
            return
        process.begin()
        self.is_ready = True
        self.idle.append(process)
        self._give()

    def _beside(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def close(self) -> None:
        """End all processes, whatever they do."""
        self.is_closed = True
        for process in (*self.idle, *self.busy, *self.tails):
            process.end()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def _of(client: object, processes: dict[Process, object]) -> int:
    """How many of the processes work for this client."""
    return sum(other == client for other in processes.values())


_here: dict[asyncio.AbstractEventLoop, Pool] = {}


def open_here() -> None:
    """Make the pool of the event loop that runs, if the settings want one."""
    if not LIMITS.workers:
        return
    prepare()
    silence = LIMITS.run_seconds + LIMITS.read_seconds + 5
    pool = Pool(LIMITS.workers, LIMITS.worker_megabytes, silence,
                patience=LIMITS.patience_seconds, line=LIMITS.waiting_a_client)  # fmt: skip
    _here[asyncio.get_running_loop()] = pool
    pool.begin()


async def close_here() -> None:
    pool = _here.pop(asyncio.get_running_loop(), None)
    if pool is not None:
        await pool.close()


def pool_here() -> Pool | None:
    """``None``: there is none (yet), and work is done in threads of this process."""
    pool = _here.get(asyncio.get_running_loop())
    return pool if pool is not None and pool.is_ready else None
