"""Big jobs go through one ``concurrent.futures.Executor``: replays, checks of pages, batches.

Processes of this machine, each with bounded memory; a Dask cluster where ``CHAINWALK_DASK`` names
its scheduler. What is sent is the name of a function and plain values, so that both do the same.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
import queue
import resource
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Generic, NamedTuple, TypeVar

import django
from django.apps import apps
from django.conf import settings

if not apps.ready:  # in a worker, which nothing else has set up
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
    django.setup()

from playground.site.limits import LIMITS
from sim import ENGINE_VERSION

Item = TypeVar("Item")
Result = TypeVar("Result")

# A fork has everything loaded: a batch of one line costs no second import.
_CONTEXT = multiprocessing.get_context("fork")
_AHEAD = 64  # items that lie between the reader of the answers and who works them out
_CONNECT_SECONDS = 15


class Unavailable(Exception):
    """The cluster that the settings name cannot be used. The message says why."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Instead of an item's answer. ``reason``: "memory" (it took more than a process may have) or
    "gone" (the process that worked on it died, twice)."""

    reason: str

    def __str__(self) -> str:
        if self.reason == "memory":
            return f"more than {LIMITS.job_megabytes} MB of memory are needed"
        return "the process that worked on it died"


class _Sent(NamedTuple):
    item: Any
    future: Future[Any]
    executor: Executor


def processes_here() -> int:
    """So many are used without another word."""
    return os.cpu_count() or 1


class Jobs(Generic[Item, Result]):
    """``call`` for many items, by an executor. A context manager; leaving it early stops all.

    ``call`` is a function of a module, of one argument. Raises ``Unavailable``.
    """

    def __init__(self, call: Callable[[Item], Result], processes: int = 0) -> None:
        self.name = f"{call.__module__}:{call.__qualname__}"
        self.processes = processes or processes_here()
        self.executor: Executor
        self.lock = threading.Lock()
        self.is_over = threading.Event()
        self.room = threading.Semaphore(_AHEAD)
        # An item, its answer to come, and from whom; at the end nothing, or what ended it.
        self.coming: queue.SimpleQueue[_Sent | Exception | None] = queue.SimpleQueue()
        self.stack = contextlib.ExitStack()

    def __enter__(self) -> Jobs[Item, Result]:
        self.executor = self._opened(self.processes)
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.room.release()
        self.stack.close()

    def _opened(self, processes: int) -> Executor:
        opening = _cluster() if settings.DASK else _here(processes)
        return self.stack.enter_context(opening)

    def each(self, items: Iterable[Item]) -> Iterator[Result | Lost]:
        """An answer for each item, in their order, each as soon as it is there.

        Raises what ``call`` or ``items`` raises, and ``Unavailable`` when the cluster is lost.
        """
        threading.Thread(target=self._feed, args=(items,), daemon=True).start()
        while True:
            sent = self.coming.get()
            if sent is None:
                return
            if isinstance(sent, Exception):
                raise sent
            yield self._answer(sent)
            self.room.release()

    def _feed(self, items: Iterable[Item]) -> None:
        """Send what there is; reading it may wait for somebody who types."""
        try:
            for item in items:
                self.room.acquire()
                if self.is_over.is_set():
                    return
                self.coming.put(self._sent(item))
        except Exception as error:
            self.coming.put(error)
        else:
            self.coming.put(None)

    def _sent(self, item: Item) -> _Sent:
        with self.lock:
            try:
                future = self.executor.submit(done, self.name, ENGINE_VERSION, item)
            except BrokenExecutor as error:  # another item took its processes along
                future = Future()
                future.set_exception(error)
            return _Sent(item, future, self.executor)

    def _answer(self, sent: _Sent) -> Result | Lost:
        try:
            found: Result | Lost = sent.future.result()
            return found
        except BrokenExecutor:
            return self._alone(sent)
        except CancelledError:
            raise Unavailable("the Dask scheduler was lost") from None
        except Exception as error:
            if type(error).__name__ == "KilledWorker":  # distributed's: three workers died of it
                return Lost("gone")
            raise

    def _alone(self, sent: _Sent) -> Result | Lost:
        """In a process of its own, so that it is known which item it dies of; the others go on."""
        with self.lock:
            if self.is_over.is_set():  # it did not break: it was stopped
                return Lost("gone")
            if self.executor is sent.executor:
                self.executor = self._opened(self.processes)
        with _here(1) as executor:
            try:
                found: Result | Lost = executor.submit(
                    done, self.name, ENGINE_VERSION, sent.item
                ).result()
                return found
            except BrokenExecutor:
                return Lost("gone")


# ---- who works


@contextlib.contextmanager
def _here(processes: int) -> Iterator[Executor]:
    """Processes of this machine. They end with this one, whatever they do."""
    reader, writer = _CONTEXT.Pipe(duplex=False)
    executor = ProcessPoolExecutor(
        processes, _CONTEXT, initializer=_begin, initargs=(LIMITS.job_megabytes, reader, writer)
    )
    try:
        executor.submit(os.getpid)  # it forks now, and not from another thread
        yield executor
    finally:
        writer.close()
        executor.shutdown(cancel_futures=True)
        reader.close()


def _begin(megabytes: int, link: Connection, other: Connection) -> None:
    """Make a process ready: bounded, and ended when the starter's end of ``link`` is closed."""
    other.close()
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a terminal sends it to all; the first one ends us
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(link,), daemon=True).start()
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    most = now + megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    # What is loaded stays, and what a job makes it drops whole: collecting by count would look at
    # everything again and again.
    gc.disable()
    gc.freeze()


def _end_with(link: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        link.recv()
    os._exit(0)


@contextlib.contextmanager
def _cluster() -> Iterator[Executor]:
    """The Dask cluster of the settings. Its workers have this code on their path."""
    try:
        from distributed import Client
    except ImportError:
        raise Unavailable(
            "CHAINWALK_DASK names a Dask cluster, and dask is not installed: "
            "pip install --require-hashes -r playground/deploy/dask-requirements.txt"
        ) from None
    try:
        client = Client(settings.DASK, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Unavailable(f"no Dask scheduler answers at {settings.DASK}: {error}") from None
    try:
        if not client.nthreads():
            raise Unavailable(f"the Dask cluster at {settings.DASK} has no worker")
        yield client.get_executor(retries=0)
    finally:
        client.close(timeout=_CONNECT_SECONDS)


# ---- in the worker


def done(name: str, engine: str, item: Any) -> Any:
    """What the function of that name says. Raises ``ValueError`` for one of another release."""
    if engine != ENGINE_VERSION:
        raise ValueError(
            f"this worker has engine {ENGINE_VERSION}, and engine {engine} is asked: update it"
        )
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)(item)
    except MemoryError:
        return Lost("memory")
    finally:
        gc.collect()
