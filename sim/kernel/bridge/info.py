"""What br_netfilter keeps beside a packet that came in by a bridge port.

struct nf_bridge_info (include/linux/skbuff.h), an skb extension: a clone and TEE's copy hold the
same one as the packet, until br_nf_forward_ip gives the packet that is bridged one of its own.
"""

from __future__ import annotations

from sim.base.frozen import dataclass


@dataclass(slots=True)
class BridgeInfo:
    """``physin`` is the port a packet came in by, ``physout`` the one it is bridged out of.

    ``is_in_prerouting``: br_netfilter's PREROUTING has begun and the packet is not through it,
    as one that was dropped there never is. ``has_skipped``: IP's PREROUTING was left out once.
    ``largest_fragment``: how long, if it was gathered from fragments there; no longer ones leave.
    """

    physin: str
    physout: str = ""
    is_in_prerouting: bool = True
    has_skipped: bool = False
    largest_fragment: int = 0

    def skips(self) -> bool:
        """ip_sabotage_in: is IP's PREROUTING left out, as the bridge's has been? Once only."""
        if self.has_skipped or self.is_in_prerouting:
            return False
        self.has_skipped = True
        return True
