"""The one way from a noun to its words. Each subject has its table in the file of its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.trace.outcomes.base import Noun

Words = dict[type[Any], Callable[[Any], str]]
WORDS: Words = {}


def word(noun: Noun) -> str:
    """A noun in words: a whole sentence, or, of a ``Cause``, the part of one.

    Raises ``KeyError`` for a noun that no table of ``sim.tell.wording`` has.
    """
    return WORDS[type(noun)](noun)
