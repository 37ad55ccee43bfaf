"""The shipped scenarios, read from ``playground/examples/*.toml`` in name order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.model.scenario import Scenario

FOLDER = Path(__file__).parent.parent / "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """``name`` is the part of the file's name behind its number, and its address."""

    name: str
    scenario: Scenario


@cache
def everything() -> tuple[Example, ...]:
    return tuple(
        Example(path.stem.split("-", 1)[1], Scenario.from_toml(path.read_text()))
        for path in sorted(FOLDER.glob("*.toml"))
    )


def first() -> Example:
    return everything()[0]


def by_name(name: str) -> Example | None:
    return next((example for example in everything() if example.name == name), None)
