"""The search for causes: change one thing, replay, see whether the symptom goes; then pairs.

Candidates come from the makers in ``candidates`` and from the advisor's findings, most usual
first. One is a cause when the engine takes it and a replay of the packet, and of its answer,
no longer shows the symptom. When no single change helps, changes after which the packet came
further are followed by a second one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import field
from functools import cached_property
from itertools import islice

from sim.base.budget import Spent
from sim.base.errors import Refused, Span
from sim.base.faults import apart
from sim.base.frozen import dataclass, replace
from sim.kernel.traversal import run
from sim.model.scenario import Compiled, Scenario
from sim.read.scenario import Nearby, compile_scenario
from sim.tools.advice import Finding, advise
from sim.tools.advice.case import Case
from sim.tools.advice.edits import applied
from sim.tools.advice.finding import Edit, Fix
from sim.tools.advice.proof import differences
from sim.tools.why.candidates import MAKERS
from sim.tools.why.look import Candidate, Look
from sim.tools.why.report import RootCause, Symptom
from sim.tools.why.story import PASSED, STOPPED, Story
from sim.tools.why.symptoms import IMPOSSIBLE, UNANSWERABLE
from sim.tools.why.trial import MOST_STEPS, TooLong, Trial, tried
from sim.trace.steps import Fate, Step, unfolded

MOST_CAUSES = 6
MOST_PAIRED = 3  # changes that brought the packet further, each followed by a second one
_FOUND_BY_ADVICE = 30
_SAME = "a replay no longer shows it; the packets here go the same way"


@dataclass
class Search:
    """``left``: replays that may still be made; ``is_late`` is asked between two of them."""

    compiled: Compiled
    steps: tuple[Step, ...]
    left: int
    is_late: Callable[[], bool] = lambda: False
    never: bool = False  # the packets must not get through, see ``tried``
    is_cut: bool = False
    _case: Case = field(init=False)
    _nearby: Nearby = field(init=False)
    _known: dict[tuple[int, str], tuple[RootCause, ...]] = field(default_factory=dict)
    _proofs: dict[Scenario, tuple[tuple[str, ...], dict[int, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._case = Case(self.compiled, self.steps)
        self._nearby = Nearby(self.compiled)

    @cached_property
    def _fates(self) -> dict[int, str]:
        return _fates(self.steps)

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        """The advisor's, asked for when nothing likelier was found: it reads every rule."""
        steps = tuple(islice(unfolded(self.steps), MOST_STEPS))
        return advise(self.compiled, steps, is_late=self.is_late)

    def causes(self, trial: Trial, symptom: Symptom) -> tuple[RootCause, ...]:
        """Proven causes of a symptom, the likeliest first.

        A reply that could not arrive has the causes of what it answers.
        """
        if symptom.name == IMPOSSIBLE:
            asked = self._again(trial.asked_line)
            of = [each for each in asked.symptoms if each.name in UNANSWERABLE] if asked else []
            found = (each for one in of if asked for each in self.causes(asked, one))
            return tuple(replace(each, symptom=IMPOSSIBLE) for each in found)
        key = symptom.line, symptom.name
        if key not in self._known:
            self._known[key] = self._searched(trial, symptom)
        return self._known[key]

    def _again(self, line: int) -> Trial | None:
        try:
            return tried(self.compiled, line, self.is_late)
        except TooLong:
            return None

    def _searched(self, trial: Trial, symptom: Symptom) -> tuple[RootCause, ...]:
        found: list[RootCause] = []
        further: list[tuple[Candidate, Compiled, Trial]] = []
        done: set[tuple[Edit, ...]] = set()
        for candidate in self._all(trial, symptom, found):
            if candidate.fix.edits in done:
                continue
            done.add(candidate.fix.edits)
            again = self._replayed(self.compiled, candidate, symptom)
            if again is None:
                continue
            compiled, after = again
            if not after.has(symptom):
                found.append(self._cause(candidate, symptom, compiled))
                if len(found) == MOST_CAUSES:
                    break
            elif _came_further(trial, after):
                further.append((candidate, compiled, after))
        if not found:
            found += self._pairs(symptom, further[:MOST_PAIRED])
        return tuple(found)

    def _pairs(
        self, symptom: Symptom, further: list[tuple[Candidate, Compiled, Trial]]
    ) -> Iterator[RootCause]:
        for first, nearly, trial in further:
            try:  # edits need the places of its own text
                compiled = compile_scenario(nearly.scenario)
            except Refused:  # it was read before: the time is over
                self.is_cut = True
                return
            for second in self._candidates(compiled, trial, symptom):
                again = self._replayed(compiled, second, symptom)
                if again is None or again[1].has(symptom):
                    continue
                mended = again[0]
                both = _together(
                    first, second, edits_between(self.compiled.scenario, mended.scenario)
                )
                yield self._cause(both, symptom, mended)
                break

    def _all(self, trial: Trial, symptom: Symptom, found: Sized) -> Iterator[Candidate]:
        """The candidates, the likeliest first. The advisor's come in between, where none of the
        likelier ones is among the ``found``."""
        made = self._candidates(self.compiled, trial, symptom)
        yield from (each for each in made if each.rank < _FOUND_BY_ADVICE)
        if not found and not self.never:
            for each in self._findings:
                if each.fix is not None:
                    yield Candidate(each.name, each.text, each.fix, _FOUND_BY_ADVICE)
        yield from (each for each in made if each.rank >= _FOUND_BY_ADVICE)

    def _candidates(self, compiled: Compiled, trial: Trial, symptom: Symptom) -> list[Candidate]:
        case = self._case if compiled is self.compiled else Case(compiled, self.steps)
        look = Look(
            case, trial.stack, symptom, trial.story, trial.stopped_for(symptom), trial.before,
            trial.back,
            is_second=compiled is not self.compiled,
        )  # fmt: skip
        found: list[Candidate] = []
        for make in MAKERS:
            with apart(make.__name__):
                found += [each for each in make(look) if each.fix.edits]
        return sorted(found, key=lambda each: each.rank)

    def _replayed(
        self, compiled: Compiled, candidate: Candidate, symptom: Symptom
    ) -> tuple[Compiled, Trial] | None:
        """The scenario with the change, and its trial; ``None`` when the engine refuses it."""
        if self.left <= 0 or self.is_late():
            self.is_cut = True
            return None
        self.left -= 1
        try:
            mended = self._nearby.compile(applied(compiled.scenario, candidate.fix.edits))
            trial = tried(mended, symptom.line, self.is_late, never=self.never)
            if trial is not None and trial.is_open:
                return None  # nobody knows whether it helps
        except Refused:
            return None
        except (TooLong, Spent):
            self.is_cut = True
            return None
        return (mended, trial) if trial is not None else None

    def _cause(self, candidate: Candidate, symptom: Symptom, mended: Compiled) -> RootCause:
        told, fates = self._proof(mended)
        more = "; ".join(filter(None, (candidate.opens, *self._more(symptom.line, fates))))
        return RootCause(
            candidate.name, symptom.name, candidate.text, candidate.fix, told, more
        )  # fmt: skip

    def _more(self, line: int, fates: dict[int, str]) -> Iterator[str]:
        """The other packets of the text of which a change makes what nobody asked for."""
        was, now = (PASSED, STOPPED) if self.never else (STOPPED, PASSED)
        changed = [
            number
            for number, verdict in self._fates.items()
            if number != line and verdict in was and fates.get(number) in now
        ]
        if changed:
            what = "stops" if self.never else "lets through"
            yield f"also {what} packet{'s' if len(changed) > 1 else ''} {_listed(changed)}"

    def _proof(self, mended: Compiled) -> tuple[tuple[str, ...], dict[int, str]]:
        """What a replay of the whole script shows, a sentence for each packet that changed; and
        the fates that it gives them."""
        if mended.scenario not in self._proofs:
            after: list[Step] = []
            for step in run(mended, folded=True):
                after.append(step)
                if len(after) > MOST_STEPS:
                    self._proofs[mended.scenario] = (), {}
                    return (), {}
            told = tuple(differences(self.steps, after))
            is_other = any(":" in each for each in told)
            self._proofs[mended.scenario] = told if is_other else (_SAME,), _fates(after)
        return self._proofs[mended.scenario]


