"""IP sets: types, elements, and live sets that rules ask and change."""

from __future__ import annotations

from sim.extensions.ipset.build import Problem, family_of, from_host, problems
from sim.extensions.ipset.elements import Element, parse_entry
from sim.extensions.ipset.kinds import ADD_WORDS, ALIASES, CREATE_WORDS, KINDS, dimensions, kind_of
from sim.extensions.ipset.live import Wanted
from sim.extensions.ipset.sets import Answer, Change, LiveSets

__all__ = [
    "ADD_WORDS", "ALIASES", "CREATE_WORDS", "KINDS", "Answer", "Change", "Element", "LiveSets",
    "Problem", "Wanted", "dimensions", "family_of", "from_host", "kind_of", "parse_entry",
    "problems",
]  # fmt: skip
