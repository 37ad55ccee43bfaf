"""Sentences about backends."""

from __future__ import annotations

from sim.tell.wording.words import Words
from sim.trace.outcomes import backends as o

WORDS: Words = {
    o.BackendDiffers: lambda n: n.known.text,
    o.LegacyUntold: lambda n: (
        f"{n.tool}-legacy has tables here too, and the kernel asks both: their rules, which are "
        f"not shown, may decide otherwise (`sudo {n.tool}-legacy-save` prints them)."
    ),
}
