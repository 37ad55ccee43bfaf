"""What every protocol's tracker is given and gives back, and the settings they share.

A tracker judges one packet of one connection. It sees the entry's private memory (its
*track*), never the table; ``conntrack`` carries out what it says.
"""

from __future__ import annotations

from dataclasses import field

from sim.base.frozen import dataclass
from sim.model.host import Host
from sim.model.rules import Hook
from sim.model.tuples import Part
from sim.packet.checksum import checksum, pseudo_header
from sim.packet.headers import IPPROTO_TCP, IPPROTO_UDP
from sim.trace.outcomes.base import Cause

SECOND = 1_000_000_000  # the clock counts nanoseconds
PREFIX = "net.netfilter.nf_conntrack_"

# Seconds, and switches, that a kernel starts with (nf_conntrack_standalone.c).
DEFAULTS: dict[str, int] = {
    "acct": 0,
    "checksum": 1,
    "generic_timeout": 600,
    "gre_timeout": 30,
    "gre_timeout_stream": 180,
    "icmp_timeout": 30,
    "icmpv6_timeout": 30,
    "max": 262144,
    "sctp_timeout_closed": 10,
    "sctp_timeout_cookie_echoed": 3,
    "sctp_timeout_cookie_wait": 3,
    "sctp_timeout_established": 210,
    "sctp_timeout_heartbeat_sent": 30,
    "sctp_timeout_shutdown_ack_sent": 3,
    "sctp_timeout_shutdown_recd": 3,
    "sctp_timeout_shutdown_sent": 3,
    "tcp_be_liberal": 0,
    "tcp_ignore_invalid_rst": 0,
    "tcp_loose": 1,
    "tcp_max_retrans": 3,
    "tcp_timeout_close": 10,
    "tcp_timeout_close_wait": 60,
    "tcp_timeout_established": 432000,
    "tcp_timeout_fin_wait": 120,
    "tcp_timeout_last_ack": 30,
    "tcp_timeout_max_retrans": 300,
    "tcp_timeout_syn_recv": 60,
    "tcp_timeout_syn_sent": 120,
    "tcp_timeout_time_wait": 120,
    "tcp_timeout_unacknowledged": 300,
    "udp_timeout": 30,
    "udp_timeout_stream": 120,
}


@dataclass(frozen=True, slots=True)
class CtSettings:
    """The ``net.netfilter.nf_conntrack_*`` sysctls of a host, by their last words."""

    host: Host

    def __getitem__(self, name: str) -> int:
        text = self.host.sysctls.get(PREFIX + name)
        if text is None and name == "max":
            text = self.host.sysctls.get("net.nf_conntrack_max")
        if text is None:
            return DEFAULTS[name]
        return int(text, 0)


@dataclass(frozen=True, slots=True)
class Sight:
    """A packet as a tracker sees it, with what the entry knows so far."""

    part: Part
    hook: Hook
    reply: bool  # travels in the entry's reply direction
    settings: CtSettings
    now: int  # ns
    expires: int = 0  # ns; when the entry would be gone
    status: frozenset[str] = field(default_factory=frozenset)
    ack_offset: int = 0  # what a helper's rewriting added to the numbers that this packet acks

    @property
    def confirmed(self) -> bool:
        return "CONFIRMED" in self.status

    @property
    def seen_reply(self) -> bool:
        return "SEEN_REPLY" in self.status

    @property
    def assured(self) -> bool:
        return "ASSURED" in self.status

    @property
    def checks(self) -> bool:
        """Are checksums looked at? Only on the way in, and only if the sysctl says so."""
        return self.hook is Hook.PREROUTING and bool(self.settings["checksum"])


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a tracker says of a packet.

    ``valid`` false: the packet gets no entry (INVALID), ``cause`` says why. ``again``: the entry
    is destroyed and the packet looked up anew. ``timeout`` in seconds from now; ``None``: the
    timer is left alone and the packet not counted. ``shorten`` caps the timer of an entry whose
    packet was refused.
    """

    valid: bool
    cause: Cause | None = None
    timeout: int | None = None
    assured: bool = False
    destroyed: bool = False
    again: bool = False
    shorten: int | None = None
    untracked: bool = False  # it is none of conntrack's: UNTRACKED


def invalid(cause: Cause, **more: object) -> Ruling:
    """A packet that gets no entry, and why."""
    return Ruling(False, cause, **more)  # type: ignore[arg-type]


def checksum_holds(part: Part, protocol: int, covered: int | None = None) -> bool:
    """Does the sum over the transport part come out right?

    The pseudo header is that of ``protocol`` and counts in only for TCP, UDP and all of IPv6.
    ``covered``: sum only that many bytes (UDP-Lite).
    """
    prefix = b""
    headers = part.headers
    if headers.family == 6 or protocol in (IPPROTO_TCP, IPPROTO_UDP):
        prefix = pseudo_header(headers.src.packed, headers.dst.packed, protocol, len(part.data))
    return checksum(prefix + part.data[:covered]) == 0
