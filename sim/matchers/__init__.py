"""Every match extension, listed by hand: one file each, no registration magic."""

from __future__ import annotations

from sim.extension import MatchType
from sim.matchers import (
    comment,
    conntrack,
    icmp,
    icmp6,
    mark,
    multiport,
    state,
    tcp,
    udp,
)

_ALL: tuple[MatchType, ...] = (
    comment.MATCH,
    conntrack.MATCH,
    icmp.MATCH,
    icmp6.MATCH,
    mark.MATCH,
    multiport.MATCH,
    state.MATCH,
    tcp.MATCH,
    udp.MATCH,
)

# By name and alias. One name may have a type for each family (ah is xt for 4, ip6t for 6).
MATCHES: dict[tuple[str, int], MatchType] = {
    (name, family): match_type
    for match_type in _ALL
    for family in match_type.families
    for name in (match_type.name, *match_type.aliases)
}
