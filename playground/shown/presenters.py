"""Steps to what a template shows. Words come from ``sim.tell.render``; here only arrangement."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from playground.shown.diagram import Map
from playground.shown.diagram import draw as draw_map
from playground.shown.headers import HeaderField, changed_by, place_of, tuple_of
from playground.shown.marks import Piece, marked
from playground.shown.misses import difference
from sim.base.errors import Refused, SourceError, draw_all
from sim.extensions.extension import Clause
from sim.model.scenario import Compiled, Scenario
from sim.tell.expected import Outcome
from sim.tell.render import GLYPHS, glyph_of, sentence
from sim.trace import steps as t

# What a meaning is called beside its glyph, for readers who do not see it.
MEANINGS = {
    "goes": "goes on",
    "stopped": "stopped",
    "rewritten": "rewritten",
    "moved": "jumps",
    "unknown": "undetermined",
    "skipped": "no match",
    "matched": "match",
    "plain": "",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a scenario's expectations, those that failed apart."""

    all: tuple[Outcome, ...] = ()

    @property
    def failed(self) -> list[Outcome]:
        return [one for one in self.all if one.failures]

    @property
    def held(self) -> list[Outcome]:
        return [one for one in self.all if not one.failures]


# Where an error can stand: one list on the page for each.
ERROR_PLACES = ("rules", "host", "packets", "expect", "scenario")


@dataclass(frozen=True, slots=True)
class Drawn:
    """An error with the line it is about and a caret under the place."""

    error: SourceError
    text: str

    @property
    def picture(self) -> str:
        """The line and the caret, which must not be wrapped; empty where there is no such line."""
        return self.text.removeprefix(f"{self.error}").removeprefix("\n")


def drawn(refused: Refused, scenario: Scenario) -> tuple[Drawn, ...]:
    by_text: dict[str, list[SourceError]] = {}
    for error in refused.errors:
        by_text.setdefault(error.where, []).append(error)
    pictures = {
        where: iter(draw_all(errors, getattr(scenario, where, "")))
        for where, errors in by_text.items()
    }
    return tuple(Drawn(error, next(pictures[error.where])) for error in refused.errors)


@dataclass(frozen=True, slots=True)
class Row:
    """One step, ready for ``markup``."""

    seq: int
    line: int
    kind: str
    meaning: str
    glyph: str
    word: str
    chain: str  # "nat POSTROUTING"
    rule: int
    text: str
    depth: int
    rule_text: str
    source_line: int
    clauses: tuple[Clause, ...]
    trace: str
    flows: tuple[str, ...]
    header: tuple[HeaderField, ...]
    at: str
    packet: str
    is_aside: bool  # the fate of what the host sent because of the packet

    @property
    def place(self) -> str:
        return f"{self.chain} {self.rule}" if self.rule else self.chain

    @property
    def is_parted(self) -> bool:
        """Whether there is more beside the sentence: the rule's text, a changed header."""
        return bool(self.rule_text or self.header)

    @property
    def rule_pieces(self) -> tuple[Piece, ...]:
        """The rule's text with what its clauses answered."""
        return marked(self.rule_text, self.clauses)

    @property
    def cells(self) -> Iterator[tuple[str, ...]]:
        """The clauses as a table's rows: match, wanted, what the packet has, the answer."""
        for one in self.clauses:
            wanted = f"{'! ' * one.negated}{one.flag} {one.want}"
            yield one.match, wanted, one.seen + one.need, ANSWERS[one.held]

    @property
    def packed_cells(self) -> str:
        """The same for a page with script, which makes the table when it is asked for: as
        elements the tables would be most of a long trace, and the browser slow with it."""
        return json.dumps([*self.cells], ensure_ascii=False, separators=(",", ":"))


ANSWERS = {True: "✓ holds", False: "✗ does not hold", None: "? not known"}

