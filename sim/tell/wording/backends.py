"""Sentences about backends."""

from __future__ import annotations

from sim.tell.wording.words import Words
from sim.trace.outcomes import backends as o

WORDS: Words = {
    o.BackendDiffers: lambda n: n.known.text,
}
