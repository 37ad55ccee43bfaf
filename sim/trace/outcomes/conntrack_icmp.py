"""What conntrack says of an ICMP message."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.trace.outcomes.base import Cause


@dataclass(frozen=True, slots=True)
class NoQuery(Cause):
    """An entry cannot begin with it. ``name``: ICMP or ICMPv6."""

    name: str
    type: int


@dataclass(frozen=True, slots=True)
class UnknownType(Cause):
    """Above the highest that is known."""

    type: int


@dataclass(frozen=True, slots=True)
class NeverTracked(Cause):
    """nf_conntrack_icmpv6_error leaves them alone."""


@dataclass(frozen=True, slots=True)
class RedirectCut(Cause):
    """It is not long enough."""


@dataclass(frozen=True, slots=True)
class RedirectFromAfar(Cause):
    """RFC 4861, 8.1."""


@dataclass(frozen=True, slots=True)
class RedirectQuotesNothing(Cause):
    """No redirected header option."""


@dataclass(frozen=True, slots=True)
class QuotesNothing(Cause):
    """No packet in it that has a tuple."""


@dataclass(frozen=True, slots=True)
class QuoteCut(Cause):
    """Fewer than eight bytes behind the quoted IP header."""


@dataclass(frozen=True, slots=True)
class QuotesNoQuery(Cause):
    """An ICMP message about one that nobody answers."""
