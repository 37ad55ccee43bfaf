"""One part of many breaks: the others go on, and who asked learns of it.

A piece of advice, or a guess at a cause, is code of its own that reads whatever somebody typed. A
fault in one must not take away what the others found. Nobody listens by default, and then a fault
goes its way as any other: a test sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sim.base.budget import Spent
from sim.base.errors import Refused

Listener = Callable[[str, Exception], None]

_listener: ContextVar[Listener | None] = ContextVar("faults", default=None)


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """What breaks inside ``apart`` is told to ``listener``, by the part's name, and goes no
    further."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def apart(name: str) -> Iterator[None]:
    """One part of many. What it raises by design (``Refused``, ``Spent``) is no fault."""
    try:
        yield
    except (Refused, Spent):
        raise
    except Exception as fault:
        listener = _listener.get()
        if listener is None:
            raise
        listener(name, fault)
