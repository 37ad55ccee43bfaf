"""The list of packets: each statement of the packets text with what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from playground.shown.headlines import Headline
from sim.read.packets.text import readable


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement with its headlines: none while it waits for its turn, or where it needs none."""

    line: int
    statement: str
    headlines: tuple[Headline, ...] = ()
    trouble: str = ""  # what its card says went wrong although it got through

    @property
    def verdict(self) -> str:
        """The first headline's; ``waiting`` where there is none."""
        return self.headlines[0].verdict if self.headlines else "waiting"

    @property
    def target(self) -> str:
        """Where the page leads to from it: the step that decided, else the statement's steps."""
        return f"step-{self.headlines[0].seq}" if self.headlines else f"packet-{self.line}"


def waiting(packets: str) -> tuple[Entry, ...]:
    """The list while the texts are refused: what can be read of the packets."""
    return tuple(Entry(one.line, one.text) for one in readable(packets))
