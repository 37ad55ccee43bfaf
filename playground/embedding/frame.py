"""What a frame holds: fates, the map, and the steps, as much as may weigh in a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from playground.embedding.options import Options
from playground.shown.headlines import Headline
from playground.shown.presenters import Group
from playground.shown.trace import Whole
from playground.shown.used import used
from playground.site.limits import LIMITS
from playground.walks.runs import Walk
from sim.trace.steps import Step


@dataclass(frozen=True, slots=True)
class Frame:
    """``left_out``: steps behind those that are shown. ``before`` and ``after`` are the step
    numbers that the links without script lead to, 0 where there is none."""

    groups: tuple[Group, ...]
    fates: tuple[Headline, ...]
    left_out: int
    before: int
    after: int


def framed(walk: Walk, options: Options) -> Frame:
    """The part of a finished walk that is asked for."""
    trace = Whole(walk)
    steps = [step for step in trace.steps if _is_asked_for(step, options)]
    shown = steps[: LIMITS.embed_steps]
    groups = tuple(_lighter(group) for group in trace.groups_of(shown))
    numbers = [step.seq for step in shown]
    return Frame(groups, trace.own_fates, len(steps) - len(shown), *_beside(numbers, options.step))


def _is_asked_for(step: Step, options: Options) -> bool:
    return options.first <= step.seq and (not options.last or step.seq <= options.last)


def _lighter(group: Group) -> Group:
    """Its map as far as the packet used it, to be read in a frame of any width."""
    if group.map is None:
        return group
    return replace(group, map=replace(group.map, drawings=tuple(map(used, group.map.drawings))))


def _beside(numbers: Sequence[int], step: int) -> tuple[int, int]:
    if not numbers:
        return 0, 0
    before = max((number for number in numbers if number < step), default=0)
    after = min((number for number in numbers if number > step), default=0)
    return before, after
