"""The end of a sentence about a good end: what let the packet pass, and beside it what NAT did.

A rewrite is never the reason for forwarding: it stands in a sentence of its own.
"""

from __future__ import annotations

from sim.model.flow import Manip
from sim.tell.wording.ipsec import policy_text
from sim.tell.wording.places import place_text
from sim.trace.outcomes.decided import Because, ByPolicy, ByRule, NatRewrite, PackedBy


def because_accepted(because: Because) -> str:
    """What let the packet pass; nothing where nothing was asked."""
    return _accepted(because.accepted)


def because_all(because: Because) -> str:
    """What let the packet pass, then who rewrote it; without the last full stop."""
    sentences = [_rewrite(one) for one in because.rewrites]
    return ". ".join([_accepted(because.accepted), *sentences])


def _accepted(by: ByRule | ByPolicy | None) -> str:
    return f": accepted by {place_text(by)}" if by is not None else ""


def _rewrite(one: NatRewrite | PackedBy) -> str:
    if isinstance(one, PackedBy):
        return f"Packed into IPsec by {policy_text(one.policy)}"
    if one.is_undone:
        return "The reply is translated back by NAT"
    what = "Source NAT" if one.manip is Manip.SRC else "Destination NAT"
    by = place_text(one.by) if one.by is not None else "as for the connection's first packet"
    return f"{what}: {by}"
