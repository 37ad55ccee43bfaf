"""What became of a fragment."""

from __future__ import annotations

from dataclasses import dataclass

from sim.trace.outcomes.base import Cause, Note, Topic, Why


@dataclass(frozen=True, slots=True)
class FragmentDropped(Why):
    """It is one too many, or spoils them all."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class FragmentKept(Why):
    """It waits for the others."""


@dataclass(frozen=True, slots=True)
class AllHere(Note):
    """The last one came."""

    topic = Topic.DEFRAG


@dataclass(frozen=True, slots=True)
class NeverCame(Note):
    """They waited too long."""

    topic = Topic.DEFRAG


@dataclass(frozen=True, slots=True)
class SameFragment(Cause):
    """It came twice."""


@dataclass(frozen=True, slots=True)
class FragmentOverlaps(Cause):
    """Two claim the same bytes, or the end."""
