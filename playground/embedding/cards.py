"""The picture of a scenario as data: its title, the fates, the first packet's way.

The way is the page's own map (``playground.shown.diagram``): the picture cannot say another.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from playground.shown.diagram import Drawing, draw
from playground.walks.runs import Walk
from sim.tell.render import sentence
from sim.trace.steps import Fate

MOST_FATES = 4
MEANINGS = {
    "forwarded": "goes", "sent": "goes", "delivered": "goes",
    "dropped": "stopped", "rejected": "stopped",
}  # fmt: skip
# The palette of theme.css; an image has no style sheet to ask.
THEMES = {
    "light": {
        "paper": "#fbfaf7", "ink": "#1d1c1a", "quiet": "#5d5a53", "hair": "#ddd8cd",
        "accent": "#17466e", "goes": "#17663a", "stopped": "#ab1f1f", "unknown": "#6a3bb0",
        "rewritten": "#835300",
    },
    "dark": {
        "paper": "#14171b", "ink": "#e9e6e0", "quiet": "#a8a49c", "hair": "#343a43",
        "accent": "#8fc1ee", "goes": "#74d39b", "stopped": "#ff918a", "unknown": "#c7abff",
        "rewritten": "#f0b952",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    number: int
    meaning: str  # goes, stopped, unknown
    sentence: str


@dataclass(frozen=True, slots=True)
class Card:
    """``more``: how many packets' fates do not fit. ``way`` ``None``: there is no packet."""

    title: str
    verdicts: tuple[Verdict, ...]
    more: int
    way: Drawing | None
    problem: str = ""

    @property
    def words(self) -> str:
        """The picture for those who do not see it."""
        said = [f"Packet {one.number}: {one.sentence}" for one in self.verdicts]
        return " ".join([self.problem, *said]).strip()


def card_of(title: str, walk: Walk) -> Card:
    title = title or "What netfilter does to a packet"
    if walk.refused is not None or walk.prepared is None:
        return Card(title, (), 0, None, "This scenario cannot be read.")
    fates = [step for step in walk.steps if isinstance(step, Fate) and step.main]
    verdicts = tuple(
        Verdict(fate.line, MEANINGS.get(fate.verdict, "unknown"), sentence(fate)) for fate in fates
    )
    first = fates[0].line if fates else 0
    steps = [step for step in walk.steps if step.line == first]
    way = draw(steps, walk.prepared.compiled).drawings[0] if steps else None
    return Card(title, verdicts[:MOST_FATES], max(0, len(verdicts) - MOST_FATES), way)


def wrapped(text: str, width: int, most: int) -> list[str]:
    """Lines of at most ``width`` characters; what does not fit into ``most`` ends in dots."""
    lines = textwrap.wrap(text, width) or [""]
    if len(lines) > most:
        lines = [*lines[: most - 1], textwrap.shorten(" ".join(lines[most - 1 :]), width,
                                                       placeholder=" …")]  # fmt: skip
    return lines
