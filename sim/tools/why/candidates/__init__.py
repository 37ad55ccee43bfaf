"""What may be the cause of a symptom, a file for each part of the stack: changes worth a try."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sim.tools.why.candidates import (
    answering,
    asking,
    chains,
    commanded,
    counting,
    doors,
    filtering,
    frames,
    leaving,
    listed,
    listening,
    marking,
    near,
    ordering,
    protected,
    refused,
    remembered,
    routing,
    stopping,
    surroundings,
    taking,
    tracking,
    translating,
)
from sim.tools.why.look import Candidate, Look

MAKERS: tuple[Callable[[Look], Iterator[Candidate]], ...] = (
    filtering.candidates,
    frames.candidates,
    translating.candidates,
    routing.candidates,
    listening.candidates,
    leaving.candidates,
    listed.candidates,
    surroundings.candidates,
    marking.candidates,
    tracking.candidates,
    near.candidates,
    ordering.candidates,
    counting.candidates,
    answering.candidates,
    asking.candidates,
    commanded.candidates,
    refused.candidates,
    protected.candidates,
    taking.candidates,
    chains.candidates,
    doors.candidates,
    remembered.candidates,
    stopping.candidates,
)
