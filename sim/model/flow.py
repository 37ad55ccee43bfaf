"""conntrack's nouns. No behaviour: that is in ``conntrack`` and ``nat``.

Times are nanoseconds of the run's virtual clock.
"""

from __future__ import annotations

from enum import StrEnum

from sim.base.frozen import dataclass, replace
from sim.packet.packet import Address


class Manip(StrEnum):
    """Which end NAT rewrites (enum nf_nat_manip_type)."""

    SRC = "SRC"
    DST = "DST"

    @property
    def other(self) -> Manip:
        return Manip.DST if self is Manip.SRC else Manip.SRC


class TcpState(StrEnum):
    """Where conntrack sees a TCP connection, and what its table may say instead of a state.

    enum tcp_conntrack (include/uapi/linux/netfilter/nf_conntrack_tcp.h).
    """

    NONE = "NONE"
    SYN_SENT = "SYN_SENT"
    SYN_RECV = "SYN_RECV"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT = "FIN_WAIT"
    CLOSE_WAIT = "CLOSE_WAIT"
    LAST_ACK = "LAST_ACK"
    TIME_WAIT = "TIME_WAIT"
    CLOSE = "CLOSE"
    SYN_SENT2 = "SYN_SENT2"
    IGNORE = "IGNORE"  # no state: the segment passes and changes nothing
    INVALID = "INVALID"  # no state: such a segment cannot come now


class TcpEvent(StrEnum):
    """A segment as the table of states sees it (enum tcp_bit_set)."""

    SYN = "syn"
    SYNACK = "synack"
    FIN = "fin"
    ACK = "ack"
    RST = "rst"
    NONE = "none"


class SctpState(StrEnum):
    """Where conntrack sees an SCTP association (enum sctp_conntrack)."""

    NONE = "NONE"
    CLOSED = "CLOSED"
    COOKIE_WAIT = "COOKIE_WAIT"
    COOKIE_ECHOED = "COOKIE_ECHOED"
    ESTABLISHED = "ESTABLISHED"
    SHUTDOWN_SENT = "SHUTDOWN_SENT"
    SHUTDOWN_RECD = "SHUTDOWN_RECD"
    SHUTDOWN_ACK_SENT = "SHUTDOWN_ACK_SENT"
    HEARTBEAT_SENT = "HEARTBEAT_SENT"
    INVALID = "INVALID"  # no state: such a chunk cannot come now


@dataclass(frozen=True, slots=True)
class FlowTuple:
    """One direction. For ICMP queries ``sport`` is the id and ``dport`` type << 8 | code.

    Protocols without ports have zeros; GRE has its keys.
    """

    src: Address
    dst: Address
    protocol: int
    sport: int = 0
    dport: int = 0
    zone: int = 0

    def inverted(self) -> FlowTuple:
        """Source and destination swapped. ICMP needs ``conntrack.inverted`` instead."""
        return replace(self, src=self.dst, dst=self.src, sport=self.dport, dport=self.sport)


@dataclass(frozen=True, slots=True)
class Flow:
    """One conntrack entry, as a snapshot.

    ``status`` holds names of IPS bits: CONFIRMED SEEN_REPLY ASSURED EXPECTED SRC_NAT DST_NAT
    SRC_NAT_DONE DST_NAT_DONE DYING FIXED_TIMEOUT HELPER TEMPLATE.
    """

    id: int
    original: FlowTuple
    reply: FlowTuple
    status: frozenset[str] = frozenset()
    tcp_state: TcpState | SctpState | None = None
    mark: int = 0
    labels: int = 0  # 128 bits
    zone: int = 0
    helper: str = ""
    master: int | None = None  # id of the flow that expected this one
    created: int = 0
    expires: int = 0  # virtual time at which it is gone
    lifetime: int = 0  # how long it will last from its confirmation on, until then
    packets: tuple[int, int] = (0, 0)  # original, reply; counted only with nf_conntrack_acct
    bytes: tuple[int, int] = (0, 0)
    masquerade_iface: str = ""
    secmark: str = ""
    port_is_random: bool = False  # the kernel would pick this port at random

    def has(self, *bits: str) -> bool:
        return all(bit in self.status for bit in bits)

    @property
    def seen_reply(self) -> bool:
        return "SEEN_REPLY" in self.status

    @property
    def confirmed(self) -> bool:
        return "CONFIRMED" in self.status


@dataclass(frozen=True, slots=True)
class StatedFlow:
    """An entry that is in the table when the scenario begins, as ``conntrack -L`` prints it.

    ``seconds`` are left of it; ``state`` is TCP's; ``status`` holds SEEN_REPLY and ASSURED.
    """

    original: FlowTuple
    reply: FlowTuple
    seconds: int
    state: str = ""
    status: frozenset[str] = frozenset()
    mark: int = 0
    zone: int = 0
    helper: str = ""
