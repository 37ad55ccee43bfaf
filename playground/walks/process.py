"""One worker of the pool, seen from the process that serves."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing import forkserver
from typing import Any

from django.conf import settings

from playground.walks.worker import serve

# What the kernel ends it with, and how CPython ends when it cannot recover.
_REASONS = {-signal.SIGXCPU: "time", -signal.SIGABRT: "memory"}
_CONTEXT = multiprocessing.get_context("forkserver")


def prepare() -> None:
    """Start what forks the processes; it loads everything meanwhile."""
    _CONTEXT.set_forkserver_preload(["playground.walks.worker", "playground.page.warm"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(settings.BASE_DIR), before)))
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


class Process:
    """A worker that is ready, and what it says. Lives in one event loop."""

    def __init__(self, megabytes: int) -> None:
        """Blocks until the fork server has forked: not for the event loop's thread."""
        self.link, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=serve, args=(theirs, megabytes), daemon=True)
        self.process.start()
        theirs.close()
        self.link.recv()  # "ready"; ``EOFError``: it died at once
        self.pid = self.process.pid or 0
        self.hear: Callable[[tuple[Any, ...]], None] = lambda said: None  # of who has its job
        self.is_gone = False
        self.near: object = None  # what it served last: it may know the texts already
        self.loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> None:
        """Listen to it, in the loop that runs."""
        self.loop = asyncio.get_running_loop()
        self.loop.add_reader(self.link.fileno(), self._read)

    def _read(self) -> None:
        try:
            said = self.link.recv()
        except (EOFError, OSError):
            assert self.loop is not None
            self.loop.remove_reader(self.link.fileno())
            self.is_gone = True
            said = ("gone",)
        self.hear(said)

    def tell(self, *message: Any) -> None:
        """Its other end always listens, so this does not wait. One that is gone says so itself."""
        with contextlib.suppress(OSError):
            self.link.send(message)

    def why_gone(self) -> str:
        """Why it died by itself: a reason of ``pool.Lost``. Waits a moment until that is known."""
        self.process.join(1)
        return _REASONS.get(self.process.exitcode or 0, "gone")

    def end(self) -> None:
        """At once, whatever it does."""
        with contextlib.suppress(OSError, ValueError):
            if self.loop is not None:
                self.loop.remove_reader(self.link.fileno())
            self.link.close()
        with contextlib.suppress(OSError, ValueError):
            self.process.kill()
