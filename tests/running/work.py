"""What a big job may be asked for, good and bad; imported where it is done."""

from __future__ import annotations

import os
import signal
import time


def squared(number: int) -> int:
    return number * number


def deadly(number: int) -> int:
    """The process that works on 13 dies."""
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def greedy(megabytes: int) -> int:
    return len(bytearray(megabytes * 1024 * 1024))


def faulty(number: int) -> int:
    raise ZeroDivisionError(number)


def slow(path: str) -> None:
    """Say who works, then go on for long."""
    with open(path, "w") as file:
        file.write(str(os.getpid()))
    time.sleep(600)
