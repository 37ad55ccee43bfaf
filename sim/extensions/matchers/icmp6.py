"""-m icmp6: type and code of an ICMPv6 header (net/ipv6/netfilter/ip6_tables.c, icmp6_match).

Other than ICMP's, type 255 is an ordinary type.
"""

from __future__ import annotations

from sim.extensions.matchers.icmp_types import ICMPV6, icmp_match
from sim.packet.headers import IPPROTO_ICMPV6

MATCH = icmp_match(
    "icmp6", "--icmpv6-type", "ICMPv6", ICMPV6, 6, IPPROTO_ICMPV6, any_type=False,
    listed="ipv6-icmp", aliases=("icmpv6",),
    drawn=("128", "129", "1", "1/4", "echo-request", "3", "135", "packet-too-big"),
)  # fmt: skip
