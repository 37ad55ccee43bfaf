"""Packets of the host's own that are not sent, and statements that make none."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.model.ipsec import State
from sim.model.replies import ReplyKind
from sim.packet.packet import Address
from sim.trace.outcomes.base import Cause, Note, Topic


@dataclass(frozen=True, slots=True)
class TooManyAnswers(Note):
    """A copy that is copied for ever."""

    topic = Topic.ENDLESS
    most: int


@dataclass(frozen=True, slots=True)
class IcmpBusy(Note):
    """icmp_xmit_lock: one ICMP at a time."""

    topic = Topic.ANSWER
    reason: ReplyKind


@dataclass(frozen=True, slots=True)
class NoWayBack(Note):
    """The answer has no route."""

    topic = Topic.ANSWER
    reason: ReplyKind
    to: Address


@dataclass(frozen=True, slots=True)
class AnswerBlocked(Note):
    """IPsec does not let the answer out."""

    topic = Topic.ANSWER
    reason: ReplyKind


@dataclass(frozen=True, slots=True)
class TooManyErrors(Note):
    """icmp_ratelimit."""

    topic = Topic.LIMITED
    reason: ReplyKind
    to: Address


@dataclass(frozen=True, slots=True)
class NotMade(Note):
    """The line describes no packet that can be. ``error``: what reading its bytes says."""

    topic = Topic.PACKET
    error: Cause | str


@dataclass(frozen=True, slots=True)
class NotReplied(Note):
    """The far end has nothing to answer."""

    topic = Topic.PACKET
    error: Cause | str


@dataclass(frozen=True, slots=True)
class LaterFragment(Cause):
    """Nothing of it says what it is."""


@dataclass(frozen=True, slots=True)
class OnlyErrorsFrom(Cause):
    """``from`` is an ICMP error's alone."""


@dataclass(frozen=True, slots=True)
class LastIsError(Cause):
    """RFC 1122, 3.2.2."""


@dataclass(frozen=True, slots=True)
class OtherVersionError(Cause):
    """The sender is of the other IP version."""

    sender: Address
    family: int


@dataclass(frozen=True, slots=True)
class LastIsCutTcp(Cause):
    """No TCP header to answer."""


@dataclass(frozen=True, slots=True)
class LastIsReset(Cause):
    """A RST."""


@dataclass(frozen=True, slots=True)
class LastIsAck(Cause):
    """An ACK without data."""


@dataclass(frozen=True, slots=True)
class LastIsIcmp(Cause):
    """An ICMP type without an answer."""


@dataclass(frozen=True, slots=True)
class LastIsSctp(Cause):
    """A chunk without an answer."""


@dataclass(frozen=True, slots=True)
class LastIsDccp(Cause):
    """A type without an answer."""


@dataclass(frozen=True, slots=True)
class NothingLeft(Cause):
    """There is no last packet."""


@dataclass(frozen=True, slots=True)
class NothingToQuote(Cause):
    """An error quotes a packet."""


@dataclass(frozen=True, slots=True)
class StatementWithout(Cause):
    """The statement that is to be quoted sent none."""

    line: int


@dataclass(frozen=True, slots=True)
class StateCarriesOther(Cause):
    """Transport mode keeps the ends."""

    state: State
    source: Address
    target: Address


@dataclass(frozen=True, slots=True)
class NoStateOfHost(Cause):
    """No state for what the packet carries; ``spi`` ``None``: any."""

    protocol: int
    source: Address
    target: Address
    spi: int | None


@dataclass(frozen=True, slots=True)
class NoStateBack(Cause):
    """The far end would need it."""

    source: Address
    target: Address


@dataclass(frozen=True, slots=True)
class AnycastReceiver(Note):
    """ipv6_anycast_destination: it does not name one host."""

    topic = Topic.ANSWER
    reason: ReplyKind
    to: Address
