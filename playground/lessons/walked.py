"""A lesson with its scenarios walked: what the page shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString

from playground.lessons.shelf import Lesson, lesson
from playground.lessons.told import Told, told
from playground.shown.presenters import Group
from playground.shown.trace import Whole
from playground.site.markdown import to_html
from playground.walks import runs
from sim.model.scenario import Scenario
from sim.tell.expected import Outcome


@dataclass(frozen=True, slots=True)
class Walked:
    """One scenario of a lesson, run."""

    name: str
    scenario: Scenario
    told: tuple[Told, ...]
    groups: tuple[Group, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the page: text, or scenarios."""

    html: SafeString | None
    walks: tuple[Walked, ...] = ()
    is_map: bool = False


@lru_cache(maxsize=64)
def parts_of(slug: str) -> tuple[Part, ...]:
    """The page's parts. Lessons do not change while the program runs."""
    found = lesson(slug)
    return tuple(_parts(found)) if found is not None else ()


def _parts(found: Lesson) -> Iterator[Part]:
    for piece in found.pieces:
        if piece.names:
            walks = tuple(
                walk(name, found.scenarios[name], piece.tells_cause) for name in piece.names
            )
            yield Part(None, walks, piece.is_map)
        else:
            yield Part(to_html(piece.text))


def walk(name: str, scenario: Scenario, tells_cause: bool = False) -> Walked:
    """Raises ``Refused`` for a scenario that cannot be read."""
    found = runs.walk_of(scenario)
    if found.refused is not None:
        raise found.refused
    trace = Whole(found)
    return Walked(name, scenario, told(trace, tells_cause), trace.groups, trace.outcomes.all)
