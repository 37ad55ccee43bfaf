"""-m icmp: type and code of an ICMP header (net/netfilter/xt_tcpudp.c, icmp_match)."""

from __future__ import annotations

from sim.extensions.matchers.icmp_types import ICMP, icmp_match
from sim.packet.headers import IPPROTO_ICMP

MATCH = icmp_match(
    "icmp", "--icmp-type", "ICMP", ICMP, 4, IPPROTO_ICMP, any_type=True, listed="icmp",
    drawn=("8", "0", "3", "3/3", "echo-request", "any", "11/0", "time-exceeded"),
)  # fmt: skip
