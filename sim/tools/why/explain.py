"""``explain``: a report for every packet of a scenario, or for some."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from itertools import islice

from sim.base.budget import Spent
from sim.base.frozen import replace
from sim.kernel.traversal import run
from sim.model.rules import Rules
from sim.model.scenario import Compiled
from sim.tell.render import packet_text, sentence
from sim.tools.why.ending import Endings
from sim.tools.why.misses import closest_miss
from sim.tools.why.report import ClosestMiss, DecidedBy, PacketReport, Rewrite, RootCause
from sim.tools.why.search import Search
from sim.tools.why.story import Story, accepted_by, asked_by, rule_at, stopped_by, stories
from sim.tools.why.symptoms import (
    FAR_END,
    KEPT_HERE,
    OPEN_DOOR,
    PASSES,
    REMEMBERED,
    SOURCE_HIDDEN,
    is_traceroute,
)
from sim.tools.why.trial import TooLong, Trial, tried
from sim.trace.steps import PolicyApplied, RuleTried, Step

MOST_TRIED = 60  # replays for one call
MOST_PACKETS = 40  # reports with a trial; the rest tell what the run shows
MOST_STEPS = 200_000
_OPEN = frozenset({KEPT_HERE, FAR_END})
_HARMLESS = frozenset({OPEN_DOOR, PASSES, REMEMBERED, SOURCE_HIDDEN})


def explain(
    compiled: Compiled,
    steps: tuple[Step, ...] = (),
    *,
    lines: Collection[int] = (),
    causes: bool = True,
    never: bool = False,
    most_tried: int = MOST_TRIED,
    is_late: Callable[[], bool] = lambda: False,
) -> Iterator[PacketReport]:
    """The reports in the order of the packets, each as soon as it is known.

    ``steps``: of the scenario's run, made here when none are given. ``lines``: only of these
    statements. ``causes``: they are searched for; else the reports hold symptoms alone.
    ``never``: the packets must not get through, and the changes that stop them are searched for.
    ``most_tried`` bounds the replays of the call, ``is_late`` ends them, as a spent budget does.
    """
    with suppress(Spent):
        steps = steps or tuple(islice(run(compiled, folded=True), MOST_STEPS))
    search = Search(compiled, steps, most_tried if causes else 0, is_late, never)
    told = stories(steps)
    endings = Endings(told)
    for number, story in enumerate(told):
        if lines and story.line not in lines:
            continue
        trial = None
        if (number < MOST_PACKETS or lines) and not is_late():
            try:
                trial = tried(compiled, story.line, is_late, never=never)
            except (TooLong, Spent):
                search.is_cut = True
        rules = trial.stack.rules if trial is not None else compiled.rules  # as they are by then
        try:
            made = _report(rules, story, trial, search if causes else None)
        except Spent:
            search.is_cut, trial = True, None
            made = _report(rules, story, None, search)
        death = None if is_traceroute(story) else endings.of(story, trial)
        worked = False if death is not None and made.worked else made.worked
        yield replace(made, died_at=death, worked=worked)


def _report(rules: Rules, story: Story, trial: Trial | None, search: Search | None) -> PacketReport:
    symptoms = trial.symptoms if trial is not None else ()
    causes: tuple[RootCause, ...] = ()
    if trial is not None and search is not None:
        causes = tuple(each for one in symptoms for each in search.causes(trial, one))
    return PacketReport(
        story.line,
        packet_text(story.first),
        story.fate.verdict,
        sentence(story.fate),
        decided_by(rules, story),
        tuple(_rewrites(story)),
        _miss(trial, story),
        tuple(_state(story)),
        _worked(story, trial),
        symptoms=symptoms,
        causes=causes,
        is_cut=search.is_cut if search is not None else False,
    )


def _miss(trial: Trial | None, story: Story) -> ClosestMiss | None:
    if trial is None or story.fate.packet.is_arp:
        return None
    return closest_miss(trial.stack, trial.stopped or story)


def _worked(story: Story, trial: Trial | None) -> bool | None:
    """Did the packet arrive, and can its answer come back to who asked?"""
    if trial is None or story.fate.verdict in ("stolen", "undetermined"):
        return None
    if story.stopped and not is_traceroute(story):
        return False
    names = {each.name for each in trial.symptoms}
    if names & _OPEN and names <= _OPEN | _HARMLESS:
        return None
    return names <= _HARMLESS


def decided_by(rules: Rules, story: Story) -> DecidedBy | None:
    """The rule or policy of filter that let the packet pass or stopped it, else the part of the
    stack that did; never a rewrite."""
    step = stopped_by(story) if not story.passed else accepted_by(rules, story)
    if step is not None:
        return _deciding(rules, step)
    return DecidedBy(str(story.fate.at), sentence(story.fate))


def _deciding(rules: Rules, step: RuleTried | PolicyApplied) -> DecidedBy:
    where = step.where
    if isinstance(step, PolicyApplied):
        text = f"{where.table_name} {where.chain} policy {step.verdict}"
        return DecidedBy("policy", text, where.table_name, where.chain)
    rule = rule_at(rules, step)
    return DecidedBy(
        "rule", f"{where.table_name} {where.chain} rule {where.rule}", where.table_name,
        where.chain, where.rule, step.text or (rule.text if rule is not None else ""),
        step.source_line,
    )  # fmt: skip


def _rewrites(story: Story) -> Iterator[Rewrite]:
    for nat in story.rewrites():
        rule = asked_by(story, nat)
        by = f"nat {rule.where.chain} rule {rule.where.rule}" if rule is not None else ""
        what = "Source" if nat.manip == "SRC" else "Destination"
        changes = ", ".join(f"{field} {old} → {new}" for field, old, new in nat.changes)
        undone = " (translated back)" if nat.undo else ""
        yield Rewrite(nat.manip, f"{what} NAT: {changes}{undone}", by)


def _state(story: Story) -> Iterator[tuple[str, str]]:
    """What rode beside the packet and may have mattered."""
    if story.ct_state:
        yield "ct_state", story.ct_state
    if story.fate.packet.mark:
        yield "mark", f"{story.fate.packet.mark:#x}"
    done = [nat for nat in story.rewrites() if not nat.undo]
    if done:
        yield "nat", " and ".join("SNAT" if nat.manip == "SRC" else "DNAT" for nat in done)
