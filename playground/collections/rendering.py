"""A page's Markdown with its scenarios walked, within limits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.utils.safestring import SafeString

from playground.collections.models import Collection, Entry, Page
from playground.lessons.shelf import pieces
from playground.links import store
from playground.links.models import Document
from playground.shown.headlines import Headline
from playground.shown.presenters import Group
from playground.shown.trace import Whole
from playground.site.limits import LIMITS
from playground.site.markdown import to_html
from playground.walks import runs
from sim.model.scenario import Scenario
from sim.tell.expected import Outcome


@dataclass(frozen=True, slots=True)
class Walk:
    """A scenario, run. ``problem``: why there is no (whole) walk."""

    scenario: Scenario
    fates: tuple[Headline, ...] = ()
    groups: tuple[Group, ...] = ()  # none when there are too many steps for a page
    failed: tuple[Outcome, ...] = ()
    checked: int = 0
    problem: str = ""
    is_unfinished: bool = False  # for want of time: nothing is known of the rest


@dataclass(frozen=True, slots=True)
class Shown:
    """A scenario where a page shows it. ``path``: of its link; ``walk``: none when it is gone."""

    name: str
    path: str = ""
    walk: Walk | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the page: text, or scenarios side by side (``is_map``: only their way)."""

    html: SafeString | None = None
    shown: tuple[Shown, ...] = ()
    is_map: bool = False


def names_in(body: str) -> list[str]:
    """The scenarios that a page shows, in its order, each once."""
    return list(dict.fromkeys(name for piece in pieces(body) for name in piece.names))


def parts_of(page: Page) -> list[Part]:
    entries = entries_of(page.collection, names_in(page.body))
    deadline = time.monotonic() + LIMITS.page_seconds
    found = []
    for piece in pieces(page.body):
        if piece.names:
            shown = tuple(shown_as(name, entries.get(name), deadline) for name in piece.names)
            found.append(Part(None, shown, piece.is_map))
        else:
            found.append(Part(to_html(piece.text)))
    return found


def entries_of(collection: Collection, names: list[str]) -> dict[str, Entry]:
    found = collection.entries.filter(name__in=names).select_related("share")
    return {entry.name: entry for entry in found}


def shown_as(name: str, entry: Entry | None, deadline: float = float("inf")) -> Shown:
    """A scenario by its name in the collection. Behind the deadline only a link is left."""
    found = found_of(entry)
    return Shown(name, found.path, _in_time(found, deadline)) if found else Shown(name)


def found_of(entry: Entry | None) -> store.Found | None:
    """The version that an entry shows; none when its link is gone."""
    try:
        return store.find(entry.share_id, entry.number) if entry else None
    except (store.Gone, store.NotFound):
        return None


def _in_time(found: store.Found, deadline: float) -> Walk:
    if time.monotonic() > deadline or runs.is_late():
        late = "There is no more time on this page to walk it: open it in the playground"
        return Walk(found.scenario, problem=late, is_unfinished=True)
    return walked(found.version.document_id)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a scenario, in sentences; nothing while it is ``is_unfinished``."""

    wrong: tuple[str, ...] = ()
    is_unfinished: bool = False


def verdict_of(walk: Walk) -> Verdict:
    if walk.is_unfinished:  # for want of time, which proves nothing
        return Verdict(is_unfinished=True)
    problem = (f"{walk.problem}.",) if walk.problem else ()
    failed = (f"{one.expectation.text}: {'; '.join(one.failures)}" for one in walk.failed)
    return Verdict((*problem, *failed))


def judged(body: dict[str, Any]) -> Verdict:
    """The verdict on a stored scenario, by its texts alone: no database is needed."""
    scenario = store.scenario_in(body)
    try:
        return verdict_of(_walked(scenario))
    except _Unfinished:
        return Verdict(is_unfinished=True)


class _Unfinished(Exception):
    """A limit ended the walk: on another occasion it may not."""


def walked(digest: str) -> Walk:
    """The walk of a stored document, which never changes under one engine."""
    try:
        return _whole(digest)
    except _Unfinished as why:
        scenario = store.scenario_of(Document.objects.get(pk=digest))
        return Walk(scenario, problem=str(why), is_unfinished=True)


@lru_cache(maxsize=256)
def _whole(digest: str) -> Walk:
    """Raises ``_Unfinished``, which is not kept."""
    return _walked(store.scenario_of(Document.objects.get(pk=digest)))


def _walked(scenario: Scenario) -> Walk:
    walk = runs.walk_of(scenario)
    if walk.stopped:
        raise _Unfinished(walk.stopped)
    if walk.refused is not None:
        return Walk(scenario, problem=f"It is refused: {walk.refused.errors[0].message}")
    trace = Whole(walk)
    groups = trace.groups if len(trace.steps) <= LIMITS.embed_steps else ()
    outcomes = trace.outcomes
    return Walk(scenario, trace.own_fates, groups, tuple(outcomes.failed), len(outcomes.all))


def broken(
    collection: Collection,
    names: list[str],
    deadline: float | None = None,
    known: Mapping[str, Verdict] = MappingProxyType({}),
) -> Iterator[str]:
    """A sentence for each expectation of these scenarios that does not hold, and for those that
    do not run at all. What the time (of one page, without ``deadline``) is too short for proves
    nothing. ``known``: verdicts that are there already, by the document's digest."""
    entries = entries_of(collection, names)
    until = time.monotonic() + LIMITS.page_seconds if deadline is None else deadline
    for name in names:
        found = found_of(entries.get(name))
        if found is None:
            yield f"{name}: the scenario is not there any more."
            continue
        verdict = known.get(found.version.document_id) or verdict_of(_in_time(found, until))
        yield from (f"{name}: {sentence}" for sentence in verdict.wrong)


def prepared_texts(scenario: Scenario) -> str:
    """What of a scenario is searched for."""
    return "\n".join((scenario.title, scenario.rules, scenario.host, scenario.packets))
