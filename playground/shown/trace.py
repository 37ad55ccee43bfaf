"""A run as pages show it, gathered step by step.

The form post, the socket, a frame, a lesson, a collection's page, a walk together and the API
read the same ``Trace``: none of them can tell a run in another way than the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TypedDict

from playground.shown.board import Entry
from playground.shown.cut import cut_short
from playground.shown.diagram import Map
from playground.shown.headlines import Headline, fates_of, headline_of
from playground.shown.ladder import Ladder
from playground.shown.ladder import draw as draw_ladder
from playground.shown.presenters import Checked, Group, Hits, grouped, path_of
from playground.shown.titles import title_of
from playground.walks import runs
from playground.walks.runs import Prepared, Walk
from sim.tell.expected import check
from sim.trace.steps import Arrived, Emitted, Fate, Sent, Step


class Ending(TypedDict):
    """What a template shows of a run that is over, beside its steps."""

    steps: int
    is_walked: bool
    stopped: str
    outcomes: Checked
    hits: Hits
    ladders: tuple[Ladder, ...]
    proposed_title: str


class Trace:
    """A run so far: ``note`` each step; where a limit ends it, say so in ``stopped``."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.stopped = ""
        self.line = 0  # the statement that was walked last
        self.last = 0  # the number of its last step
        self.fates: list[Fate] = []
        self.headlines: list[Headline] = []
        self._by_line: dict[int, list[Headline]] = {}
        self.hits = Hits()
        self._statement: list[Step] = []  # the steps of that statement: its map is made of them
        self._wires: list[Step] = []  # what the ladder is drawn from

    def note(self, step: Step) -> None:
        if isinstance(step, Fate):
            self.fates.append(step)
        headline = headline_of(step)
        if headline is not None:
            self.headlines.append(headline)
            self._by_line.setdefault(headline.line, []).append(headline)
        self.hits.note(step)
        if isinstance(step, (Arrived, Emitted, Sent, Fate)):
            self._wires.append(step)
        if step.line != self.line:
            self.line, self._statement = step.line, []
        self._statement.append(step)
        self.last = step.last_seq

    @property
    def own_fates(self) -> tuple[Headline, ...]:
        """What became of the packets of the text, without what the host sent because of them."""
        return fates_of(self.fates)

    @cached_property
    def _statements(self) -> dict[int, str]:
        return {one.line: one.text for one in self.prepared.compiled.script}

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The list of packets, as far as the run came."""
        return self.entries_of(self._statements)

    def entries_of(self, lines: Iterable[int]) -> tuple[Entry, ...]:
        """What the list says of these statements."""
        return tuple(
            Entry(line, self._statements.get(line, ""), tuple(self._by_line.get(line, ())))
            for line in lines
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say about the host text."""
        return self.prepared.compiled.host.notes

    @property
    def outcomes(self) -> Checked:
        """What became of the expectations; of a run that a limit ended nothing is known."""
        if self.stopped:
            return Checked()
        return Checked(tuple(check(self.prepared.expectations, self.fates)))

    def map(self) -> Map | None:
        """The way of the packet of the statement that was walked last."""
        return path_of(self._statement, self.prepared.compiled) if self._statement else None

    def first_map(self, step: Step) -> Map | None:
        """The map that stands above a statement's steps while they come."""
        return path_of([step], self.prepared.compiled)

    def statement(self, line: int) -> str:
        return self._statements.get(line, "")

    def groups_of(self, steps: Iterable[Step]) -> tuple[Group, ...]:
        """These steps by the statement that caused them, folded, each with its map."""
        return grouped(steps, self.prepared.compiled)

    def ending(self) -> Ending:
        stopped = self.stopped and cut_short(
            self.stopped, self.prepared.compiled, self.line, {one.line for one in self.headlines}
        )
        return Ending(
            steps=self.last,
            is_walked=True,
            stopped=stopped,
            outcomes=self.outcomes,
            hits=self.hits,
            ladders=draw_ladder(self._wires),
            proposed_title=title_of(self.entries),
        )


class Whole(Trace):
    """A run that is over and was not refused."""

    def __init__(self, walk: Walk) -> None:
        assert walk.prepared is not None, "a refused scenario has no trace"
        super().__init__(walk.prepared)
        self.steps = walk.steps
        self.stopped = walk.stopped
        for step in walk.steps:
            self.note(step)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Its steps within a page's limit; what is left out is said where it was."""
        return grouped(self.steps, self.prepared.compiled, runs.page_steps())
