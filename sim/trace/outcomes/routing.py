"""What routing, and what stands around it, made of a packet."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.model.replies import ReplyKind
from sim.packet.packet import Address
from sim.trace.outcomes.base import Cause, Note, Topic, Why


@dataclass(frozen=True, slots=True)
class NoWayAfterChange(Why):
    """Routed again in OUTPUT, and there is no way."""

    to: Address
    errno: str


@dataclass(frozen=True, slots=True)
class NotSent(Why):
    """The call that would send it fails before any hook."""

    errno: str


@dataclass(frozen=True, slots=True)
class Martian(Why):
    """A check of the way in says no: dropped in silence."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class NotForwardingTo(Why):
    """No address of this host, and it does not forward."""

    to: Address
    cause: Cause


@dataclass(frozen=True, slots=True)
class Unroutable(Why):
    """No way, and the sender is told with ``reason``."""

    to: Address
    reason: ReplyKind


@dataclass(frozen=True, slots=True)
class UnroutableUnheard(Why):
    """No way, and nobody is told."""

    to: Address


@dataclass(frozen=True, slots=True)
class NoWayForFrame(Why):
    """A bridged frame's new destination has no way."""

    to: Address


@dataclass(frozen=True, slots=True)
class ForwardingOff6(Why):
    """all.forwarding is 0."""


@dataclass(frozen=True, slots=True)
class GivenSocketStays(Why):
    """TPROXY gave it to a socket, and no route kept it here (``skb->sk`` in ip_forward)."""


@dataclass(frozen=True, slots=True)
class LinkKindStays(Why):
    """What came by a link-layer broadcast or multicast."""

    kind: str


@dataclass(frozen=True, slots=True)
class OwnConnection(Why):
    """ip_early_demux gave it its socket before routing."""


@dataclass(frozen=True, slots=True)
class SourceStays(Why):
    """A source that means nothing elsewhere."""

    source: Address


@dataclass(frozen=True, slots=True)
class BeyondScope(Why):
    """A link-local source; the sender is told."""

    source: Address


@dataclass(frozen=True, slots=True)
class HopsUsedUp(Why):
    """The TTL or hop limit does not allow another hop."""

    family: int
    left: int


@dataclass(frozen=True, slots=True)
class DoesNotFitWay(Why):
    """Too long for the way on, in bytes."""

    size: int
    mtu: int


@dataclass(frozen=True, slots=True)
class DoesNotFitMtu(Why):
    """Too long for the device, and must not be cut; in bytes."""

    size: int
    mtu: int


@dataclass(frozen=True, slots=True)
class DoesNotFitPort(Why):
    """Too long for a bridge port, and must not be cut; in bytes."""

    size: int
    port: str
    mtu: int
    has_df: bool


@dataclass(frozen=True, slots=True)
class LostAtPort(Note):
    """So many of the pieces, or this copy, are too long for one of the ports."""

    topic = Topic.MTU
    count: int
    is_cut: bool
    port: str
    mtu: int


@dataclass(frozen=True, slots=True)
class MulticastStays(Why):
    """Only the host's own copy was meant."""


@dataclass(frozen=True, slots=True)
class CopyNotTaken(Why):
    """TEE's route makes ip6_forward get it, which wants PACKET_HOST."""


@dataclass(frozen=True, slots=True)
class HopTaken(Note):
    """One hop less."""

    topic = Topic.TTL
    family: int
    before: int


@dataclass(frozen=True, slots=True)
class InFragments(Note):
    """It goes on the wire in pieces."""

    topic = Topic.FRAGMENTATION
    count: int


@dataclass(frozen=True, slots=True)
class CameBack(Note):
    """What is for the host itself."""

    topic = Topic.LOOPBACK
    dev: str


@dataclass(frozen=True, slots=True)
class ForwardingOff(Cause):
    """A switch of the device it came in on."""

    dev: str


@dataclass(frozen=True, slots=True)
class NotOneSource(Cause):
    """A source that is no unicast address."""

    source: Address


@dataclass(frozen=True, slots=True)
class NoSource(Cause):
    """0.0.0.0 as a source."""


@dataclass(frozen=True, slots=True)
class NoDestination(Cause):
    """0.0.0.0 as a destination."""


@dataclass(frozen=True, slots=True)
class LoopbackFromWire(Cause):
    """127.0.0.0/8 from a device without route_localnet. ``end``: source or destination."""

    end: str


@dataclass(frozen=True, slots=True)
class LoopbackSource(Cause):
    """The same of a multicast's source."""


@dataclass(frozen=True, slots=True)
class RouteOfType(Cause):
    """A route by which nothing is forwarded."""

    to: Address
    kind: str


@dataclass(frozen=True, slots=True)
class NobodyJoined(Cause):
    """A group in which the host is not."""

    group: Address
    dev: str


@dataclass(frozen=True, slots=True)
class SourceOfKind(Cause):
    """A source that routing knows as something else."""

    source: Address
    kind: str


@dataclass(frozen=True, slots=True)
class OwnSource(Cause):
    """The host's own address from outside."""

    source: Address


@dataclass(frozen=True, slots=True)
class SourceRoutedHere(Cause):
    """A source that is no address of the host, and a route of type local holds it.

    ``rule``: the policy rule that chose it. ``mark``: the packet's, with which the rules were
    asked, because src_valid_mark is 1.
    """

    source: Address
    rule: str = ""
    mark: int = 0


@dataclass(frozen=True, slots=True)
class ReverseByOther(Cause):
    """rp_filter 1: the way back leaves by another device.

    ``rule``: the policy rule that chose it. ``mark``: the packet's, which no rule was asked with,
    because src_valid_mark is 0.
    """

    source: Address
    dev: str
    came: str
    rule: str = ""
    mark: int = 0


@dataclass(frozen=True, slots=True)
class NoReverse(Cause):
    """rp_filter: no way back at all."""

    source: Address


@dataclass(frozen=True, slots=True)
class UnicastInMulticast(Why):
    """drop_unicast_in_l2_multicast, IPv4."""


@dataclass(frozen=True, slots=True)
class HeadersApart(Why):
    """It must be cut again, and the headers that stay in front came in several fragments."""


@dataclass(frozen=True, slots=True)
class NotCutOnTheWay(Why):
    """Too long for the device, and a router does not cut IPv6; in bytes."""

    size: int
    mtu: int
