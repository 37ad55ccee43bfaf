"""Two versions side by side: what differs in their texts, and in what became of the packets."""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from playground.links.traces import Change, first_change
from playground.shown.changed import Pieces, marks
from playground.site.limits import LIMITS
from playground.walks import runs
from sim.base.errors import Refused
from sim.model.scenario import Scenario
from sim.tell.render import line, sentence
from sim.tools.whatif.hosts import PASSES
from sim.trace.steps import Fate, Step

TEXTS = ("title", "rules", "host", "packets", "expect", "description")
MOST_LINES = LIMITS.compared_lines  # of one text; comparing takes time
SIGNS = {"+": "added", "-": "removed", "@": "place", " ": "same"}
BEFORE_PARTING = 2  # steps that both took, shown above where they part
MOST_ROWS = 200  # of two walks side by side
_PLACE = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class TextLine:
    """``kind``: added, removed, same, or the place in the text. ``old`` and ``new`` number it in
    either text, from 1 (0: it is not in that one). ``pieces`` mark what was changed of a line that
    has a counterpart."""

    kind: str
    text: str
    old: int = 0
    new: int = 0
    pieces: Pieces = ()


@dataclass(frozen=True, slots=True)
class TextDifference:
    name: str
    lines: tuple[TextLine, ...]


@dataclass(frozen=True, slots=True)
class PacketDifference:
    """One statement in both versions. ``change``: the first step that is another one.

    A packet that passes by another rule has the same fate, though its sentence names the rule.
    """

    number: int
    before: str  # its fate; empty: that version has no such packet
    after: str
    fate_changed: bool
    change: Change | None