# A longer fold is sent to a page with script without its rows; they come when it is opened.
LONG_FOLD = 40
# So many items stand in a list of their own, which is laid out only when it is near the screen:
# about a screen of them, so that a jump to anywhere in a long trace fits into a frame.
PIECE = 8

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Fold:
    """A run of rules of one chain that did not match; opens on demand. One step: no fold.

    Its steps may be those of a folded run. Rows are made when they are shown: most of a large
    ruleset never is.
    """

    steps: tuple[t.Step, ...]

    @property
    def row(self) -> Row:
        return next(self.rows)

    @property
    def rows(self) -> Iterator[Row]:
        return map(row, t.unfolded(self.steps))

    @property
    def pieces(self) -> Iterator[tuple[Row, ...]]:
        return in_pieces(self.rows)

    @property
    def is_fold(self) -> bool:
        return self.count > 1

    @property
    def count(self) -> int:
        """How many steps of a run that is not folded it stands for."""
        return sum(step.count for step in self.steps)

    @property
    def is_cut(self) -> bool:
        """Whether its rows are on no page that is rendered in one go."""
        return False

    @property
    def is_long(self) -> bool:
        return self.count > LONG_FOLD

    @property
    def sources(self) -> str:
        """The lines of its rules, step by step: ``12-210,7``."""
        runs: list[list[int]] = []
        for line in (line for step in self.steps for line in _lines_of(step)):
            if runs and line == runs[-1][1] + 1:
                runs[-1][1] = line
            else:
                runs.append([line, line])
        return ",".join(f"{a}-{b}" if a != b else f"{a}" for a, b in runs)

    @property
    def first(self) -> t.Step:
        return self.steps[0]

    @property
    def last(self) -> t.Step:
        return self.steps[-1]

    @property
    def last_seq(self) -> int:
        return self.last.last_seq

    @property
    def span_of_rules(self) -> str:
        """``1–2``."""
        last = self.last
        last_rule = last.last if isinstance(last, t.Missed) else last.where.rule
        return f"{self.first.where.rule}–{last_rule}"

    @property
    def place(self) -> str:
        return _chain_of(self.first)

    @property
    def text(self) -> str:
        return f"Rules {self.span_of_rules} of {self.place} don't match: {self.reason}."

    @property
    def span(self) -> str:
        """The place of the row: ``filter FORWARD 1–2``."""
        return f"{self.place} {self.span_of_rules}"

    @property
    def reason(self) -> str:
        """What kept all of them from matching, in a few words."""
        failing: Counter[t.Failing] = Counter()
        for step in self.steps:
            failing.update(_failing(step))
        return difference(failing)


@dataclass(frozen=True, slots=True)
class Cut(Fold):
    """Steps that a page leaves out, because it would be too large; a script asks for them."""

    @property
    def is_fold(self) -> bool:
        return True

    @property
    def is_cut(self) -> bool:
        return True

    @property
    def place(self) -> str:
        return ""

    @property
    def text(self) -> str:
        return f"Steps {self.first.seq}–{self.last_seq} are left out of this page."


# A cut that is opened brings so many rows at most; a longer one is several.
CUT_STEPS = 1_000
# Behind a cut stand the last steps of the packet: how it ended.
TAIL_STEPS = 20


@dataclass(frozen=True, slots=True)
class Group:
    """The steps that one statement of the packets text caused."""

    line: int
    statement: str
    items: tuple[Fold, ...]
    map: Map | None = None  # a statement that sends nothing (wait) has none

    @property
    def pieces(self) -> Iterator[tuple[Fold, ...]]:
        return in_pieces(self.items)


def in_pieces(items: Iterable[Item]) -> Iterator[tuple[Item, ...]]:
    """The items of a list in pieces that a page lays out one by one."""
    rest = iter(items)
    while piece := tuple(islice(rest, PIECE)):
        yield piece


def row(step: t.Step) -> Row:
    meaning = glyph_of(step)
    rule = step if isinstance(step, t.RuleTried) else None
    chain = _chain_of(step)
    return Row(
        seq=step.seq,
        line=step.line,
        kind=step.kind,
        meaning=meaning,
        glyph=GLYPHS[meaning],
        word=MEANINGS[meaning],
        chain=chain,
        # A policy stands behind the last rule: TRACE counts it, and people don't call it a rule.
        rule=0 if isinstance(step, t.PolicyApplied) else step.where.rule,
        text=_beside(step, chain),
        depth=step.where.depth,
        rule_text=rule.text if rule else "",
        source_line=rule.source_line if rule else 0,
        clauses=rule.clauses if rule else (),
        trace=step.trace or "",
        flows=step.lines if isinstance(step, t.FlowsListed) else (),
        header=changed_by(step),
        at=place_of(step),
        packet="" if isinstance(step, (t.FlowsListed, t.Waited)) else tuple_of(step.packet),
        is_aside=isinstance(step, t.Fate) and not step.main,
    )


def _beside(step: t.Step, place: str) -> str:
    """The sentence as it stands beside its place, which a row names once."""
    said = sentence(step)
    if isinstance(step, (t.HookEntered, t.PolicyApplied)):
        return said.removeprefix(f"{place} ")
    return said


