"""What the host makes of an ARP message."""

from __future__ import annotations

from ipaddress import IPv4Address

from sim.base.frozen import dataclass
from sim.trace.outcomes.base import Cause, Why
from sim.trace.outcomes.decided import Because


@dataclass(frozen=True, slots=True)
class NotIpv4(Why):
    """Other addresses than IPv4's."""


@dataclass(frozen=True, slots=True)
class GratuitousArp(Why):
    """It tells of its own sender, and drop_gratuitous_arp is on."""

    dev: str


@dataclass(frozen=True, slots=True)
class ArpUnknown(Why):
    """A setting that is not modelled."""


@dataclass(frozen=True, slots=True)
class ArpAnswered(Why):
    """The host has the address."""

    target: IPv4Address
    mac: str
    because: Because


@dataclass(frozen=True, slots=True)
class ArpTaken(Why):
    """An answer to the host."""

    sender: IPv4Address
    dev: str
    because: Because


@dataclass(frozen=True, slots=True)
class ArpNotAnswered(Why):
    """The host says nothing."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class NotToldHere(Cause):
    """Not its address, or arp_ignore."""

    target: IPv4Address
    dev: str


@dataclass(frozen=True, slots=True)
class AskerNotHere(Cause):
    """Routing takes the asker for no real one."""

    sender: IPv4Address
    dev: str


@dataclass(frozen=True, slots=True)
class ArpIgnoreUnknown(Cause):
    """Not modelled."""
