"""The trace of a stored scenario: its hash, the lines that are kept, and what differs.

The hash is SHA-256 over the steps as ``simulate --format ndjson`` prints them, each as compact
JSON with sorted keys and a line feed behind it. So an engine that says the same has the same.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from playground.site.limits import LIMITS
from playground.walks import runs
from sim.base.errors import Refused
from sim.model.scenario import Scenario
from sim.tell.jsonl import as_json
from sim.tell.render import line
from sim.trace.steps import Step

MOST_LINES = LIMITS.trace_lines_kept  # kept of one trace
MOST_BYTES = 1 << 22  # of them, inflated
_NEXT_STEP = re.compile(r"\n(?! {8})")  # what conntrack holds is indented below its step
_COMPACT = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Walked:
    """A trace as it is kept. A refused scenario has the errors for lines."""

    digest: str
    lines: tuple[str, ...]

    @property
    def packed(self) -> bytes:
        return zlib.compress("\n".join(self.lines).encode(), 9)


@dataclass(frozen=True, slots=True)
class Change:
    """Where a trace is another one than it was. Lines count from 1."""

    number: int
    before: str
    after: str


def walk(scenario: Scenario, most_lines: int = MOST_LINES) -> Walked:
    """The scenario's trace under this engine, within the limits of a run.

    ``most_lines``: how many to keep; none if only the hash is asked for.
    """
    try:
        return walked(runs.steps(runs.prepare(scenario)), most_lines)
    except Refused as refused:
        lines = tuple(str(error).replace("\n", " ") for error in refused.errors)
        return Walked(_digest_of_lines(lines), lines[:most_lines])


def walked(steps: Iterable[Step], most_lines: int = MOST_LINES) -> Walked:
    """A trace from its steps; one that a limit ends is hashed up to there."""
    digest = hashlib.sha256()
    lines: list[str] = []
    try:
        for step in steps:
            digest.update(_COMPACT.encode(as_json(step)).encode() + b"\n")
            if len(lines) < most_lines:
                lines.append(line(step))
    except runs.Stopped as stopped:
        lines.append(str(stopped))
    return Walked(digest.hexdigest(), tuple(lines))


def _digest_of_lines(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def unpacked(packed: bytes) -> tuple[str, ...]:
    """The lines that were kept."""
    if not packed:
        return ()
    text = zlib.decompressobj().decompress(bytes(packed), MOST_BYTES)
    return tuple(_NEXT_STEP.split(text.decode("utf-8", "replace")))


def first_change(before: Sequence[str], after: Sequence[str]) -> Change | None:
    """The first line that differs; ``None`` if the lines that were kept are the same."""
    for number, (old, new) in enumerate(zip_longest(before, after, fillvalue=""), 1):
        if old != new:
            return Change(number, old, new)
    return None
