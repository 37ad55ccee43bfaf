"""How long a frame may be that leaves by a bridge port, and what br_netfilter cuts it into.

br_nf_dev_queue_xmit and br_nf_ip_fragment (net/bridge/br_netfilter_hooks.c) cut what br_netfilter
has seen; is_skb_forwardable (net/core/dev.c), which br_dev_queue_push_xmit asks about every frame,
throws away what is still too long. Nobody is told, save the sender of an IPv6 packet.
"""

from __future__ import annotations

from sim.base.frozen import dataclass
from sim.kernel.routing.core import SMALLEST_IPV6_MTU
from sim.kernel.stack.core import Stack
from sim.kernel.stack.cutting import fragments, is_headless, unfragmentable
from sim.kernel.stack.fitting import link_mtu
from sim.kernel.stack.skb import Skb
from sim.packet.packet import Packet

VLAN_TAG = 4  # bytes that is_skb_forwardable leaves for one, whether there is one or not


@dataclass(frozen=True, slots=True)
class PortCut:
    """``pieces`` to send; none: it must not be cut, and ``told`` is the MTU for its sender."""

    pieces: tuple[Packet, ...]
    told: int = 0


def port_mtu(stack: Stack, port: str) -> int:
    interface = stack.runtime.host.interface(port)
    return interface.mtu if interface is not None else 1500


def fits(stack: Stack, packet: Packet, port: str) -> bool:
    """is_skb_forwardable: does the port take a frame of this length?"""
    return len(packet.data) <= port_mtu(stack, port) + VLAN_TAG


def cut(stack: Stack, skb: Skb, port: str) -> PortCut:
    """br_nf_dev_queue_xmit: in pieces if it is longer than the port takes or than it came.

    How long the pieces are is the bridge's own MTU's to say, or that of the route it was given.
    """
    packet = skb.packet
    largest = skb.bridge.largest_fragment if skb.bridge is not None else 0
    limit = min(port_mtu(stack, port), largest or 0xFFFF)
    if packet.is_arp or len(packet.data) <= limit:
        return PortCut((packet,))
    mtu = link_mtu(stack, skb)
    if largest > mtu:
        return PortCut((), mtu)
    if packet.family == 6:
        return _cut6(stack, skb, mtu, largest)
    if packet.headers.dont_fragment and not largest:
        return PortCut(())
    sizes = skb.fragments.kept(packet.headers.header_length)
    return PortCut(tuple(fragments(packet, min(mtu, largest or mtu), sizes=sizes)))


def _cut6(stack: Stack, skb: Skb, mtu: int, largest: int) -> PortCut:
    """ip6_fragment: only what came in fragments may be cut."""
    if is_headless(skb.packet, skb.fragments.together):
        return PortCut(())
    if not largest and len(skb.packet.data) > mtu:
        return PortCut((), mtu)
    limit = max(largest, SMALLEST_IPV6_MTU) if largest else mtu
    ident = stack.runtime.random.getrandbits(32)
    sizes = skb.fragments.kept(unfragmentable(skb.packet)[0])
    return PortCut(tuple(fragments(skb.packet, limit, ident, sizes)))
