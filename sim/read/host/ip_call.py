"""One ``ip`` command as it is handed to what carries it out."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.read.host.draft import HostDraft
from sim.read.host.reader import Reader, shape
from sim.read.host.words import Word
from sim.read.lines import Line


@dataclass(frozen=True, slots=True)
class IpCall:
    """One ``ip`` command: ``rest`` is the line with everything before its arguments blanked."""

    draft: HostDraft
    rest: Line
    action: str
    family: int
    at: Word  # what an error about the whole command points at

    def read(self, start: str) -> Reader:
        tree = shape().parse(self.rest, start)
        return Reader(self.draft, self.rest, tree)

    def note_failed(self, why: str) -> None:
        """The real command would print an error and change nothing."""
        self.draft.note(f"line {self.rest.number} changes nothing: {why}")