@dataclass(frozen=True, slots=True)
class Row:
    """A step of either walk, or the same one of both; empty where one walk has none there."""

    before: str
    after: str

    @property
    def is_same(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class Lockstep:
    """Both walks of a packet from where they part. ``shared``: steps before the rows that both
    took; ``more``: rows that are not shown."""

    number: int
    shared: int
    rows: tuple[Row, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Differences:
    """``lockstep``: of the first packet whose outcome changed."""

    texts: tuple[TextDifference, ...]
    packets: tuple[PacketDifference, ...]
    problem: str = ""
    lockstep: Lockstep | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "texts": [
                {"name": text.name, "lines": [[one.kind, one.text] for one in text.lines]}
                for text in self.texts
            ],
            "packets": [
                {
                    "packet": packet.number,
                    "before": packet.before or None,
                    "after": packet.after or None,
                    "fate_changed": packet.fate_changed,
                    "first_step": (
                        [packet.change.number, packet.change.before, packet.change.after]
                        if packet.change
                        else None
                    ),
                }
                for packet in self.packets
            ],
            "problem": self.problem or None,
        }


def between(before: Scenario, after: Scenario) -> Differences:
    """Everything that differs; what cannot be run is told in ``problem``."""
    texts = tuple(
        TextDifference(name, lines)
        for name in TEXTS
        if (lines := tuple(lines_between(getattr(before, name), getattr(after, name))))
    )
    try:
        old, new = _by_statement(_steps(before)), _by_statement(_steps(after))
    except Refused as refused:
        problem = f"One of them does not run: {refused.errors[0]}"
        return Differences(texts, (), problem)
    packets = tuple(_packets(old, new))
    changed = next((one.number for one in packets if one.fate_changed), None)
    if changed is None:
        return Differences(texts, packets)
    sides = [[_words_of(step) for step in side.get(changed, [])] for side in (old, new)]
    return Differences(texts, packets, lockstep=lockstep_of(changed, *sides))


def lines_between(before: str, after: str) -> Iterator[TextLine]:
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MOST_LINES and old != new:
        yield TextLine("place", f"{len(old)} lines became {len(new)}: too many to compare here")
        return
    yield from _with_words(_numbered(difflib.unified_diff(old, new, lineterm="", n=2)))


def _numbered(lines: Iterable[str]) -> Iterator[TextLine]:
    old = new = 0
    for at, text in enumerate(lines):
        if at < 2:  # the names of the two files, which have none
            continue
        kind = SIGNS[text[0]]
        if kind == "place":
            place = _PLACE.match(text)
            old, new = (int(place[1]), int(place[2])) if place else (0, 0)
            yield TextLine(kind, text)
            continue
        yield TextLine(
            kind, text[1:], 0 if kind == "added" else old, 0 if kind == "removed" else new
        )
        old, new = old + (kind != "added"), new + (kind != "removed")


def _with_words(lines: Iterable[TextLine]) -> Iterator[TextLine]:
    """Lines that went and lines that came in their place, in pairs: what differs is marked."""
    gone: list[TextLine] = []
    come: list[TextLine] = []
    for one in lines:
        if one.kind == "removed" and not come:
            gone.append(one)
        elif one.kind == "added":
            come.append(one)
        else:
            yield from _paired(gone, come)
            gone, come = ([one], []) if one.kind == "removed" else ([], [])
            if not gone:
                yield one
    yield from _paired(gone, come)


def _paired(gone: Sequence[TextLine], come: Sequence[TextLine]) -> Iterator[TextLine]:
    marked = [marks(was.text, now.text) for was, now in zip(gone, come, strict=False)]
    for side, lines in enumerate((gone, come)):
        for at, one in enumerate(lines):
            yield replace(one, pieces=marked[at][side]) if at < len(marked) else one


def lockstep_of(number: int, before: Sequence[str], after: Sequence[str]) -> Lockstep:
    """Both walks side by side from where they part, the steps that both take beside each other."""
    change = first_change([*before], [*after])
    parted = 0 if change is None else change.number - 1
    shared = max(0, parted - BEFORE_PARTING)
    old, new = before[shared:], after[shared:]
    rows: list[Row] = []
    if max(len(old), len(new)) <= MOST_LINES:
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        for _, a, b, c, d in matcher.get_opcodes():
            rows += [Row(*both) for both in zip_longest(old[a:b], new[c:d], fillvalue="")]
    else:  # comparing takes time
        rows = [Row(*both) for both in zip_longest(old, new, fillvalue="")]
    return Lockstep(number, shared, tuple(rows[:MOST_ROWS]), max(0, len(rows) - MOST_ROWS))


def _steps(scenario: Scenario) -> list[Step]:
    found: list[Step] = []
    with contextlib.suppress(runs.Stopped):  # compared up to there
        found.extend(runs.steps(runs.prepare(scenario)))
    return found


def _words_of(step: Step) -> str:
    """Its line without the number of its packet, which stands above."""
    return line(step).strip().removeprefix(str(step.line)).strip()


def _packets(
    old: Mapping[int, list[Step]], new: Mapping[int, list[Step]]
) -> Iterator[PacketDifference]:
    for number in sorted(old.keys() | new.keys()):
        mine, other = old.get(number, []), new.get(number, [])
        change = first_change([line(step) for step in mine], [line(step) for step in other])
        if change is not None:
            was, now = _fate(mine), _fate(other)
            yield PacketDifference(
                number, _sentence(was), _sentence(now), _outcome(was) != _outcome(now), change
            )


def _by_statement(steps: Iterable[Step]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = {}
    for step in steps:
        found.setdefault(step.line, []).append(step)
    return found


def _fate(steps: Sequence[Step]) -> Fate | None:
    return next((s for s in reversed(steps) if isinstance(s, Fate) and s.main), None)


def _sentence(fate: Fate | None) -> str:
    return sentence(fate) if fate is not None else ""


def _outcome(fate: Fate | None) -> tuple[object, ...]:
    """What became of the packet, without what let it pass."""
    if fate is None or fate.verdict not in PASSES or fate.packet.is_arp:
        return (_sentence(fate),)
    headers = fate.packet.headers
    return (fate.verdict, fate.at, headers.src, headers.sport, headers.dst, headers.dport)
