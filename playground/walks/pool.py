"""What takes time is worked out in processes beside the one that serves.

A bounded number of them, each with bounded memory; one that dies, outstays its time or keeps on
when nobody waits is replaced. Clients are served in turn (``turns``). A job that has said its
first pieces and goes on for long is a tail: it runs at a lower priority, and its place is given
to a fresh process, so that what begins never waits for what goes on. A job that asks for its rest
by itself (``home``) waits behind all that begin.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any

from playground.site import rates, request_ids
from playground.site.limits import LIMITS
from playground.walks.process import Process, prepare
from playground.walks.turns import Turns

log = logging.getLogger(__name__)

_ASK_SECONDS = 0.05  # how often whether the job is given up
_LINGER_SECONDS = 0.1  # for a job to end when nobody waits for it
_HOME_SECONDS = 0.1  # after which what has begun goes on in any process
_REST_SECONDS = 3.0  # after which it no longer waits for all that begins
_AGAIN_SECONDS = 1.0  # after which a process that could not be started is tried again


class Lost(Exception):
    """There is no answer. ``reason``: "time" or "memory" was too much for one job, "busy": no
    process came free in time, "gone": it died, "broken": a bug of ours, which is logged."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Turn:
    """Somebody waits for a process; ``near``, ``home`` as in ``Pool.pieces``."""

    def __init__(self, near: object, home: int) -> None:
        self.near = near
        self.home = home
        self.loop = asyncio.get_running_loop()
        self.since = self.loop.time()
        self.process: asyncio.Future[Process] = self.loop.create_future()

    def has_waited(self, seconds: float) -> bool:
        return self.loop.time() - self.since >= seconds


