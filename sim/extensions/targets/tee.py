"""-j TEE: send a copy of the packet to a gateway and go on (net/netfilter/xt_TEE.c).

net/ipv4/netfilter/nf_dup_ipv4.c, net/ipv6/netfilter/nf_dup_ipv6.c. The copy is UNTRACKED, walks
OUTPUT and POSTROUTING as if made here, and no TEE copies it again.
"""

from __future__ import annotations

from sim.extensions.addresses import host_address
from sim.extensions.drawing import DrawPlace, F, O, S
from sim.extensions.extension import (
    Answer,
    Context,
    Emit,
    Option,
    Refusal,
    RuleContext,
    TargetType,
)
from sim.extensions.listing import Listing
from sim.extensions.traits import Changes
from sim.model.replies import ReplyKind
from sim.model.rules import Args, FrameHook, Hook, Verdict
from sim.packet.checksum import checksum
from sim.packet.kinds import CtState
from sim.packet.packet import Link, Packet


def _device(text: str, rule: RuleContext) -> str:
    return text.encode()[:15].decode(errors="ignore")


def load(args: Args, rule: RuleContext) -> None:
    if int(args.value("--gateway")) == 0:
        raise Refusal("the gateway must be a real address", "--gateway")


def save(args: Args, family: int) -> str:
    words = f"--gateway {args.value('--gateway')}"
    return f"{words} --oif {args.value('--oif')}" if args.value("--oif") else words


def _copy(packet: Packet, hook: Hook | FrameHook) -> Packet:
    """IPv4 gets DF. Before routing, the hop count goes down, against loops of two hosts."""
    data = bytearray(packet.data[: packet.headers.length])
    is_before_routing = hook in (Hook.PREROUTING, Hook.INPUT)
    if packet.family == 4:
        data[6] |= 0x40
        data[8] = (data[8] - is_before_routing) & 0xFF
        data[10:12] = b"\0\0"
        data[10:12] = checksum(bytes(data[: packet.headers.header_length])).to_bytes(2, "big")
    else:
        data[7] = (data[7] - is_before_routing) & 0xFF
    return Packet(
        bytes(data),
        mark=packet.mark,
        priority=packet.priority,
        ct_state=CtState.UNTRACKED,
        unknown=packet.unknown,
        is_copy=True,
        # Its Ethernet header is not sent; how it was addressed stays with it.
        link=Link(kind=packet.link.kind) if packet.link is not None else None,
    )


def apply(args: Args, ctx: Context) -> Answer:
    packet, gateway, device = ctx.packet, args.value("--gateway"), args.value("--oif", "")
    if packet.is_copy:
        return Answer(Verdict.CONTINUE, packet, "nothing: this is a copy already")
    if device and ctx.host.interface(device) is None:
        return Answer(Verdict.CONTINUE, packet, f"nothing: there is no device {device}")
    emit = Emit(_copy(packet, ctx.hook), ReplyKind.TEE, gateway=gateway, dev=device)
    text = f"a copy goes to {gateway}" + (f" on {device}" if device else "")
    return Answer(Verdict.CONTINUE, packet, text, (emit,))


def _draw(place: DrawPlace) -> str:
    """Copies that come back are copied again for ever, so the hop count must be fresh there."""
    device = place.world.pick(place.world.devices)
    fresh = "-m ttl --ttl-gt 60" if place.family == 4 else "-m hl --hl-gt 60"
    if place.within(F, O, S):
        fresh = ""
    return f"--gateway {place.world.pick(device.neighbours[place.family])} {fresh}"


TARGET = TargetType(
    "TEE",
    options=(
        Option("--gateway", host_address, required=True, metavar="ADDRESS", help="where copies go"),
        Option("--oif", _device, metavar="DEVICE", help="device to send them on"),
    ),
    load=load,
    save=save,
    apply=apply,
    help="send a copy of the packet to a gateway",
    changes=Changes.NOTHING,
    listing=Listing("TEE", {"--gateway": "gw:{}", "--oif": "oif={}"}),
    draw=_draw,
    examples=("--gateway 1.2.3.4", "--gateway 1.2.3.4 --oif eth0"),
)
