"""Who gets a packet behind INPUT, and why nobody does."""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.model.replies import ReplyKind
from sim.packet.packet import Address
from sim.trace.outcomes.base import Cause, Why
from sim.trace.outcomes.decided import Because


@dataclass(frozen=True, slots=True)
class Delivered(Why):
    """Somebody here gets it. ``aside``: what filter's word is no reason for."""

    to: Cause
    because: Because
    aside: Cause | None = None


@dataclass(frozen=True, slots=True)
class NotTaken(Why):
    """Nobody takes it, in silence."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class NotTakenTold(Why):
    """Nobody takes it, and the sender is told with ``reason``."""

    reason: ReplyKind
    cause: Cause


@dataclass(frozen=True, slots=True)
class Listener(Cause):
    """The socket that takes connections. ``at``: where it listens, if TPROXY chose it."""

    port: int
    at: str = ""


@dataclass(frozen=True, slots=True)
class TcpConnection(Cause):
    """A connected socket."""

    port: int


@dataclass(frozen=True, slots=True)
class PortSocket(Cause):
    """A socket of UDP or UDP-Lite. ``at``: where it is bound, if TPROXY chose it."""

    protocol: str
    port: int
    at: str = ""


@dataclass(frozen=True, slots=True)
class RawSocket(Cause):
    """A raw socket."""

    protocol: int


@dataclass(frozen=True, slots=True)
class KernelIgmp(Cause):
    """The host's groups."""


@dataclass(frozen=True, slots=True)
class KernelItself(Cause):
    """Nobody's process."""


@dataclass(frozen=True, slots=True)
class KernelEchoes(Cause):
    """Ping."""


@dataclass(frozen=True, slots=True)
class KernelTellsTime(Cause):
    """ICMP timestamps."""


@dataclass(frozen=True, slots=True)
class KernelAdvertises(Cause):
    """Neighbour discovery."""


@dataclass(frozen=True, slots=True)
class KernelForSocket(Cause):
    """An ICMP error."""


@dataclass(frozen=True, slots=True)
class KernelForWaiter(Cause):
    """Any other ICMP."""


@dataclass(frozen=True, slots=True)
class NothingFollows(Cause):
    """No next header (59)."""


@dataclass(frozen=True, slots=True)
class AnswerOff(Cause):
    """A sysctl keeps the host from answering."""

    name: str


@dataclass(frozen=True, slots=True)
class AnswerNoWay(Cause):
    """An echo reply would have no route."""


@dataclass(frozen=True, slots=True)
class NotItsAddress(Cause):
    """A solicitation for somebody else."""


@dataclass(frozen=True, slots=True)
class TcpToMany(Cause):
    """A broadcast or multicast."""


@dataclass(frozen=True, slots=True)
class TcpHeaderWrong(Cause):
    """Too short, or it says so."""


@dataclass(frozen=True, slots=True)
class TcpSumWrong(Cause):
    """The TCP checksum."""


@dataclass(frozen=True, slots=True)
class NothingListens(Cause):
    """A closed port. ``elsewhere``: other addresses on which somebody listens on it."""

    protocol: str
    port: int
    elsewhere: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class ResetForNothing(Cause):
    """A RST to a listener."""


@dataclass(frozen=True, slots=True)
class NoConnection(Cause):
    """An ACK to a listener."""

    port: int


@dataclass(frozen=True, slots=True)
class NoSyn(Cause):
    """Neither SYN nor ACK nor RST."""

    port: int


@dataclass(frozen=True, slots=True)
class SynFin(Cause):
    """A SYN with FIN."""


@dataclass(frozen=True, slots=True)
class SynToAnycast(Cause):
    """tcp_v6_conn_request wants an address that names one host; nobody is told."""

    port: int


@dataclass(frozen=True, slots=True)
class SynJustAnswered(Cause):
    """tcp_oow_rate_limited."""


@dataclass(frozen=True, slots=True)
class OtherSynEnds(Cause):
    """Another SYN inside the window."""


@dataclass(frozen=True, slots=True)
class OtherSynOutside(Cause):
    """Another SYN out of the window."""


@dataclass(frozen=True, slots=True)
class NoResetForReset(Cause):
    """A RST is never answered. ``cause``: what was wrong anyway."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class UdpCut(Cause):
    """Fewer than eight bytes."""


@dataclass(frozen=True, slots=True)
class UdpLengthWrong(Cause):
    """The length field does not fit."""


@dataclass(frozen=True, slots=True)
class Udp6NoSum(Cause):
    """RFC 8200 wants one."""


@dataclass(frozen=True, slots=True)
class UdpSumWrong(Cause):
    """The checksum of UDP or UDP-Lite, by ``protocol``."""

    protocol: str


@dataclass(frozen=True, slots=True)
class NoSocketForMany(Cause):
    """A broadcast or multicast that no socket takes."""

    protocol: str
    port: int


@dataclass(frozen=True, slots=True)
class ProtocolNotTaken(Cause):
    """No handler and no raw socket."""

    to: Address
    protocol: int


@dataclass(frozen=True, slots=True)
class IcmpCut(Cause):
    """Fewer than eight bytes."""


@dataclass(frozen=True, slots=True)
class IcmpSumWrong(Cause):
    """The ICMP checksum."""


@dataclass(frozen=True, slots=True)
class IcmpToMany(Cause):
    """icmp_rcv."""


@dataclass(frozen=True, slots=True)
class IcmpTypeUnknown(Cause):
    """Above the last type."""

    type: int


@dataclass(frozen=True, slots=True)
class NoResetFromAnycast(Cause):
    """It does not name one host. ``cause``: what was wrong anyway."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class KernelDiscovery(Cause):
    """A message that is not answered."""


@dataclass(frozen=True, slots=True)
class AddressTentative(Cause):
    """Duplicate address detection is not over."""


@dataclass(frozen=True, slots=True)
class SenderUnknown(Cause):
    """A solicitation without a MAC from who is no neighbour yet."""


@dataclass(frozen=True, slots=True)
class NoAddressToAnswer(Cause):
    """A device without any fitting address."""


@dataclass(frozen=True, slots=True)
class DiscoveryElsewhere(Cause):
    """The interface is gone."""


@dataclass(frozen=True, slots=True)
class DiscoveryFragment(Cause):
    """suppress_frag_ndisc (RFC 6980)."""


@dataclass(frozen=True, slots=True)
class DiscoveryFromAfar(Cause):
    """A router has passed it on."""


@dataclass(frozen=True, slots=True)
class DiscoveryCode(Cause):
    """RFC 4861: code 0."""


@dataclass(frozen=True, slots=True)
class SolicitationShort(Cause):
    """Fewer than 24 bytes."""


@dataclass(frozen=True, slots=True)
class SolicitationForMany(Cause):
    """Its target is a multicast address."""


@dataclass(frozen=True, slots=True)
class AnonymousToMany(Cause):
    """Duplicate address detection goes to a solicited-node group."""


@dataclass(frozen=True, slots=True)
class DiscoveryOptionsCut(Cause):
    """An option is longer than the rest, or has no length."""


@dataclass(frozen=True, slots=True)
class MacLengthWrong(Cause):
    """Not that of the device."""


@dataclass(frozen=True, slots=True)
class AnonymousWithMac(Cause):
    """Duplicate address detection does not say who asks."""
