"""Devices that take over what their ports receive: bonds and VRFs.

A bond sets the packet's device to itself and starts again, so that nothing above sees the port
(bond_handle_frame in drivers/net/bonding/bond_main.c). A VRF takes the packet at the end of
PREROUTING and passes it through the hooks once more (vrf_l3_rcv in drivers/net/vrf.c).
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.kernel.stack.core import Stack
from sim.kernel.stack.skb import Skb
from sim.model.host import Host
from sim.packet.packet import Packet
from sim.trace.outcomes.arrival import InVrf, VrfUnknown
from sim.trace.outcomes.decided import ByPart, FateVerdict
from sim.trace.steps import Arrived, Step


def receiver(host: Host, iface: str) -> str:
    """The device that the hooks see for what arrives on ``iface``: a bond for its port.

    A port that is down receives nothing, so it stands for itself.
    """
    port = host.interface(iface)
    if port is None or not port.up:
        return iface
    upper = host.interface(port.master) if port.master else None
    return upper.name if upper is not None and upper.kind == "bond" else iface


def vrf_of(host: Host, iface: str) -> str:
    """The VRF of a device, or of the bond that receives for it; empty: none."""
    device = host.interface(receiver(host, iface))
    upper = host.interface(device.master) if device is not None and device.master else None
    return upper.name if upper is not None and upper.kind == "vrf" else ""


def arrive_in_vrf(stack: Stack, packet: Packet, iface: str, vrf: str) -> Iterator[Step]:
    """What a VRF does is not modelled, so nothing can be told."""
    skb = Skb(packet, in_iface=iface, dev=iface)
    yield stack.recorder.step(Arrived, packet, stack.where(skb))
    yield from stack.end(
        skb, FateVerdict.UNDETERMINED, ByPart.ARRIVAL, InVrf(iface, vrf), need=VrfUnknown(vrf)
    )
