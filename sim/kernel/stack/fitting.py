"""How long a packet may be on the device it leaves by, and the pieces it is cut into.

ip_finish_output and ip_fragment (net/ipv4/ip_output.c), ip6_fragment (net/ipv6/ip6_output.c).
"""

from __future__ import annotations

from sim.kernel.routing.core import SMALLEST_IPV6_MTU
from sim.kernel.stack.core import Stack
from sim.kernel.stack.cutting import fragments, is_headless, unfragmentable
from sim.kernel.stack.skb import Skb
from sim.packet.packet import Packet


def link_mtu(stack: Stack, skb: Skb) -> int:
    """The MTU of its route, else of the device it leaves by, in bytes."""
    if skb.route is not None and skb.route.mtu:
        return skb.route.mtu
    return stack.routing.device_mtu(skb.out_iface, skb.packet.family)


def may_be_cut(skb: Skb, mtu: int) -> bool:
    """ip_exceeds_mtu, ip6_pkt_too_big: was it gathered from fragments, none of them too long?"""
    largest = skb.fragments.largest
    return largest <= mtu if largest else skb.fragments.ignores_df


def is_not_cut(stack: Stack, skb: Skb) -> bool:
    """ip6_fragment: too long as it is, and its headers are not whole in the first piece."""
    packet, largest = skb.packet, skb.fragments.largest
    mtu = link_mtu(stack, skb)
    is_long = len(packet.data) > min(mtu, largest or mtu)
    return is_long and is_headless(packet, skb.fragments.together)


def fitted(stack: Stack, skb: Skb) -> list[Packet] | None:
    """The packet in pieces that fit; ``None``: it must not be cut."""
    if skb.packet.family == 6:
        return _fitted6(stack, skb)
    mtu = link_mtu(stack, skb)
    packet, largest = skb.packet, skb.fragments.largest
    if len(packet.data) <= mtu and not largest:
        return [packet]
    if packet.headers.dont_fragment and not may_be_cut(skb, mtu):
        return None
    return fragments(
        packet,
        min(mtu, largest or mtu),
        sizes=skb.fragments.kept(packet.headers.header_length),
        df=skb.fragments.had_df,
    )


def _fitted6(stack: Stack, skb: Skb) -> list[Packet] | None:
    """A router cuts only what conntrack has gathered, and into no longer pieces than came."""
    mtu = link_mtu(stack, skb)
    packet, largest = skb.packet, skb.fragments.largest
    length = len(packet.data)
    if length <= min(mtu, largest or mtu):
        return [packet]
    if (largest or skb.is_forwarded or skb.is_kept_whole) and not may_be_cut(skb, mtu):
        return None
    ident = stack.runtime.random.getrandbits(32)
    most = max(largest or mtu, SMALLEST_IPV6_MTU)
    return fragments(packet, most, ident, skb.fragments.kept(unfragmentable(packet)[0]))
