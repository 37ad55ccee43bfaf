"""Every match extension, listed by hand: one file each, no registration magic."""

from __future__ import annotations

from sim.extension import MatchType

_ALL: tuple[MatchType, ...] = ()

# By name and alias. One name may have a type for each family (ah is xt for 4, ip6t for 6).
MATCHES: dict[tuple[str, int], MatchType] = {
    (name, family): match_type
    for match_type in _ALL
    for family in match_type.families
    for name in (match_type.name, *match_type.aliases)
}
