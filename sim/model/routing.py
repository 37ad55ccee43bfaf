"""The question that routing is asked: plain data, which who asks and who answers share."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.packet.packet import Address


@dataclass(frozen=True, slots=True)
class Query:
    """What a route is looked up by. ``iif`` is ``lo`` for what the host itself sends.

    ``near`` is a device that IPv6 would like to leave by, but need not (flowi6_oif of a lookup
    without RT6_LOOKUP_F_IFACE).
    """

    destination: Address
    source: Address | None = None
    iif: str = "lo"
    oif: str = ""
    mark: int = 0
    tos: int = 0
    uid: int | None = None
    protocol: int = 0
    sport: int = 0
    dport: int = 0
    near: str = ""

    @property
    def family(self) -> int:
        return self.destination.version
