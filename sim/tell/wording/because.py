"""The end of a sentence about a good end: what led to it."""

from __future__ import annotations

from collections.abc import Sequence

from sim.tell.wording.ipsec import policy_text
from sim.tell.wording.places import place_text
from sim.trace.outcomes.decided import Because, ByPolicy, ByRule, NatRewrite, PackedBy


def because_accepted(because: Because) -> str:
    """What let the packet pass; nothing where nothing was asked."""
    return _ending(_accepted(because.accepted))


def because_all(because: Because) -> str:
    """Who rewrote the packet, else what let it pass: a rewrite explains more."""
    return _ending([_rewrite(one) for one in because.rewrites] or _accepted(because.accepted))


def _ending(reasons: Sequence[str]) -> str:
    return f", because {' and '.join(reasons)}" if reasons else ""


def _accepted(by: ByRule | ByPolicy | None) -> list[str]:
    return [f"{place_text(by)} accepted it"] if by is not None else []


def _rewrite(one: NatRewrite | PackedBy) -> str:
    if isinstance(one, PackedBy):
        return f"{policy_text(one.policy)} had it packed into IPsec"
    what = "source" if one.manip == "SRC" else "destination"
    if one.is_undone:
        return "NAT undid its rewrite for this reply"
    if one.by is not None:
        return f"{place_text(one.by)} rewrote the {what}"
    return f"conntrack rewrites the {what} of this connection"
