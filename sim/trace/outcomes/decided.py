"""Where a packet's fate was decided, the fates there are, and what led to them."""

from __future__ import annotations

from enum import StrEnum

from sim.base.frozen import dataclass
from sim.model.flow import Manip
from sim.model.ipsec import Policy
from sim.model.rules import table_name


class FateVerdict(StrEnum):
    """What can become of a packet."""

    FORWARDED = "forwarded"  # came in, left on an interface
    SENT = "sent"  # made here, left on an interface
    DELIVERED = "delivered"  # reached a local process (or the kernel itself, which may answer)
    DROPPED = "dropped"
    REJECTED = "rejected"  # dropped with an answer
    STOLEN = "stolen"  # kept by the kernel (a fragment that waits, SYNPROXY, NFQUEUE)
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class ByRule:
    """A rule of a table; ``number`` is one-based. Printed ``filter:INPUT rule 3``."""

    family: int
    table: str
    chain: str
    number: int

    @property
    def chain_text(self) -> str:
        return f"{table_name(self.family, self.table)}:{self.chain}"

    def __str__(self) -> str:
        return f"{self.chain_text} rule {self.number}"


@dataclass(frozen=True, slots=True)
class ByPolicy:
    """A chain's policy, or its end. Printed ``filter:INPUT policy``."""

    family: int
    table: str
    chain: str

    @property
    def chain_text(self) -> str:
        return f"{table_name(self.family, self.table)}:{self.chain}"

    def __str__(self) -> str:
        return f"{self.chain_text} policy"


class ByPart(StrEnum):
    """A part of the stack that is no table."""

    ARP = "arp"
    ARRIVAL = "arrival"
    BRIDGE = "bridge"
    CONNTRACK = "conntrack"
    DEFRAG = "defrag"
    IPSEC = "ipsec"
    MTU = "mtu"
    NAT = "nat"
    NEIGHBOUR = "neighbour"
    NFTABLES = "nftables"
    OPTIONS = "options"
    ROUTING = "routing"
    SOCKET = "socket"
    SYNPROXY = "synproxy"
    TTL = "ttl"


@dataclass(frozen=True, slots=True)
class ByDevice:
    """The device that a packet left on, or that kept it. Printed by its name."""

    name: str

    def __str__(self) -> str:
        return self.name


ByChain = ByRule | ByPolicy
# ``str`` of any of them is the one text form: in JSON, in expectations, in reports.
Decided = ByRule | ByPolicy | ByPart | ByDevice


@dataclass(frozen=True, slots=True)
class NatRewrite:
    """NAT gave a packet another end. ``by`` ``None``: no rule was asked for this packet.

    ``manip`` is SRC or DST; ``is_undone``: a reply got its old end back.
    """

    by: ByChain | None
    manip: Manip
    is_undone: bool


@dataclass(frozen=True, slots=True)
class PackedBy:
    """An IPsec policy had the packet packed."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class Because:
    """What led to a good end: who rewrote the packet, and what of filter accepted it last."""

    rewrites: tuple[NatRewrite | PackedBy, ...] = ()
    accepted: ByChain | None = None
