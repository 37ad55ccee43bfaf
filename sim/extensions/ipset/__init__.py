"""IP sets: types, elements, and live sets that rules ask and change."""

from __future__ import annotations

from sim.extensions.ipset.build import SetProblem, family_of, from_host, keys_of, problems
from sim.extensions.ipset.elements import Element, parse_entry
from sim.extensions.ipset.kinds import ADD_WORDS, ALIASES, CREATE_WORDS, KINDS, dimensions, kind_of
from sim.extensions.ipset.live import Wanted
from sim.extensions.ipset.sets import LiveSets, SetAnswer, SetChange

__all__ = [
    "ADD_WORDS",
    "ALIASES",
    "CREATE_WORDS",
    "KINDS",
    "Element",
    "LiveSets",
    "SetAnswer",
    "SetChange",
    "SetProblem",
    "Wanted",
    "dimensions",
    "family_of",
    "from_host",
    "keys_of",
    "kind_of",
    "parse_entry",
    "problems",
]  # fmt: skip
