"""What the packets text asks of the far end and nobody could send."""

from __future__ import annotations

from sim.trace.outcomes.base import Cause


class Impossible(ValueError):
    """There is no such packet; ``cause`` says why."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(repr(cause))
        self.cause = cause
