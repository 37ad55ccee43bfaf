"""Every match extension, listed by hand: one file each, no registration magic."""

from __future__ import annotations

from sim.extension import MatchType
from sim.matchers import (
    addrtype,
    comment,
    connmark,
    conntrack,
    dccp,
    dscp,
    ecn,
    hl,
    icmp,
    icmp6,
    iprange,
    length,
    limit,
    mac,
    mark,
    multiport,
    owner,
    physdev,
    pkttype,
    sctp,
    state,
    statistic,
    tcp,
    tcpmss,
    tos,
    ttl,
    udp,
)

_ALL: tuple[MatchType, ...] = (
    addrtype.MATCH,
    comment.MATCH,
    connmark.MATCH,
    conntrack.MATCH,
    dccp.MATCH,
    dscp.MATCH,
    ecn.MATCH,
    hl.MATCH,
    icmp.MATCH,
    icmp6.MATCH,
    iprange.MATCH,
    length.MATCH,
    limit.MATCH,
    mac.MATCH,
    mark.MATCH,
    multiport.MATCH,
    owner.MATCH,
    physdev.MATCH,
    pkttype.MATCH,
    sctp.MATCH,
    state.MATCH,
    statistic.MATCH,
    tcp.MATCH,
    tcpmss.MATCH,
    tos.MATCH,
    ttl.MATCH,
    udp.MATCH,
)

# By name and alias. One name may have a type for each family (ah is xt for 4, ip6t for 6).
MATCHES: dict[tuple[str, int], MatchType] = {
    (name, family): match_type
    for match_type in _ALL
    for family in match_type.families
    for name in (match_type.name, *match_type.aliases)
}
