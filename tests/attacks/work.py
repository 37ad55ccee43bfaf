"""Jobs for the tests of the pool: well-behaved ones and others. Workers import them by name."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from typing import Any

from playground.walks import runs


def counted(values: dict[str, Any]) -> Iterator[str]:
    """So many pieces, and a mark in a file for each that was made."""
    for number in range(int(values["count"])):
        if values.get("made"):
            with open(values["made"], "a") as file:
                file.write("x")
        yield str(number)


def patient(values: dict[str, Any]) -> Iterator[str]:
    """A piece, then nothing until it is given up."""
    yield "begun"
    end = time.monotonic() + 30
    while not runs.is_given_up() and time.monotonic() < end:
        time.sleep(0.01)
    yield "stopped"


def deaf(values: dict[str, Any]) -> Iterator[str]:
    """A piece, then nothing for ever."""
    yield "begun"
    time.sleep(60)


def greedy(values: dict[str, Any]) -> str:
    """More memory than there is."""
    return str(len(bytearray(4 << 30)))


def dying(values: dict[str, Any]) -> str:
    os._exit(9)


def broken(values: dict[str, Any]) -> str:
    raise RuntimeError("as planned")


def process(values: dict[str, Any]) -> str:
    return str(os.getpid())


def endless(values: dict[str, Any]) -> str:
    """Keeps a core busy, and takes every error that it can for its own."""
    while True:
        with contextlib.suppress(Exception):
            sum(range(10_000))


def stubborn(values: dict[str, Any]) -> str:
    """So busy inside one call of C that Python does not see its time end."""
    return str(pow(3, 10**9))


def held(values: dict[str, Any]) -> Iterator[str]:
    """A first piece, then a tail of so many seconds of CPU."""
    end = time.process_time() + float(values["seconds"])
    while time.process_time() < end:
        yield "more"
