"""What reading a text, or looking at what it says, may cost at most.

A budget counts, so that the same text costs the same on every machine; whoever gives it may also
say when its time is over. It is handed down beside the call (``spent_from``), because what costs
is made many calls below. Without one nothing is bounded but by the defaults of ``Budget``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field

from sim.base.errors import Refused, SourceError, Span
from sim.base.frozen import dataclass

# So many looks are between two questions whether the time is over; a look is about a microsecond.
_BETWEEN = 2_000
MOST_OBJECTS = 150_000
TOO_MUCH = "too-much"


class Spent(Exception):
    """The budget is spent. The message says on what.

    Not a ``ValueError``: what reads one line must not take it for that line's fault.
    """


@dataclass(slots=True)
class Budget:
    """``objects``: rules, elements of sets and the like that may be made, about 1 kB each.

    ``looks``: steps of work whose number does not follow from the text's length alone.
    ``is_over`` is asked now and then; true ends the work.
    """

    objects: int = MOST_OBJECTS
    looks: int = 20_000_000
    is_over: Callable[[], bool] = field(default=lambda: False)
    made: int = 0
    looked: int = 0
    line: int = 1  # of the text that is being read
    _asked: int = 0

    def make(self, count: int, what: str) -> None:
        """Take ``count`` objects, before they are made. Raises ``Spent``."""
        self.made += count
        if self.made > self.objects:
            raise Spent(f"with this line the text makes more than {self.objects} {what}")
        self.look(count)

    def at_line(self, number: int) -> None:
        """A reader comes to this line of its text. Raises ``Spent``."""
        self.line = number
        self.look(_BETWEEN // 20)

    def look(self, count: int) -> None:
        """Take ``count`` steps of work. Raises ``Spent``."""
        self.looked += count
        self._asked += count
        if self.looked > self.looks:
            raise Spent("up to here, reading the text takes too much work")
        if self._asked >= _BETWEEN:
            self._asked = 0
            if self.is_over():
                raise Spent("up to here, reading the text takes too long")


_current: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def spent_from(budget: Budget) -> Iterator[Budget]:
    """What is called inside spends from this budget."""
    token = _current.set(budget)
    try:
        yield budget
    finally:
        _current.reset(token)


@contextmanager
def refusing(where: str) -> Iterator[None]:
    """Around the reading of one text: a spent budget is ``Refused`` at the line it came to.

    Where no budget was handed down, the text has one of its own.
    """
    budget = _current.get() or Budget()
    budget.line = 1
    with spent_from(budget):
        try:
            yield
        except Spent as spent:
            place = Span(budget.line, 1, budget.line, 2)
            raise Refused(
                [
                    SourceError(
                        str(spent),
                        place,
                        where=where,
                        hint="leave out what the packets do not need",
                        kind=TOO_MUCH,
                    )
                ]
            ) from None


def at_hand() -> Budget:
    """The budget at hand; where there is none, one that bounds nothing."""
    return _current.get() or Budget(1 << 62, 1 << 62)


def at_line(number: int) -> None:
    """A reader comes to this line of its text. Raises ``Spent``."""
    budget = _current.get()
    if budget is not None:
        budget.at_line(number)


def line() -> int:
    """The line that the reader has come to, 1 without a budget."""
    budget = _current.get()
    return budget.line if budget is not None else 1


def make(count: int, what: str) -> None:
    """``Budget.make`` of the budget at hand, if there is one."""
    budget = _current.get()
    if budget is not None:
        budget.make(count, what)


def look(count: int = 1) -> None:
    """``Budget.look`` of the budget at hand, if there is one."""
    budget = _current.get()
    if budget is not None:
        budget.look(count)


def is_over() -> bool:
    """Whether the time of the budget at hand is over."""
    budget = _current.get()
    return budget is not None and budget.is_over()
