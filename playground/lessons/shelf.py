"""The lessons as they lie on disk: ``NAME/lesson.md`` and its ``*.toml`` scenarios.

A page begins with ``question:`` and ``answer:`` lines, then a blank line, then Markdown. A line
``{{ NAME NAME }}`` stands for scenarios side by side, ``{{ map NAME }}`` for the map alone,
``{{ cause NAME }}`` for scenarios that also tell what the sender of each packet would notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.model.scenario import Scenario

FOLDER = Path(__file__).parent
# In the order in which they are read; each name is an address for ever.
ORDER = (
    "first-steps",
    "traversal",
    "snat-or-masquerade",
    "owner-match",
    "strongswan-clients",
    "ip-forward",
    "security-groups-on-a-bridge",
    "docker-user-and-dnat",
    "ufw-and-docker",
    "hairpin-nat",
    "answer-takes-another-way",
    "rp-filter-two-uplinks",
    "mss-clamping",
    "notrack-and-nat",
    "kube-proxy-service",
    "redirect-to-a-proxy",
    "fail2ban-and-recent",
    "invalid-drops",
    "insert-or-append",
)
_MARK = re.compile(r"^\{\{ *(?:(?P<how>map|cause) +)?(?P<names>[a-z0-9][a-z0-9 -]*?) *\}\}$", re.M)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of Markdown, or scenarios side by side. ``is_map``: only their way;
    ``tells_cause``: also why a packet that went on does its sender no good."""

    text: str = ""
    names: tuple[str, ...] = ()
    is_map: bool = False
    tells_cause: bool = False


@dataclass(frozen=True, slots=True)
class Lesson:
    """``scenarios`` by the name of their file."""

    slug: str
    title: str
    question: str
    answer: str
    pieces: tuple[Piece, ...]
    scenarios: dict[str, Scenario]

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(FOLDER / self.slug / f"{name}.toml" for name in self.scenarios)


@cache
def lessons() -> tuple[Lesson, ...]:
    return tuple(_read(slug) for slug in ORDER)


def lesson(slug: str) -> Lesson | None:
    return next((found for found in lessons() if found.slug == slug), None)


def _read(slug: str) -> Lesson:
    """Raises ``ValueError`` for a page that names a scenario that is not there."""
    text = (FOLDER / slug / "lesson.md").read_text()
    head, _, body = text.partition("\n\n")
    said = dict(line.split(": ", 1) for line in head.splitlines())
    paths = sorted((FOLDER / slug).glob("*.toml"))
    scenarios = {path.stem: Scenario.from_toml(path.read_text()) for path in paths}
    parts = tuple(pieces(body))
    for name in (name for piece in parts for name in piece.names):
        if name not in scenarios:
            raise ValueError(f"{slug}: there is no scenario {name}")
    return Lesson(slug, said["title"], said["question"], said["answer"], parts, scenarios)


def pieces(body: str) -> Iterator[Piece]:
    at = 0
    for mark in _MARK.finditer(body):
        if body[at : mark.start()].strip():
            yield Piece(text=body[at : mark.start()])
        yield Piece(
            names=tuple(mark["names"].split()),
            is_map=mark["how"] == "map",
            tells_cause=mark["how"] == "cause",
        )
        at = mark.end()
    if body[at:].strip():
        yield Piece(text=body[at:])