class _Job:
    """What a process says of one job. It is free for the next as soon as it is done with this
    one, however slowly that is read."""

    def __init__(self, pool: Pool, process: Process, number: int) -> None:
        self.pool, self.process, self.number = pool, process, number
        self.said: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        self.is_over = asyncio.Event()
        process.hear = self.hear
        if process.is_gone:
            self.hear(("gone",))

    def hear(self, said: tuple[Any, ...]) -> None:
        word, *more = said
        if word == "gone":
            self.end(is_last=True)
        elif more[0] != self.number:
            return
        elif word == "count":
            self.process.tell("counted", self.number, rates.within(*more[1:]))
            return
        elif word == "tail":
            self.pool.to_tails(self.process)
            return
        elif word == "done":
            self.end(is_last=bool(more[2]))
        self.said.put_nowait(said)

    def end(self, *, is_last: bool) -> None:
        """It has nothing more to say, or nobody waits for it."""
        if not self.is_over.is_set():
            self.is_over.set()
            self.pool.free(self.process, is_last=is_last)

    def tell(self, word: str) -> None:
        self.process.tell(word, self.number)


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
        self.rests: Turns[_Turn] = Turns()  # of what has begun already
        self.is_rest_due = False
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
        home: int = 0,
        is_given_up: Callable[[], bool] = lambda: False,
    ) -> AsyncGenerator[Any, None]:
        """What ``call(*args)`` says, piece by piece; the next is made while this one is read.

        ``seconds`` of CPU; ``near``: whoever asks with the same gets the same process, if it is
        free; ``home``: the id of one that has begun this, where it goes on when nothing else
        begins. Raises ``Lost``. Closed early, or cancelled, the job ends within 100 ms.
        """
        process = await self._taken(client, near, home)
        job = _Job(self, process, next(self.numbers))
        try:
            process.tell("job", job.number, call, args, seconds, request_ids.current())
            del args  # texts of megabytes, which its process has now
            while True:
                word, *more = await self._next(job, is_given_up)
                if word == "piece":
                    yield more[1]
                    job.tell("more")
                elif word == "gone":
                    raise Lost(await asyncio.to_thread(process.why_gone))
                else:
                    if more[1]:
                        raise Lost(more[1])
                    return
        except Lost:
            job.end(is_last=True)
            raise
        finally:
            if not job.is_over.is_set():
                job.tell("drop")
                self._beside(self._left(job))

    async def _next(self, job: _Job, is_given_up: Callable[[], bool]) -> tuple[Any, ...]:
        """The next word for whoever waits. Raises ``Lost``."""
        silent = 0.0
        is_told = False
        while True:
            try:
                async with asyncio.timeout(_ASK_SECONDS):
                    return await job.said.get()
            except TimeoutError:
                silent += _ASK_SECONDS
                if silent > self.silence:
                    raise Lost("time") from None
                if not is_told and is_given_up():
                    job.tell("stop")
                    is_told = True

    async def _left(self, job: _Job) -> None:
        """A job that nobody waits for: it ends at once, or its process does."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                await job.is_over.wait()
        job.end(is_last=True)

    # ---- places

    async def _taken(self, client: object, near: object, home: int) -> Process:
        """A process for this client, in turn. Raises ``Lost``."""
        turns = self.rests if home else self.turns
        if turns.waiting(client) >= self.line:
            raise Lost("busy")
        turn = _Turn(near, home)
        turns.add(client, turn)
        self._give()
        if home and not turn.process.done():  # it may be a place that is free becomes one for it
            for seconds in (_HOME_SECONDS, _REST_SECONDS):
                turn.loop.call_later(seconds, self._give)
        try:
            async with asyncio.timeout(self.patience):
                return await turn.process
        except (asyncio.CancelledError, TimeoutError) as error:
            turns.discard(client, turn)
            if turn.process.done() and not turn.process.cancelled():
                self.free(turn.process.result(), is_last=False)  # it came at the same moment
            if isinstance(error, TimeoutError):
                raise Lost("busy") from None
            raise

    def _give(self) -> None:
        """Processes that are idle to those whose turn it is."""
        while self.idle:
            found = self._first_of_all()
            if found is None:
                return
            client, turn = found
            if turn.process.done():  # given up, which its own task has not come to yet
                continue
            process = next(filter(partial(_is_for, turn), self.idle), self.idle[0])
            self.idle.remove(process)
            process.near = turn.near
            self.busy[process] = client
            turn.process.set_result(process)

    def _first_of_all(self) -> tuple[object, _Turn] | None:
        """What begins comes before what goes on, but for every other that has waited long."""
        self.is_rest_due = not self.is_rest_due
        late = self.is_rest_due and self.rests.next(
            self._may_begin, lambda turn: turn.has_waited(_REST_SECONDS) and self._fits(turn)
        )
        return (
            late or self.turns.next(self._may_begin) or self.rests.next(self._may_begin, self._fits)
        )

    def _fits(self, turn: _Turn) -> bool:
        """Whether what goes on does so now: at its home, or, that being taken, somewhere else."""
        if any(_is_for(turn, process) for process in self.idle):
            return True
        return turn.has_waited(_HOME_SECONDS) or not any(
            _is_for(turn, process) for process in self.busy
        )

    def _may_begin(self, client: object) -> bool:
        """One client never has all of them: somebody else can always begin."""
        return _of(client, self.busy) < max(1, self.size - 1)

    def to_tails(self, process: Process) -> None:
        """Its place is free for what begins, if there are not too many tails already."""
        client = self.busy.get(process)
        if len(self.tails) < self.size and _of(client, self.tails) < max(1, self.size - 1):
            self.tails[process] = self.busy.pop(process)
            self.begin()
            self._give()

    def free(self, process: Process, *, is_last: bool) -> None:
        """It has nothing to do any more; ``is_last``: it is to end."""
        self.busy.pop(process, None)
        self.tails.pop(process, None)
        if is_last or self.is_closed:
            process.end()
            self.begin()
        else:
            self._to_idle(process)
        self._give()

    def _to_idle(self, process: Process) -> None:
        process.hear = lambda said: self._died(process)
        self.idle.append(process)

    def _died(self, process: Process) -> None:
        """One that had nothing to do."""
        if process in self.idle:
            self.idle.remove(process)
            process.end()
            self.begin()

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
        self._to_idle(process)
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


def _is_for(turn: _Turn, process: Process) -> bool:
    """Whether a process knows what is asked of it."""
    if turn.home:
        return process.pid == turn.home
    return turn.near is not None and process.near == turn.near


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
