"""What a table did to a packet that it did not let pass."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.model.replies import ReplyKind
from sim.trace.outcomes.base import Cause, Why
from sim.trace.outcomes.decided import ByChain


@dataclass(frozen=True, slots=True)
class RuleUnknown(Why):
    """What happens at a rule needs ``need``, which is not there."""

    by: ByChain
    need: str


@dataclass(frozen=True, slots=True)
class NftUnknown(Why):
    """A table of nf_tables itself decides at this hook, and its rules are not told."""

    table: str  # ip mytable
    chain: str


@dataclass(frozen=True, slots=True)
class NftRules(Cause):
    """What is missing there: the rules of that table."""

    table: str


@dataclass(frozen=True, slots=True)
class BroutingUnknown(Why):
    """The same in BROUTING, where another verdict means another way."""

    need: str


@dataclass(frozen=True, slots=True)
class HeaderCut(Why):
    """A match found a header cut short and dropped the packet (hotdrop)."""

    by: ByChain


@dataclass(frozen=True, slots=True)
class RejectedBy(Why):
    """REJECT, and its answer set out."""

    by: ByChain
    reason: ReplyKind


@dataclass(frozen=True, slots=True)
class RejectedUnheard(Why):
    """REJECT, but its answer was not sent."""

    by: ByChain
    reason: ReplyKind


@dataclass(frozen=True, slots=True)
class TakenBy(Why):
    """A target keeps the packet."""

    by: ByChain


@dataclass(frozen=True, slots=True)
class NoQueue(Why):
    """NFQUEUE without a program behind it."""

    by: ByChain


@dataclass(frozen=True, slots=True)
class DroppedBy(Why):
    """A rule or a policy says DROP. ``errno``: what the call that sent it fails with, if any."""

    by: ByChain
    errno: str = ""
