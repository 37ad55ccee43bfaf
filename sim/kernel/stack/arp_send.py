"""arptables' hooks, and an ARP message that goes straight out of a device (net/ipv4/arp.c)."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from sim.base.frozen import replace
from sim.extensions.extension import Emit, Request
from sim.extensions.hooks import frames_order_of
from sim.kernel.stack.core import Stack, Steps, note_accepted
from sim.kernel.stack.skb import Skb
from sim.model.replies import ReplyKind
from sim.model.rules import FrameHook, Verdict
from sim.packet.packet import Packet
from sim.trace.outcomes.decided import ByDevice, FateVerdict
from sim.trace.outcomes.departures import SentStraight
from sim.trace.recorder import Place
from sim.trace.steps import Emitted, HookEntered, Sent, Step


def arp_hook(
    stack: Stack, skb: Skb, hook: FrameHook, in_iface: str = "", out_iface: str = ""
) -> Steps:
    """Walk arptables' chain at a hook; false: the message ended there."""
    order = frames_order_of(stack.rules.arp, hook, stack.frames_backend)
    if not order:
        return True
    table = stack.rules.arp.tables[order[0].what]
    place = Place(hook, in_iface, out_iface, depth=skb.depth)
    yield stack.recorder.step(HookEntered, skb.packet, place.where(), order=order)
    walked = yield from stack.arp_walker.walk(table, skb.packet, place, _nothing_asked)
    skb.packet = walked.packet
    if walked.verdict is Verdict.ACCEPT and not walked.need:
        note_accepted(skb, table, place, walked)
        return True
    yield from stack.stopped(skb, place, walked)
    return False


def _nothing_asked(packet: Packet, place: Place, request: Request) -> Generator[Step, None, Packet]:
    """arptables' targets ask for nothing."""
    yield from ()
    return packet


def made(stack: Stack, skb: Skb, packet: Packet, dev: str) -> Skb:
    """A message of the host's own because of another; the step for it is ``told``."""
    packet = replace(packet, id=stack.runtime.new_packet_id())
    return Skb(packet, out_iface=dev, is_main=False, depth=skb.depth + 1)


def told(stack: Stack, skb: Skb, out: Skb, reason: ReplyKind) -> Step:
    return stack.recorder.step(
        Emitted, out.packet, stack.where(out), parent=skb.packet.id, reason=reason
    )


def send_straight(stack: Stack, skb: Skb, request: Emit) -> Iterator[Step]:
    """arp_send on a device that is no bridge: what the message is about waits meanwhile."""
    out = made(stack, skb, request.packet, request.dev)
    yield told(stack, skb, out, request.reason)
    if (yield from arp_hook(stack, out, FrameHook.ARP_OUTPUT, out_iface=request.dev)):
        yield from on_wire(stack, out, request.dev)


def on_wire(stack: Stack, out: Skb, dev: str) -> Iterator[Step]:
    yield stack.recorder.step(Sent, out.packet, stack.where(out), iface=dev)
    why = SentStraight(dev)
    yield from stack.end(out, FateVerdict.SENT, ByDevice(dev), why, out=dev)
