"""Why NAT is not asked, and what it drops."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.packet.kinds import CtState
from sim.trace.outcomes.base import Cause, Note, Topic, Why


@dataclass(frozen=True, slots=True)
class NatOff(Note):
    """No rule needs conntrack."""

    topic = Topic.NAT


@dataclass(frozen=True, slots=True)
class NatNotConcerned(Note):
    """The packet has no connection."""

    topic = Topic.NAT
    state: CtState


@dataclass(frozen=True, slots=True)
class NatDropped(Why):
    """The packet cannot be bound or rewritten."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class MasqueradedElsewhere(Cause):
    """The connection's device is another."""

    device: str
    out: str


@dataclass(frozen=True, slots=True)
class NatHeaderCut(Cause):
    """The ports are not there."""


@dataclass(frozen=True, slots=True)
class ErrorSumWrong(Cause):
    """nf_nat_icmp_reply_translation."""


@dataclass(frozen=True, slots=True)
class RedirectOfNat(Cause):
    """It would tell of an address that nobody knows."""


@dataclass(frozen=True, slots=True)
class NatQuoteCut(Cause):
    """The quoted ports are not there."""
