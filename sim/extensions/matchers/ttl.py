"""-m ttl: IPv4's time to live, as it is at that hook (net/netfilter/xt_hl.c)."""

from __future__ import annotations

from sim.extensions.matchers.hop_count import hop_match

MATCH = hop_match("ttl", 4, "TTL")
