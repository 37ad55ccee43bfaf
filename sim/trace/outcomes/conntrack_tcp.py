"""What the TCP tracker says of a segment (nf_conntrack_proto_tcp.c)."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.model.flow import SctpState, TcpEvent, TcpState
from sim.trace.outcomes.base import Cause


@dataclass(frozen=True, slots=True)
class TcpOffsetWrong(Cause):
    """The data offset, in bytes."""

    offset: int


@dataclass(frozen=True, slots=True)
class TcpFlagsWrong(Cause):
    """tcp_valid_flags."""


@dataclass(frozen=True, slots=True)
class BeginsNothing(Cause):
    """An event with which no connection starts."""

    event: TcpEvent


@dataclass(frozen=True, slots=True)
class NotLoose(Cause):
    """Picked up in the middle only if tcp_loose is set."""


@dataclass(frozen=True, slots=True)
class Reopens(Cause):
    """A SYN in TIME_WAIT or CLOSE."""

    state: TcpState


@dataclass(frozen=True, slots=True)
class OutOfStep(Cause):
    """The far end's answer will tell (sIG)."""

    state: TcpState


@dataclass(frozen=True, slots=True)
class CannotCome(Cause):
    """sIV."""

    event: TcpEvent
    state: TcpState


@dataclass(frozen=True, slots=True)
class ChallengeAck(Cause):
    """RFC 5961."""


@dataclass(frozen=True, slots=True)
class OldReset(Cause):
    """Below the highest ACK."""


@dataclass(frozen=True, slots=True)
class Ignored(Cause):
    """Outside the window, but let through."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class ResetOnly(Cause):
    """A refused connection's entry goes at once."""


@dataclass(frozen=True, slots=True)
class SynRepeated(Cause):
    """Without an answer."""


@dataclass(frozen=True, slots=True)
class StateMoves(Cause):
    """From one state of the tracker to another."""

    old: TcpState | SctpState
    new: TcpState | SctpState


@dataclass(frozen=True, slots=True)
class OverWindow(Cause):
    """Bytes beyond what the receiver allows, yet answered."""

    overshot: int


@dataclass(frozen=True, slots=True)
class SeqOverWindow(Cause):
    """Beyond the receiver's window."""

    seq: int
    most: int


@dataclass(frozen=True, slots=True)
class AcksUnsent(Cause):
    """An ACK for what was never sent."""

    ack: int
    sent: int


@dataclass(frozen=True, slots=True)
class DataOld(Cause):
    """Below the window."""


@dataclass(frozen=True, slots=True)
class AckLate(Cause):
    """Below MAXACKWINDOW."""
