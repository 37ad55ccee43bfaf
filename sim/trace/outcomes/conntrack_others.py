"""What the trackers of UDP, UDP-Lite and SCTP say of a packet."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.model.flow import SctpState
from sim.trace.outcomes.base import Cause


@dataclass(frozen=True, slots=True)
class UdpLengthField(Cause):
    """The length field and the packet disagree, in bytes."""

    length: int
    here: int


@dataclass(frozen=True, slots=True)
class Coverage(Cause):
    """UDP-Lite's checksum coverage, in bytes."""

    coverage: int
    here: int


@dataclass(frozen=True, slots=True)
class LiteNoChecksum(Cause):
    """RFC 3828 wants one."""


@dataclass(frozen=True, slots=True)
class ChunkBeginsNothing(Cause):
    """ABORT, SHUTDOWN_COMPLETE or COOKIE_ACK."""


@dataclass(frozen=True, slots=True)
class InitWrong(Cause):
    """RFC 9260: an INIT has tag 0."""


@dataclass(frozen=True, slots=True)
class VerificationTag(Cause):
    """Not that of the association."""

    seen: int
    wanted: int


@dataclass(frozen=True, slots=True)
class ChunkOrder(Cause):
    """do_basic_checks."""


@dataclass(frozen=True, slots=True)
class NoChunk(Cause):
    """Nothing behind the common header."""


@dataclass(frozen=True, slots=True)
class ChunkTag(Cause):
    """A chunk's own rule for the tag."""


@dataclass(frozen=True, slots=True)
class ChunkCannotCome(Cause):
    """sIV."""

    type: int
    state: SctpState


@dataclass(frozen=True, slots=True)
class InitOther(Cause):
    """It says another tag than before."""


@dataclass(frozen=True, slots=True)
class NotRenewed(Cause):
    """An ignored chunk."""
