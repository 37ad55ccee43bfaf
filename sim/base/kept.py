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
        key = id(thing)
        found = self._kept.get(key)
        if found is not None and found[0]() is thing:
            return found[1]
        made = self._make(thing)
        # An object is gone, and this with it, before another can have its number.
        self._kept[key] = ref(thing, lambda _: self._kept.pop(key, None)), made
        return made
