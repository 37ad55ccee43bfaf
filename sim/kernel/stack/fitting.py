"""How long a packet may be on the device it leaves by, and the pieces it is cut into.

ip_finish_output and ip_fragment (net/ipv4/ip_output.c), ip6_fragment (net/ipv6/ip6_output.c).
"""

from __future__ import annotations

from sim.kernel.stack.core import Stack
from sim.kernel.stack.defrag import fragments
from sim.kernel.stack.skb import Skb
from sim.packet.packet import Packet

SMALLEST_IPV6_MTU = 1280  # IPV6_MIN_MTU: no IPv6 packet need be cut smaller


def link_mtu(stack: Stack, skb: Skb) -> int:
    """The MTU of its route, else of the device it leaves by, in bytes."""
    if skb.route is not None and skb.route.mtu:
        return skb.route.mtu
    interface = stack.runtime.host.interface(skb.out_iface)
    return interface.mtu if interface is not None else 1500


def fitted(stack: Stack, skb: Skb) -> list[Packet] | None:
    """The packet in pieces that fit; ``None``: it must not be cut."""
    mtu = link_mtu(stack, skb)
    packet = skb.packet
    length = len(packet.data)
    if packet.family == 6:
        limit = min(mtu, skb.fragments.largest or mtu)
        if length <= limit:
            return [packet]
        ident = stack.runtime.random.getrandbits(32)
        return fragments(packet, max(limit, SMALLEST_IPV6_MTU), ident, skb.fragments.sizes)
    if length <= mtu and not skb.fragments.largest:
        return [packet]
    if packet.headers.dont_fragment and (not skb.fragments.largest or skb.fragments.largest > mtu):
        return None
    return fragments(
        packet,
        min(mtu, skb.fragments.largest or mtu),
        sizes=skb.fragments.sizes,
        df=skb.fragments.had_df,
    )
