"""Comments that silence findings.

``# chainwalk: ignore NAME[, NAME...]`` on a line or the line above it is about that line, in
any of the three texts; followed by ``everywhere`` it is about the whole scenario. ``all`` is
every name. A rule may carry the same words as its comment (``-m comment``), which survive
iptables-save.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from sim.base.frozen import dataclass, replace
from sim.model.scenario import Scenario
from sim.tools.advice.finding import Finding, Fix, TextPlace

_COMMENT = re.compile(
    r"chainwalk:\s*ignore\s+(?P<names>[a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)(?P<all>\s+everywhere)?"
)
TEXTS = ("rules", "host", "packets")


@dataclass(frozen=True, slots=True)
class Silence:
    """``lines``: text and line to the names that are silent there."""

    everywhere: frozenset[str]
    lines: Mapping[tuple[str, int], frozenset[str]]

    def covers(self, name: str, place: TextPlace) -> bool:
        found = self.lines.get((place.where, place.span.line), frozenset())
        return bool(found & {name, "all"})


def silence_of(scenario: Scenario) -> Silence:
    everywhere: set[str] = set()
    lines: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for where in TEXTS:
        text = getattr(scenario, where)
        if "chainwalk:" not in text:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            found = _COMMENT.search(line)
            if found is None:
                continue
            names = set(re.split(r"\s*,\s*", found["names"]))
            if found["all"]:
                everywhere |= names
            elif line.lstrip().startswith("#"):
                lines[where, number + 1] |= names
            else:
                lines[where, number] |= names
    return Silence(frozenset(everywhere), {key: frozenset(names) for key, names in lines.items()})


def heard(findings: Iterator[Finding], scenario: Scenario) -> Iterator[Finding]:
    """The findings that no comment silences; of one with many places, those that are left."""
    silence = silence_of(scenario)
    for finding in findings:
        if silence.everywhere & {finding.name, "all"}:
            continue
        left = tuple(p for p in finding.places if not silence.covers(finding.name, p))
        if left == finding.places:
            yield finding
        elif left and finding.places[0] in left:
            yield replace(finding, places=left, fix=_left_of(finding, left))


def _left_of(finding: Finding, left: tuple[TextPlace, ...]) -> Fix | None:
    """The fix without its edits on silenced lines."""
    if finding.fix is None:
        return None
    silent = {(p.where, p.span.line) for p in finding.places} - {
        (p.where, p.span.line) for p in left
    }
    edits = tuple(e for e in finding.fix.edits if (e.where, e.span.line) not in silent)
    return replace(finding.fix, edits=edits) if edits else None
