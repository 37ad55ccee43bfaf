"""Every match extension: each is a file of this folder, found there and nowhere listed."""

from __future__ import annotations

from sim.extensions.extension import MatchType
from sim.extensions.registry import by_name, defined_in

# By name and alias. One name may have a type for each family (ah is xt for 4, ip6t for 6).
MATCHES: dict[tuple[str, int], MatchType] = by_name(defined_in(__name__, __path__, MatchType))
