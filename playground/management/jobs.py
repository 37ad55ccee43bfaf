"""What commands with big jobs share: how many processes, how far they are, how they stop."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.management.base import BaseCommand, CommandError

if TYPE_CHECKING:
    from playground.walks.jobs import Jobs

_BEAT_SECONDS = 2.0  # between two lines that say how far it is
STOPPED = 130  # what a shell says of a command that was interrupted

Item = TypeVar("Item")
Result = TypeVar("Result")


def add_jobs(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--jobs", type=int, default=0, metavar="N",
        help="processes of this machine (default: one for each core); CHAINWALK_DASK names a "
        "cluster instead",
    )  # fmt: skip


@contextmanager
def big_jobs(
    command: BaseCommand, call: Callable[[Item], Result], options: dict[str, Any]
) -> Iterator[Jobs[Item, Result]]:
    """``Jobs`` whose troubles a person is told. Interrupted, what runs is stopped at once."""
    from playground.walks.jobs import Jobs, Unavailable  # a command without big jobs needs none

    try:
        with Jobs(call, options["jobs"]) as jobs:
            yield jobs
    except Unavailable as why:
        raise CommandError(str(why)) from None
    except KeyboardInterrupt:
        command.stderr.write("Stopped. Nothing that runs goes on.")
        sys.exit(STOPPED)


def progress(command: BaseCommand, most: int) -> Callable[[int], None]:
    """Call it with how many more are done: now and then a terminal is told."""
    count, told = 0, time.monotonic()

    def more(number: int) -> None:
        nonlocal count, told
        count += number
        if command.stderr.isatty() and time.monotonic() - told > _BEAT_SECONDS:
            told = time.monotonic()
            command.stderr.write(f"{count} of {most}")

    return more


def line_by_line(
    command: BaseCommand, call: Callable[[tuple[int, str]], str], options: dict[str, Any]
) -> None:
    """A batch: what ``call`` says of each line of standard input and its number, in order."""
    from playground.walks.jobs import Lost

    wanted = ((number, line) for number, line in enumerate(sys.stdin, 1) if line.strip())
    with big_jobs(command, call, options) as jobs:
        for found in jobs.each(wanted):
            command.stdout.write(_not_answered(found) if isinstance(found, Lost) else found)
            command.stdout.flush()


def _not_answered(lost: object) -> str:
    """The line of a batch for one that has no answer."""
    return json.dumps({"errors": [{"message": f"no answer: {lost}"}]})
