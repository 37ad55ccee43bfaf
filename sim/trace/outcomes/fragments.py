"""What became of a fragment."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.trace.outcomes.base import Cause, Note, Topic, Why


@dataclass(frozen=True, slots=True)
class FragmentDropped(Why):
    """It is one too many, or spoils them all."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class FragmentKept(Why):
    """It waits for the others."""


@dataclass(frozen=True, slots=True)
class AllHere(Note):
    """The last one came."""

    topic = Topic.DEFRAG


@dataclass(frozen=True, slots=True)
class NeverCame(Note):
    """They waited too long."""

    topic = Topic.DEFRAG


@dataclass(frozen=True, slots=True)
class SameFragment(Cause):
    """It came twice."""


@dataclass(frozen=True, slots=True)
class FragmentOverlaps(Cause):
    """Two claim the same bytes, or the end."""


@dataclass(frozen=True, slots=True)
class FragmentGoesOn(Note):
    """It is malformed, so conntrack leaves it alone."""

    topic = Topic.DEFRAG
    cause: Cause


@dataclass(frozen=True, slots=True)
class OnlyFragment(Note):
    """An atomic fragment (RFC 6946)."""

    topic = Topic.DEFRAG


@dataclass(frozen=True, slots=True)
class FragmentContradicts(Cause):
    """It lies beyond the end, or names another one."""


@dataclass(frozen=True, slots=True)
class FragmentEmpty(Cause):
    """It has no payload."""


@dataclass(frozen=True, slots=True)
class FragmentsTooLong(Cause):
    """More than 65,535 bytes."""


@dataclass(frozen=True, slots=True)
class FragmentsMixEcn(Cause):
    """ECN bits that do not go together (ip_frag_ecn_table)."""


@dataclass(frozen=True, slots=True)
class FragmentHeaderCut(Cause):
    """Fewer than 8 bytes of it are here."""


@dataclass(frozen=True, slots=True)
class TransportCut(Cause):
    """RFC 8200, 4.5: the first fragment has all headers."""


@dataclass(frozen=True, slots=True)
class OddLength(Cause):
    """More follow, and its length is no multiple of 8."""


@dataclass(frozen=True, slots=True)
class SecondFragmentHeader(Cause):
    """IP6SKB_FRAGMENTED."""
