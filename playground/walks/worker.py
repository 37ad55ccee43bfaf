"""A process that works for the one that serves, one job at a time: see ``pool``.

Started by a fork server that has loaded everything, so that it is ready within milliseconds.
Every job has so much of a core and so much memory; what wants more is ended.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import queue
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from types import GeneratorType
from typing import Any

import django
from django.apps import apps
from django.conf import settings

if not apps.ready:  # in the fork server, which nothing else has set up
    django.setup()

from playground.site import rates, request_ids
from playground.site.limits import LIMITS
from playground.walks import runs

log = logging.getLogger(__name__)

AHEAD = 4  # pieces that may lie between here and a reader who is slow
TAIL_SECONDS = 0.25  # of CPU: a job of so long goes on behind those that begin
SLOW_SECONDS = 1.0  # or whose reader takes so long for a piece
# Of the job's seconds: walks end at the first, so that what they have is rendered by the whole.
# A core that others use as well counts more seconds for the same work: who is late ends at the
# second.
SOFT, HARD = 0.6, 1.3
_LOOK_SECONDS = 0.05  # of CPU
_MEMORY_SHARE = 0.85  # of the memory that a job may have: at a look, it has too much
_HARD_SECONDS = 2  # behind the end that Python sees, the kernel's (whole seconds, RLIMIT_CPU)


class Overrun(BaseException):
    """The job's "time" or "memory" is over. Nothing on the way may take it for an error of its."""


@dataclass
class Job:
    """``call(*args)`` gives one piece, or many; ``seconds`` of CPU at most."""

    number: int
    call: Callable[..., Any]
    args: tuple[Any, ...]
    seconds: float
    request: str  # the id of what asked, for the log
    given_up: threading.Event = field(default_factory=threading.Event)  # ends it early
    is_dropped: bool = False  # nobody reads what it still says
    room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AHEAD))

    def pieces(self) -> Iterator[Any]:
        made = self.call(*self.args)
        if isinstance(made, GeneratorType):
            yield from made
        else:
            yield made


def serve(link: Connection, megabytes: int) -> None:
    """Do jobs, one at a time, until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _Worker(link, megabytes).run()


def _bound_memory(megabytes: int) -> None:
    """Above what a job may have, for one that takes more in one go: a ``MemoryError``, or its end.

    CPython may end while it handles one ("Cannot recover"); ``Process.why_gone`` tells that.
    """
    most = _pages(0) * resource.getpagesize() + megabytes * 1024 * 1024 * 3 // 2
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _pages(column: int) -> int:
    """Of this process: 0, all that it may touch; 1, what lies in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[column])


class _Worker:
    def __init__(self, link: Connection, megabytes: int) -> None:
        self.link = link
        self.megabytes = megabytes
        pages = megabytes * 1024 * 1024 // resource.getpagesize()
        # Some tens of megabytes come between two looks.
        self.most_pages = _pages(1) + int(pages * _MEMORY_SHARE)
        self.many_pages = _pages(1) + pages // 3  # too many to begin another job with
        self.end = math.inf  # of the job, as this process's CPU time
        self.is_sending = False
        self.jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self.current: Job | None = None
        self.counted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self.is_tail = False
        self.has_begun = threading.Event()

    def run(self) -> None:
        signal.signal(signal.SIGPROF, self._look)
        if not settings.REDIS_URL:  # which all processes reach
            rates.asked_of = self._within
        threading.Thread(target=self._listen, daemon=True).start()
        self.has_begun.wait()  # its stack and its heap, which are mostly never used, are in
        _bound_memory(self.megabytes)
        self.link.send(("ready",))
        while True:
            self._do(self.jobs.get())

    def _listen(self) -> None:
        bytearray(4096)
        self.has_begun.set()
        while True:
            try:
                word, *more = self.link.recv()
            except (EOFError, OSError):
                os._exit(0)
            if word == "job":
                self.current = Job(*more)
                self.jobs.put(self.current)
            elif self.current is None or self.current.number != more[0]:
                continue
            elif word == "counted":
                self.counted.put(more[1])
            elif word == "more":
                self.current.room.release()
            else:
                self.current.is_dropped = self.current.is_dropped or word == "drop"
                self.current.given_up.set()
                self.current.room.release()  # what is left needs none

    def _within(self, what: str, address: str, most: int) -> bool:
        """Rates are counted where all requests come in."""
        assert self.current is not None
        self._send("count", self.current.number, what, address, most)
        return self.counted.get()

    def _do(self, job: Job) -> None:
        outcome = ""
        try:
            with self._bounded(job):
                self._say(job)
        except MemoryError:
            outcome = "memory"
        except Overrun as overrun:
            outcome = str(overrun)
        except Exception:
            log.exception("a job broke")
            outcome = "broken"
        # A lowered priority cannot be raised again, and Python gives little memory back.
        is_last = self.is_tail or outcome in ("memory", "time") or _pages(1) > self.many_pages
        with contextlib.suppress(OSError):
            self._send("done", job.number, outcome, is_last)
        if is_last:
            os._exit(0)

    def _say(self, job: Job) -> None:
        began = time.process_time()
        for piece in job.pieces():
            if job.is_dropped:
                return
            if not job.given_up.is_set() and not job.room.acquire(timeout=SLOW_SECONDS):
                self._to_tails(job)
                job.room.acquire()
            self._send("piece", job.number, piece)
            if time.process_time() - began > TAIL_SECONDS:
                self._to_tails(job)

    def _to_tails(self, job: Job) -> None:
        if not self.is_tail:
            self.is_tail = True
            os.nice(10)
            self._send("tail", job.number)

    @contextlib.contextmanager
    def _bounded(self, job: Job) -> Iterator[None]:
        """Its time ends thrice: softly where walks look, then in Python, last by the kernel."""
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        self.end = time.process_time() + job.seconds * HARD
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(self.end) + _HARD_SECONDS, hard))
        request_ids.go_on(job.request)
        runs.given_up.set(job.given_up)
        runs.ends.set(time.thread_time() + job.seconds * SOFT)
        signal.setitimer(signal.ITIMER_PROF, _LOOK_SECONDS, _LOOK_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))

    def _look(self, *_: object) -> None:
        """Every so often: has the job had its time, or its memory? A message is never torn."""
        if self.is_sending:
            return
        late = LIMITS.read_seconds * (HARD - 1)
        if time.process_time() > self.end or time.thread_time() > runs.reads_until.get() + late:
            raise Overrun("time")
        if _pages(1) > self.most_pages:
            raise Overrun("memory")

    def _send(self, *message: Any) -> None:
        self.is_sending = True
        try:
            self.link.send(message)
        finally:
            self.is_sending = False
