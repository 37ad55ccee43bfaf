"""Sentences about filtering."""

from __future__ import annotations

from sim.tell.wording.errnos import MESSAGES
from sim.tell.wording.places import place_text
from sim.tell.wording.words import Words
from sim.trace.outcomes import filtering as o
from sim.trace.outcomes.decided import ByPolicy


def _dropped(n: o.DroppedBy) -> str:
    by = place_text(n.by)
    if isinstance(n.by, ByPolicy):
        by = f"{by}: no rule accepted it"
    if n.errno:
        return f"Dropped by {by}. The sender gets {n.errno} ({MESSAGES[n.errno]})."
    return f"Dropped by {by}."


WORDS: Words = {
    o.RuleUnknown: lambda n: f"Undetermined: {place_text(n.by)} depends on {n.need}.",
    o.NftUnknown: lambda n: (
        f"Undetermined by the nft table {n.table}: its chain {n.chain} decides here as well, "
        "and its rules are not known."
    ),
    o.NftRules: lambda n: f"the rules of the nft table {n.table}",
    o.BroutingUnknown: lambda n: f"Undetermined: BROUTING depends on {n.need}.",
    o.HeaderCut: lambda n: f"Dropped at {place_text(n.by)}: a header is cut short.",
    o.RejectedBy: lambda n: f"Rejected by {place_text(n.by)} with {n.reason}.",
    o.RejectedUnheard: lambda n: f"Dropped by {place_text(n.by)}; no {n.reason} is sent.",
    o.TakenBy: lambda n: f"Taken over by {place_text(n.by)}.",
    o.NoQueue: lambda n: f"Dropped at {place_text(n.by)}: no program listens on the queue.",
    o.DroppedBy: _dropped,
}
