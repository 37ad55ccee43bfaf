"""The bridge's own hooks: what ebtables has there.

Priorities: include/uapi/linux/netfilter_bridge.h. br_netfilter stands between them at 0 and at
the very end, so ebtables' PREROUTING and FORWARD come before iptables', its POSTROUTING too.
"""

from __future__ import annotations

from collections.abc import Generator

from sim.extensions.extension import Emit, Request
from sim.kernel.stack.arp_send import send_straight
from sim.kernel.stack.core import Stack, Steps, note_accepted
from sim.kernel.stack.skb import Skb
from sim.kernel.xtables import Walked
from sim.model.host import Interface
from sim.model.rules import FrameHook, Verdict
from sim.packet.packet import Packet
from sim.trace.recorder import Place
from sim.trace.steps import HookEntered, Noted, Step

FIRST = -(2**31)
REGISTERED: dict[FrameHook, tuple[tuple[int, str], ...]] = {
    FrameHook.BROUTING: ((FIRST, "bridge broute"),),
    FrameHook.PREROUTING: ((-300, "bridge nat"),),
    FrameHook.INPUT: ((-200, "bridge filter"),),
    FrameHook.FORWARD: ((-200, "bridge filter"),),
    FrameHook.OUTPUT: ((100, "bridge nat"), (200, "bridge filter")),
    FrameHook.POSTROUTING: ((300, "bridge nat"),),
}
# ebtables-nft registers filter's OUTPUT where its FORWARD is.
NFT_OUTPUT = ((-200, "bridge filter"), (100, "bridge nat"))
OTHER_ORDER = {
    "legacy": "ebtables-legacy asks nat first here, as shown; ebtables-nft asks filter first.",
    "nft": "ebtables-nft asks filter first here, as shown; ebtables-legacy asks nat first.",
}


def _registered(stack: Stack, hook: FrameHook) -> tuple[tuple[int, str], ...]:
    is_other = hook is FrameHook.OUTPUT and stack.frames_backend == "nft"
    there = NFT_OUTPUT if is_other else REGISTERED[hook]
    return tuple(entry for entry in there if entry[1] in stack.rules.bridge.tables)


def asks(stack: Stack, hook: FrameHook) -> bool:
    """Has the rules text a table of ebtables at this hook?"""
    return bool(_registered(stack, hook))


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
    order = _registered(stack, hook)
    if not order:
        return None
    place = _place(stack, skb, hook, port, out)
    yield stack.recorder.step(HookEntered, skb.packet, place.where(), order=order)
    if len(order) > 1 and all(tables[name].chains["OUTPUT"].rules for _, name in order):
        text = OTHER_ORDER[stack.frames_backend]
        yield stack.recorder.step(Noted, skb.packet, place.where(), topic="backend", text=text)

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
