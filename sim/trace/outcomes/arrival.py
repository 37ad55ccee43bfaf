"""What is thrown away before the first hook (ip_rcv_core, ip6_rcv_core, br_handle_frame)."""

from __future__ import annotations

from enum import StrEnum

from sim.base.frozen import dataclass
from sim.trace.outcomes.base import Cause, Note, Topic, Why


class Before(StrEnum):
    """How far it came."""

    HOOKS = "hooks"
    BRIDGED_HOOKS = "bridged hooks"
    IP = "ip"


@dataclass(frozen=True, slots=True)
class Discarded(Why):
    """Thrown away on the way in, before ``before``."""

    cause: Cause
    before: Before


@dataclass(frozen=True, slots=True)
class ArrivedDown(Why):
    """An ARP message on a device that is down."""

    dev: str


@dataclass(frozen=True, slots=True)
class PreroutingSkipped(Note):
    """ip_sabotage_in takes a copy for the bridged packet."""

    topic = Topic.SKIPPED


@dataclass(frozen=True, slots=True)
class InVrf(Why):
    """The VRF's device takes the packet over, and passes the hooks once more."""

    dev: str
    vrf: str


@dataclass(frozen=True, slots=True)
class VrfUnknown(Cause):
    """What becomes of packets in a VRF."""

    vrf: str


@dataclass(frozen=True, slots=True)
class DeviceDown(Cause):
    """The device does not run."""

    dev: str


@dataclass(frozen=True, slots=True)
class OtherFrame(Cause):
    """Another host's frame."""

    mac: str
    dev: str


@dataclass(frozen=True, slots=True)
class NoIp(Cause):
    """The first four bits say neither version."""


@dataclass(frozen=True, slots=True)
class IpCut(Cause):
    """Fewer bytes than its IPv4 header has."""


@dataclass(frozen=True, slots=True)
class IpChecksum(Cause):
    """The IPv4 header's sum is wrong."""


@dataclass(frozen=True, slots=True)
class LengthClaimed(Cause):
    """More bytes promised than came."""

    claimed: int
    here: int


@dataclass(frozen=True, slots=True)
class Ipv6Off(Cause):
    """disable_ipv6."""

    dev: str


@dataclass(frozen=True, slots=True)
class Ipv6Cut(Cause):
    """Fewer than 40 bytes."""


@dataclass(frozen=True, slots=True)
class LoopbackOnWire(Cause):
    """::1 from outside."""


@dataclass(frozen=True, slots=True)
class MulticastSource(Cause):
    """Nobody sends from a group."""


@dataclass(frozen=True, slots=True)
class ScopeOfSender(Cause):
    """ff00::/16, ff01::/16."""


@dataclass(frozen=True, slots=True)
class HopByHopWrong(Cause):
    """nf_ip6_check_hbh_len."""


@dataclass(frozen=True, slots=True)
class BridgeDown(Cause):
    """The bridge that the port belongs to does not run."""

    bridge: str


@dataclass(frozen=True, slots=True)
class NoSourceMac(Cause):
    """A group or nothing as the sender of a frame."""

    mac: str


@dataclass(frozen=True, slots=True)
class BridgeKeeps(Cause):
    """The addresses of 802.1D."""

    mac: str


@dataclass(frozen=True, slots=True)
class NoArpHere(Cause):
    """IFF_NOARP."""

    dev: str


@dataclass(frozen=True, slots=True)
class FrameForOther(Cause):
    """An ARP message in another host's frame."""

    dev: str


@dataclass(frozen=True, slots=True)
class UnicastToMany(Cause):
    """drop_unicast_in_l2_multicast, IPv6."""
