"""Sentences about settings."""

from __future__ import annotations

from sim.tell.wording.words import Words, word
from sim.trace.outcomes import settings as o

WORDS: Words = {
    o.SettingCounts: lambda n: f"Undetermined: {word(n.need)}.",
    o.SettingUnknown: lambda n: f"{n.name} = {n.value} is not modelled",
}
