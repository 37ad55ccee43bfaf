"""Sentences about neighbours."""

from __future__ import annotations

from sim.base.values import address_text
from sim.tell.wording.words import Words
from sim.trace.outcomes import neighbours as o

WORDS: Words = {
    o.AskedAnew: lambda n: (
        f"Dropped: {address_text(n.to)}, for which it waits, is asked for all over again."
    ),
    o.NobodyAnswers: lambda n: (
        f"Not delivered: nobody answers for {address_text(n.to)} on {n.dev}."
    ),
    o.GivesUpAsking: lambda n: (
        f"{address_text(n.to)} does not answer on {n.dev}; the host gives up asking."
    ),
}
