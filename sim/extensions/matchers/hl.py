"""-m hl: IPv6's hop limit, as it is at that hook (net/netfilter/xt_hl.c)."""

from __future__ import annotations

from sim.extensions.matchers.hop_count import hop_match

MATCH = hop_match("hl", 6, "hop limit")
