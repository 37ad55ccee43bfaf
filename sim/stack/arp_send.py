"""An ARP message that the host sends: arptables' OUTPUT, then the wire (net/ipv4/arp.c)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sim.extension import Emit
from sim.stack.core import Skb, Stack
from sim.trace import Emitted, Sent, Step


def send_straight(stack: Stack, skb: Skb, request: Emit) -> Iterator[Step]:
    """arp_send on a bridge port: what the message is about waits meanwhile."""
    packet = replace(request.packet, id=stack.runtime.new_packet_id())
    out = Skb(packet, out_iface=request.dev, is_main=False, depth=skb.depth + 1)
    yield stack.recorder.step(
        Emitted, packet, stack.where(out), parent=skb.packet.id, reason=request.reason
    )
    yield stack.recorder.step(Sent, packet, stack.where(out), iface=request.dev)
    sentence = f"Sent straight out of {request.dev}."
    yield from stack.end(out, "sent", request.dev, sentence, out=request.dev)
