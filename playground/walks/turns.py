"""Who is next: clients in turn, and each client's own in the order in which they came."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """A queue of things that clients wait for."""

    def __init__(self) -> None:
        self._lines: OrderedDict[object, deque[T]] = OrderedDict()

    def add(self, client: object, thing: T) -> None:
        self._lines.setdefault(client, deque()).append(thing)

    def waiting(self, client: object) -> int:
        """How many things of this client wait."""
        return len(self._lines.get(client, ()))

    def discard(self, client: object, thing: T) -> None:
        """It waits no longer; whether it did makes no difference."""
        line = self._lines.get(client)
        if line is not None and thing in line:
            line.remove(thing)
            self._drop_if_empty(client)

    def next(
        self, may_begin: Callable[[object], bool], fits: Callable[[T], bool] = lambda thing: True
    ) -> tuple[object, T] | None:
        """Take the first thing that fits, of the next client who may begin and has one; that
        client is then the last."""
        for client, line in self._lines.items():
            if not may_begin(client):
                continue
            thing = next(filter(fits, line), None)
            if thing is not None:
                line.remove(thing)
                self._lines.move_to_end(client)
                self._drop_if_empty(client)
                return client, thing
        return None

    def _drop_if_empty(self, client: object) -> None:
        if not self._lines[client]:
            del self._lines[client]
