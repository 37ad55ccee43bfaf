"""When templates are used: what they cost, and what they spare."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from sim.base.frozen import dataclass

# A template costs as much as reading some lines does, and most shapes come once or twice. So a
# short text is read without, and one is learnt from this line of its shape; sooner where the same
# has taken so many lines of another text.
SHORTEST = 150  # lines of a text
LEARNT_AT, FAMILIAR_AT, WORTH_IT = 5, 2, 20
MOST_FAMILIAR = 2048


@dataclass(frozen=True, slots=True)
class Thrift:
    """When templates are used: in texts of so many lines, each from that line of its shape on."""

    shortest: float = SHORTEST
    learnt_at: int = LEARNT_AT


_USUAL = Thrift()
_thrift: ContextVar[Thrift] = ContextVar("thrift", default=_USUAL)


def thrift_now() -> Thrift:
    return _thrift.get()


@contextmanager
def read_with(thrift: Thrift) -> Iterator[None]:
    """Inside, templates are used like this: for tests that compare."""
    token = _thrift.set(thrift)
    try:
        yield
    finally:
        _thrift.reset(token)


def ordinary_reader_alone() -> AbstractContextManager[None]:
    """Inside, no line is read by a template."""
    return read_with(Thrift(math.inf))


def are_used(lines: int) -> bool:
    """Are templates used for a text of so many lines?"""
    return lines >= thrift_now().shortest
