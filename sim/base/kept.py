"""What is worked out once for an object and kept as long as the object lives.

A loaded ruleset never changes, so what is known of a chain serves every run that walks it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import ref

T = TypeVar("T")
Made = TypeVar("Made")


class Kept(Generic[T, Made]):
    """Results of ``make``, each beside the object it was made of. Objects need no hash."""

    def __init__(self, make: Callable[[T], Made]) -> None:
        self._make = make
        self._kept: dict[int, tuple[ref[T], Made]] = {}

    def of(self, thing: T) -> Made:
        """What ``make`` gives for this very object; made on the first call."""
        found = self._kept.get(id(thing))
        if found is not None and found[0]() is thing:
            return found[1]
        return self.keep(thing, self._make(thing))

    def known(self, thing: T) -> Made | None:
        """What was made of this object, if anything was."""
        found = self._kept.get(id(thing))
        return found[1] if found is not None and found[0]() is thing else None

    def keep(self, thing: T, made: Made) -> Made:
        """Keep what was made of an object in another way."""
        key = id(thing)
        # An object is gone, and this with it, before another can have its number.
        self._kept[key] = ref(thing, lambda _: self._kept.pop(key, None)), made
        return made
