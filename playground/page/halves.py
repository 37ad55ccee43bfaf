"""A run in two jobs: its first steps, then the rest.

A worker that has told somebody the first steps is free for the next person's; the run is parked
there meanwhile. One that is not there any more, or goes on elsewhere, is walked again without
what the page has (``after``), as after a lost connection.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playground.page.stream import Stream, opened
from playground.walks import runs

MOST_PARKED = 24  # runs of one process
MOST_CHARACTERS = 2_000_000  # of all their texts, which a run takes some thirty times of
STALE_SECONDS = 5.0  # a run has an end of its own by the clock: it must not come while it waits
LONG_SECONDS = 0.1  # of CPU: what took so long to begin goes on at once, and costs no second time


@dataclass(frozen=True, slots=True)
class Rest:
    """The last piece of a run's first job: what asks for the second one."""

    number: int
    pid: int  # of the process that knows the run
    after: int  # the step that the page has


@dataclass(frozen=True, slots=True)
class _Parked:
    batches: Iterator[str]
    characters: int
    since: float


_parked: OrderedDict[int, _Parked] = OrderedDict()


def first_half(values: dict[str, Any], number: int) -> Iterator[str | Rest]:
    """The HTML of a run up to its first steps, then a ``Rest``; of a long one all of it.

    ``number``: of this run, as no other that this process is given has it.
    """
    began = time.thread_time()
    stream = yield from opened(values)
    if stream is None:
        return
    batches = stream.batches()
    first = next(batches, "")
    is_long = time.thread_time() - began > LONG_SECONDS
    if not is_long:
        _park(number, batches, sum(len(str(values.get(name, ""))) for name in runs.TEXTS))
    yield first
    if is_long:
        yield from batches
    else:
        yield Rest(number, os.getpid(), stream.trace.last)


def second_half(packed: bytes, rest: Rest) -> Iterator[str]:
    """The HTML that ``first_half`` left. ``packed``: its values as JSON, by zlib: many wait."""
    parked = _parked.pop(rest.number, None)
    if parked is not None and time.monotonic() - parked.since < STALE_SECONDS:
        yield from parked.batches
        return
    del parked
    values = {**json.loads(zlib.decompress(packed)), "after": str(rest.after)}
    stream: Stream | None = yield from opened(values, is_again=True)
    if stream is not None:
        yield from stream.batches()


def _park(number: int, batches: Iterator[str], characters: int) -> None:
    """Keep what is left of a run; the oldest make room."""
    _parked[number] = _Parked(batches, characters, time.monotonic())
    while len(_parked) > MOST_PARKED or (
        len(_parked) > 1 and sum(one.characters for one in _parked.values()) > MOST_CHARACTERS
    ):
        _parked.popitem(last=False)
