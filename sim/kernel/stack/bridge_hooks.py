"""The bridge's own hooks: what ebtables has there.

Which tables are where is in ``extensions.hooks``.
"""

from __future__ import annotations

from collections.abc import Generator

from sim.extensions.extension import Emit, Request
from sim.extensions.hooks import frames_order_of
from sim.kernel.stack.arp_send import send_straight
from sim.kernel.stack.core import Stack, Steps, note_accepted
from sim.kernel.stack.skb import Skb
from sim.kernel.xtables import Walked
from sim.model.host import Interface
from sim.model.rules import FrameHook, Registered, Verdict
from sim.packet.packet import Packet
from sim.trace.outcomes.bridge import FrameOrder
from sim.trace.recorder import Place
from sim.trace.steps import HookEntered, Noted, Step


def _order(stack: Stack, hook: FrameHook) -> tuple[Registered, ...]:
    return frames_order_of(stack.rules.bridge, hook, stack.frames_backend)


def asks(stack: Stack, hook: FrameHook) -> bool:
    """Has the rules text a table of ebtables at this hook?"""
    return bool(_order(stack, hook))


def filtered(
    stack: Stack, skb: Skb, hook: FrameHook, bridge: Interface, port: str = "", out: str = ""
) -> Steps:
    """Walk the ebtables chains of a bridge hook; false: the frame ended there."""
    walked = yield from walk(stack, skb, hook, port, out)
    if walked is None:
        return True
    place = _place(stack, skb, hook, port, out)
    yield from stack.stopped(skb, place, walked)
    return False


def walk(
    stack: Stack, skb: Skb, hook: FrameHook, port: str = "", out: str = ""
) -> Generator[Step, None, Walked | None]:
    """Walk the tables at a hook; what did not let the frame pass, or ``None``."""
    tables = stack.rules.bridge.tables
    order = _order(stack, hook)
    if not order:
        return None
    place = _place(stack, skb, hook, port, out)
    yield stack.recorder.step(HookEntered, skb.packet, place.where(), order=order)
    if len(order) > 1 and all(tables[name].chains["OUTPUT"].rules for _, name in order):
        note = FrameOrder(stack.frames_backend)
        yield stack.recorder.step(Noted, skb.packet, place.where(), note=note)

    def perform(packet: Packet, place: Place, request: Request) -> Generator[Step, None, Packet]:
        skb.packet = packet
        if isinstance(request, Emit):
            yield from send_straight(stack, skb, request)
        return skb.packet

    for _, name in order:
        walked = yield from stack.frame_walker.walk(tables[name], skb.packet, place, perform)
        skb.packet = walked.packet
        if walked.verdict is not Verdict.ACCEPT or walked.need:
            return walked
        if hook is FrameHook.FORWARD:
            note_accepted(skb, tables[name], place, walked)
    return None


def _place(stack: Stack, skb: Skb, hook: FrameHook, port: str, out: str) -> Place:
    return Place(hook, port, out, depth=skb.depth)
