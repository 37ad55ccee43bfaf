"""What SYNPROXY's hook did."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.trace.outcomes.base import Cause, Why


@dataclass(frozen=True, slots=True)
class SynproxyTook(Why):
    """Its part of the handshake."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class SynproxyDropped(Why):
    """Not one of its handshakes."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class SynproxyCut(Cause):
    """No whole TCP header."""


@dataclass(frozen=True, slots=True)
class NoCookie(Cause):
    """The number is not one it gave."""


@dataclass(frozen=True, slots=True)
class SynAgain(Cause):
    """SYN or SYN+ACK was lost."""


@dataclass(frozen=True, slots=True)
class ServerThere(Cause):
    """The server's SYN+ACK."""
