"""Where the cutting is: the lines from here on, and what was typed above them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from sim.base.frozen import dataclass
from sim.read.paste.model import PasteCommand


@dataclass(frozen=True, slots=True)
class PastePlace:
    """``lines[at:end]`` are free to be taken; ``end`` is the next prompt or the paste's end."""

    lines: Sequence[str]
    at: int
    end: int
    said: PasteCommand | None = None

    @property
    def line(self) -> str:
        return self.lines[self.at]

    @property
    def command(self) -> str:
        """The command above, or nothing."""
        return self.said.text if self.said is not None else ""

    def rest(self) -> Iterator[str]:
        """The free lines, this one first."""
        for number in range(self.at, self.end):
            yield self.lines[number]

    def run_of(self, pattern: re.Pattern[str]) -> int:
        """How many lines from here on match, one behind the other."""
        count = 0
        for line in self.rest():
            if not pattern.match(line):
                break
            count += 1
        return count

    def stretch(self, fits: Callable[[str], object]) -> int:
        """How many lines from here on fit; blank ones at the end are left to what follows."""
        last = 0
        for number, line in enumerate(self.rest(), 1):
            if not fits(line):
                break
            last = number if line.strip() else last
        return last
