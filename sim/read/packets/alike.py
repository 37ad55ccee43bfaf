"""Packets whose lines are shaped like some that were read: they are well, and need no reading.

A log of an attack is ten thousand lines that differ in their numbers. Whether a number is well
is a matter of its bounds, so what was read with a smaller one and with a greater one is well
with any between. Whatever else a line says must be the same, letter by letter. Where a shape
comes often, its line is read with great and small numbers in each place, to learn the bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from operator import le

from sim.base import budget
from sim.base.errors import Refused, SourceError
from sim.model.host import Host
from sim.packet.script import TypedCommand
from sim.read.packets.tcpdump import Dump, is_chatter, is_dump
from sim.read.packets.text import WHERE, dumped, grouped, read_statement
from sim.read.packets.way_in import way_in

MOST_SHAPES = 1_000
MOST_WRONG = 200  # units that are wrong: then the ordinary reader may as well begin
COMES_OFTEN = 6  # lines of a shape that were read: then its bounds are worth learning
MOST_TRIED = 1_000  # lines with other numbers, of a whole text
GREAT = (0xFFFFFFFF, 0xFFFF, 0xFF, 63, 15)  # what fields hold at most
SMALL = (0, 1)

_SLOT = re.compile(
    r"(?P<time>\b\d\d:\d\d:\d\d\.\d{1,9}\b)"
    r"|(?P<mac>\b[\da-f]{2}(?::[\da-f]{2}){5}\b)"
    r"|(?P<six>(?<![\w:.])(?:(?:[\da-f]{1,4}:){7}[\da-f]{1,4}|[\da-f:]*::[\da-f:]*)(?![\w:]))"
    r"|(?<![\w-])(?P<number>0|[1-9]\d{0,17})(?!\w)"
)
_FROM = re.compile(r"\bIP6? (?:\([^)]*\) )?(?P<source>[\da-f:.]+) > ")


class _Changes(Exception):
    """A command stands between the packets: what is well behind it is not what was before."""


@dataclass(slots=True)
class Bounds:
    """Of each number of a shape: the smallest and the greatest that is well."""

    low: list[int]
    high: list[int]
    read: int = 1

    def hold(self, numbers: Sequence[int]) -> bool:
        return all(map(le, self.low, numbers)) and all(map(le, numbers, self.high))

    def widen(self, numbers: Sequence[int]) -> None:
        self.low = list(map(min, self.low, numbers))
        self.high = list(map(max, self.high, numbers))


class Shapes:
    """The shapes that were read, each with the bounds of its numbers."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.wrong = 0
        self.tried = 0
        self._dump = Dump(host)
        self._bounds: dict[str, Bounds] = {}
        self._ways: dict[str, bool] = {}

    def knows(self, text: str) -> bool:
        """Is this unit well? One that cannot be told by its shape is read, and remembered."""
        told = self._numbers(text)
        if told is None or not self._is_placed(text):
            is_read = self._is_read(text)
            self.wrong += not is_read
            return is_read
        shape, numbers = told
        bounds = self._bounds.get(shape)
        if bounds is not None and bounds.hold(numbers):
            return True
        if not self._is_read(text):
            self.wrong += 1
            return False
        if bounds is None:
            if len(self._bounds) < MOST_SHAPES:
                self._bounds[shape] = Bounds(numbers, numbers)
            return True
        bounds.widen(numbers)
        bounds.read += 1
        if bounds.read == COMES_OFTEN:
            self._learn(text, numbers, bounds)
        return True

    def _learn(self, text: str, numbers: list[int], bounds: Bounds) -> None:
        """Read the line with other numbers, one place at a time."""
        places = [found for found in _SLOT.finditer(text) if found.lastgroup == "number"]
        for at, found in enumerate(places):
            for ladder in (GREAT, SMALL):
                for number in ladder:
                    if bounds.low[at] <= number <= bounds.high[at]:
                        break
                    if self.tried >= MOST_TRIED:
                        return
                    self.tried += 1
                    if self._is_read(f"{text[: found.start()]}{number}{text[found.end() :]}"):
                        bounds.widen([*numbers[:at], number, *numbers[at + 1 :]])
                        break

    @staticmethod
    def _numbers(text: str) -> tuple[str, list[int]] | None:
        """The text without its values, and its numbers; ``None``: an address is none."""
        numbers: list[int] = []
        is_well = True

        def slot(found: re.Match[str]) -> str:
            nonlocal is_well
            kind = found.lastgroup or ""
            if kind == "number":
                numbers.append(int(found[0]))
            elif kind == "six":
                is_well = is_well and _is_six(found[0])
            return f"\0{kind[0]}"

        shape = _SLOT.sub(slot, text)
        return (shape, numbers) if is_well and text.isascii() and "\0" not in text else None

    def _is_placed(self, text: str) -> bool:
        """Whether the way in of what tcpdump printed follows from its sender's route."""
        if text.startswith(("in ", "local ")):
            return True
        found = _FROM.search(text)
        if found is None:
            return False
        end = found["source"]
        if end not in self._ways:
            self._ways[end] = self._has_way(end)
        return self._ways[end]

    def _has_way(self, end: str) -> bool:
        for word in (end, end.rpartition(".")[0]):
            try:
                return bool(way_in(self.host, ip_address(word)))
            except ValueError:
                continue
        return False

    def _is_read(self, text: str) -> bool:
        """Whether the ordinary reader takes it."""
        try:
            for line, below in grouped(text):
                if is_dump(line.text):
                    dumped(line, below, 1, self._dump)
                elif isinstance(read_statement(line, 1, self.host), TypedCommand):
                    raise _Changes
        except SourceError:
            return False
        return True


@lru_cache(maxsize=1024)
def _is_six(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def doubtful(lines: Sequence[str], host: Host) -> list[int]:
    """The places of the lines that something is wrong with, or that were not looked at."""
    shapes = Shapes(host)
    out: list[int] = []
    try:
        with budget.refusing(WHERE):
            for first, last in _units(lines):
                budget.at_line(first + 1)
                text = "\n".join(lines[first:last])
                if shapes.wrong > MOST_WRONG or not shapes.knows(text):
                    out += range(first, last)
    except (_Changes, Refused):
        return list(range(len(lines)))
    return out


def _units(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where each statement begins and ends: with its indented lines, and what a backslash joins."""
    first = 0
    for place in range(1, len(lines) + 1):
        if place < len(lines) and (
            lines[place][:1].isspace() or lines[place - 1].endswith("\\")
            or is_chatter(lines[place])
        ):  # fmt: skip
            continue
        yield first, place
        first = place