def _together(first: Candidate, second: Candidate, edits: tuple[Edit, ...]) -> Candidate:
    """Two changes as one. What only the text left out gives the pair no name and comes last."""
    if first.is_left_out:
        first, second = second, first
    label = f"{first.fix.label}; {second.fix.label[:1].lower()}{second.fix.label[1:]}"
    name = first.name if second.is_left_out else f"{first.name}+{second.name}"
    opens = "; ".join(filter(None, (first.opens, second.opens)))
    return Candidate(name, f"{first.text} Then: {second.text}", Fix(label, edits), opens=opens)


def _fates(steps: Iterable[Step]) -> dict[int, str]:
    """What became of each statement's packet."""
    return {step.line: step.verdict for step in steps if isinstance(step, Fate) and step.main}


def _listed(numbers: list[int]) -> str:
    """A few of them, and how many more."""
    shown = ", ".join(map(str, numbers[:4]))
    return shown if len(numbers) <= 4 else f"{shown} and {len(numbers) - 4} more"


def _came_further(before: Trial, after: Trial) -> bool:
    """Did the packet end elsewhere, later on its way?"""
    was, now = before.stopped, after.stopped
    if was is None or now is None:
        return True
    if (was.fate.at, was.fate.verdict) != (now.fate.at, now.fate.verdict):
        return _told(now) > _told(was)
    # Routing looks at many things in turn, and each of them is its first step.
    return was.fate.why != now.fate.why and _told(now) >= _told(was)


def _told(story: Story) -> int:
    return sum(step.count for step in story.steps)


def edits_between(before: Scenario, after: Scenario) -> tuple[Edit, ...]:
    """One edit for each text that differs: the lines between what both begin and end with."""
    found = []
    for where in ("rules", "host", "packets"):
        old, new = getattr(before, where).split("\n"), getattr(after, where).split("\n")
        if old == new:
            continue
        start = 0
        while start < min(len(old), len(new)) and old[start] == new[start]:
            start += 1
        end = 0
        while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
            end += 1
        stop = len(old) - end
        text = "".join(f"{line}\n" for line in new[start : len(new) - end])
        if stop == len(old):  # the last line has no line feed of its own
            found.append(_at_the_end(where, old, start, text[:-1]))
        else:
            found.append(Edit(where, Span(start + 1, 1, stop + 1, 1), text))
    return tuple(found)


def _at_the_end(where: str, old: list[str], start: int, text: str) -> Edit:
    if start < len(old):
        return Edit(where, Span(start + 1, 1, len(old), len(old[-1]) + 1), text)
    column = len(old[-1]) + 1
    return Edit(where, Span(len(old), column, len(old), column), f"\n{text}")
