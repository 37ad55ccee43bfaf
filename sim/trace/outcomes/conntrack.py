"""What conntrack did with a packet's entry, and why it finds a packet INVALID."""

from __future__ import annotations

from enum import StrEnum

from sim.base.frozen import dataclass
from sim.model.flow import Flow
from sim.packet.packet import Address
from sim.trace.outcomes.base import Cause, Why


class CtDid(StrEnum):
    """What conntrack did with a packet or an entry."""

    FOUND = "found"
    CREATED = "created"
    CONFIRMED = "confirmed"
    UNTRACKED = "untracked"
    INVALID = "invalid"
    RELATED = "related"
    DESTROYED = "destroyed"
    EXPIRED = "expired"
    CLASH = "clash"


@dataclass(frozen=True, slots=True)
class Lost(Why):
    """conntrack itself lets go of the packet."""

    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Seen(Cause):
    """A packet of this connection. ``helper``: one that is not modelled and would follow it."""

    flow: Flow
    is_reply: bool
    ruling: Cause | None = None
    is_expected: bool = False
    helper: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed(Cause):
    """The entry goes into the table, for so many seconds."""

    flow: Flow
    seconds: int


@dataclass(frozen=True, slots=True)
class ErrorAbout(Cause):
    """An ICMP error quotes a packet of this connection."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class Joins(Cause):
    """The same connection raced and the other was first."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class TupleTaken(Cause):
    """Another connection has the tuple."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class NeverConfirmed(Cause):
    """The packet died before."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class TimedOut(Cause):
    """Nobody used it."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class MasqueradeGone(Cause):
    """The device whose address it had went down or changed."""

    flow: Flow
    iface: str


@dataclass(frozen=True, slots=True)
class DeletedByCommand(Cause):
    """conntrack -D or -F."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class RawTableSaid(Cause):
    """CT --notrack."""


@dataclass(frozen=True, slots=True)
class NoTransport(Cause):
    """A fragment, or no complete header."""


@dataclass(frozen=True, slots=True)
class OtherVersionIcmp(Cause):
    """ICMP in IPv6, or ICMPv6 in IPv4."""


@dataclass(frozen=True, slots=True)
class PortsCut(Cause):
    """No whole tuple."""


@dataclass(frozen=True, slots=True)
class TableFull(Cause):
    """nf_conntrack_max."""


@dataclass(frozen=True, slots=True)
class NoAnswerType(Cause):
    """The type has no inverse."""


@dataclass(frozen=True, slots=True)
class QuotesUnknown(Cause):
    """An error about nothing known."""


@dataclass(frozen=True, slots=True)
class ErrorToOther(Cause):
    """An error that goes elsewhere than the answer would."""

    outer: Address
    expected: Address


@dataclass(frozen=True, slots=True)
class HelperDrops(Cause):
    """A command that the helper cannot rewrite."""

    helper: str


@dataclass(frozen=True, slots=True)
class EntryDying(Cause):
    """It was killed meanwhile."""


@dataclass(frozen=True, slots=True)
class BadChecksum(Cause):
    """conntrack alone looks at it here. ``protocol`` as nf_conntrack names it."""

    protocol: str


@dataclass(frozen=True, slots=True)
class LiteChecksum(Cause):
    """udplite_error sums with UDP's number: even a right one is wrong."""


@dataclass(frozen=True, slots=True)
class HeaderCutOff(Cause):
    """Fewer bytes than the header of ``protocol`` has."""

    protocol: str
