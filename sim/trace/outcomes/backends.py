"""Where iptables-legacy and iptables-nft differ."""

from __future__ import annotations

from sim.base.backends import BackendDifference
from sim.base.frozen import dataclass
from sim.trace.outcomes.base import Note, Topic


@dataclass(frozen=True, slots=True)
class BackendDiffers(Note):
    """A known difference counts here."""

    topic = Topic.BACKEND
    known: BackendDifference


@dataclass(frozen=True, slots=True)
class LegacyUntold(Note):
    """iptables-legacy has tables beside these, and nobody showed them."""

    topic = Topic.BACKEND
    tool: str  # iptables or ip6tables
