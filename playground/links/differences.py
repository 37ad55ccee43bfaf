"""Two versions side by side: what differs in their texts, and in what became of the packets."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from playground.links.traces import Change, first_change
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


@dataclass(frozen=True, slots=True)
class TextLine:
    """``kind``: added, removed, same, or the place in the text."""

    kind: str
    text: str


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
class Differences:
    texts: tuple[TextDifference, ...]
    packets: tuple[PacketDifference, ...]
    problem: str = ""

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
        packets = tuple(_packets(_steps(before), _steps(after)))
    except Refused as refused:
        problem = f"One of them does not run: {refused.errors[0]}"
        return Differences(texts, (), problem)
    return Differences(texts, packets)


def lines_between(before: str, after: str) -> Iterator[TextLine]:
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MOST_LINES and old != new:
        yield TextLine("place", f"{len(old)} lines became {len(new)}: too many to compare here")
        return
    for text in difflib.unified_diff(old, new, lineterm="", n=2):
        if not text.startswith(("---", "+++")):
            yield TextLine(SIGNS[text[0]], text[1:] if text[0] in "+- " else text)


def _steps(scenario: Scenario) -> list[Step]:
    found: list[Step] = []
    with contextlib.suppress(runs.Stopped):  # compared up to there
        found.extend(runs.steps(runs.prepare(scenario)))
    return found


def _packets(before: Iterable[Step], after: Iterable[Step]) -> Iterator[PacketDifference]:
    old, new = _by_statement(before), _by_statement(after)
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