class Hits:
    """How often each line of the rules text was looked at, matched, and could not be decided."""

    def __init__(self) -> None:
        self._counts: dict[int, list[int]] = {}

    def note(self, step: t.Step) -> None:
        if isinstance(step, t.Missed):
            for line in step.source_lines():
                self._count(line)[0] += 1
        elif isinstance(step, t.RuleTried):
            count = self._count(step.source_line)
            count[0] += 1
            count[1] += step.held is True
            count[2] += step.held is None

    def _count(self, line: int) -> list[int]:
        found = self._counts.get(line)
        if found is None:
            found = self._counts[line] = [0, 0, 0]
        return found

    def __str__(self) -> str:
        """``line:tried:matched:undecided`` with commas, for the page's script."""
        return ",".join(
            ":".join(map(str, (line, *n))) for line, n in sorted(self._counts.items()) if line
        )


class Folding:
    """Steps to folds, one step at a time: every reader of a trace folds by this alone.

    A run of rules that did not match, in one chain and at one depth, becomes one item. It is
    given out when it is over, which only the step behind it tells, or the end of the trace.
    """

    def __init__(self) -> None:
        self._run: list[t.Step] = []

    def add(self, step: t.Step) -> list[Fold]:
        """The folds that are finished now that this step is there."""
        if not _is_miss(step):
            return [*self.rest(), Fold((step,))]
        over = [] if self._run and _is_same_chain(self._run[-1], step) else self.rest()
        self._run.append(step)
        return over

    def rest(self) -> list[Fold]:
        """The run that is not over yet, as far as it came."""
        run, self._run = self._run, []
        return [Fold(tuple(run))] if run else []


def folded(steps: Iterable[t.Step]) -> Iterator[Fold]:
    """The folds of a trace, or of a part of it that nothing is to follow."""
    folding = Folding()
    for step in steps:
        yield from folding.add(step)
    yield from folding.rest()


def _lines_of(step: t.Step) -> Iterable[int]:
    """The line of each of its rules in the rules text, 0 for what is no rule."""
    if isinstance(step, t.Missed):
        return step.source_lines()
    return (step.source_line if isinstance(step, t.RuleTried) else 0,)


def _failing(step: t.Step) -> Mapping[t.Failing, int] | Iterable[t.Failing]:
    """What kept its rules from matching."""
    if isinstance(step, t.Missed):
        return step.failing()
    if not isinstance(step, t.RuleTried):
        return ()
    return [t.Failing(c.match, c.flag, c.negated) for c in step.clauses if c.held is False]


def _is_miss(step: t.Step) -> bool:
    if isinstance(step, t.Missed):
        return True
    return isinstance(step, t.RuleTried) and step.held is False and not step.hotdrop


def _is_same_chain(before: t.Step, step: t.Step) -> bool:
    a, b = before.where, step.where
    return (before.line, before.packet.id, a.depth, a.table_name, a.chain) == (
        step.line, step.packet.id, b.depth, b.table_name, b.chain,
    )  # fmt: skip


def _chain_of(step: t.Step) -> str:
    return f"{step.where.table_name} {step.where.chain or step.where.hook or ''}".strip()


def grouped(
    steps: Iterable[t.Step], compiled: Compiled, most: int | None = None
) -> tuple[Group, ...]:
    """The whole trace for a page that is rendered in one go.

    ``most``: so many steps are shown, of each statement the first and the last ones.
    """
    by_line: dict[int, list[t.Step]] = {}
    for step in steps:
        by_line.setdefault(step.line, []).append(step)
    share = _share(map(len, by_line.values()), most) if most is not None else None
    return tuple(
        Group(
            line,
            statement_text(compiled, line),
            tuple(_shortened(found, share)),
            path_of(found, compiled),
        )
        for line, found in by_line.items()
    )


def _share(sizes: Iterable[int], most: int) -> int:
    """How many steps each statement may show: what short ones leave, long ones have."""
    ordered, left, share = sorted(sizes), most, most
    for at, size in enumerate(ordered):
        share = left // (len(ordered) - at)
        if size > share:
            break
        left -= size
    return share


def _shortened(steps: list[t.Step], most: int | None) -> Iterator[Fold]:
    """The folds of a statement's steps; of too many those in the middle are cut out."""
    if most is None or len(steps) <= most:
        yield from folded(steps)
        return
    tail = min(TAIL_STEPS, most // 2)
    head = most - tail
    yield from folded(steps[:head])
    end = len(steps) - tail
    for start in range(head, end, CUT_STEPS):
        yield Cut(tuple(steps[start : min(start + CUT_STEPS, end)]))
    yield from folded(steps[end:])


def path_of(steps: list[t.Step], compiled: Compiled) -> Map | None:
    """The map of one statement, if it sent a packet."""
    if not any(step.packet.data for step in steps):
        return None
    return draw_map(steps, compiled)


def statement_text(compiled: Compiled, line: int) -> str:
    return next((s.text for s in compiled.script if s.line == line), "")
