"""ebtables' targets: mark, and those that write MAC addresses (ebt_mark.c, ebt_snat.c, …).

Each has an option for what becomes of the frame then; it is ACCEPT unless that says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

from sim.base.frozen import replace
from sim.extensions.args import number
from sim.extensions.extension import (
    Answer,
    Context,
    Emit,
    Option,
    Refusal,
    RuleContext,
    TargetType,
)
from sim.extensions.frames.frame import bridge_name
from sim.extensions.frames.values import ALL_MAC, Hex, MacMask, mac_text, one_mac
from sim.extensions.registry import by_plain_name
from sim.model.replies import ReplyKind
from sim.model.rules import Arg, Args, FrameHook, Verdict
from sim.packet.arp import ETH_P_ARP, REPLY, REQUEST, arp_bytes, arp_of
from sim.packet.kinds import PacketType
from sim.packet.packet import Link, Packet

STANDARD = ("ACCEPT", "DROP", "CONTINUE", "RETURN")
_GROUP_BIT = 1 << 40


def _verdict(text: str, rule: RuleContext) -> Verdict:
    if text not in STANDARD:
        raise ValueError(f'"{text}" is not one of {", ".join(STANDARD)}')
    return Verdict(text)


def _behind(flag: str, default: Verdict = Verdict.ACCEPT) -> Option:
    """The option for what becomes of the frame."""
    return Option(
        flag, _verdict, metavar="|".join(STANDARD), help=f"what then; {default} by default"
    )


def _with_verdict(flag: str, default: Verdict, is_printed: bool) -> Callable[[Args], Args]:
    def complete(args: Args) -> Args:
        verdict = args.value(flag, default)
        kept = tuple(arg for arg in args if arg.flag != flag)
        shown = (Arg(flag, verdict),) if is_printed or verdict is not default else ()
        return Args((*kept, *shown))

    return complete


# ---- mark


_MARKS: dict[str, Callable[[int, int], int]] = {
    "--mark-set": lambda mark, value: value,
    "--mark-or": lambda mark, value: mark | value,
    "--mark-and": lambda mark, value: mark & value,
    "--mark-xor": lambda mark, value: mark ^ value,
}


def _mark_value(text: str, rule: RuleContext) -> Hex:
    return Hex(number()(text, rule), 0)


def _mark_load(args: Args, rule: RuleContext) -> Args:
    if not any(flag in args for flag in _MARKS):
        raise Refusal("mark does nothing", hint=f"give one of {', '.join(_MARKS)}")
    return _with_verdict("--mark-target", Verdict.ACCEPT, True)(args)


def _mark(args: Args, ctx: Context) -> Answer:
    before = after = ctx.packet.mark
    for flag, change in _MARKS.items():
        if flag in args:
            after = change(before, args.value(flag).number)
    text = f"mark becomes {after:#x}" if after != before else f"mark stays {after:#x}"
    verdict = args.value("--mark-target", Verdict.ACCEPT)
    return Answer(verdict, ctx.packet.with_mark(after), text)


MARK = TargetType(
    "mark",
    options=(
        *(
            Option(flag, _mark_value, aliases=("--set-mark",) if flag == "--mark-set" else (),
                   excludes=tuple(other for other in _MARKS if other != flag), metavar="VALUE")
            for flag in _MARKS
        ),
        _behind("--mark-target"),
    ),
    load=_mark_load,
    apply=_mark,
    help="change the packet mark",
)  # fmt: skip


# ---- addresses


def _own_mac(ctx: Context) -> str:
    """What the host calls itself here: the port in BROUTING, else the port's bridge."""
    name = ctx.in_iface
    if ctx.hook is not FrameHook.BROUTING:
        name = bridge_name(ctx, name)
    interface = ctx.host.interface(name) if name else None
    return interface.mac if interface is not None else ""


def _link(packet: Packet) -> Link:
    return packet.link or Link()


def _needs_mac(flag: str, default: str) -> Callable[[Args, RuleContext], Args]:
    complete = _with_verdict(default, Verdict.ACCEPT, True)

    def load(args: Args, rule: RuleContext) -> Args:
        if flag not in args:
            raise Refusal(f"{flag} is missing", hint=f"write {flag} MAC")
        return complete(args)

    return load


def _dnat(args: Args, ctx: Context) -> Answer:
    wanted: MacMask = args.value("--to-dst")
    link = _link(ctx.packet)
    mac, kind = mac_text(wanted.value), link.kind
    if wanted.value & _GROUP_BIT:
        kind = PacketType.BROADCAST if wanted.value == ALL_MAC else PacketType.MULTICAST
    elif own := _own_mac(ctx):
        kind = PacketType.HOST if mac == own else PacketType.OTHERHOST
    packet = replace(ctx.packet, link=replace(link, dst_mac=mac, kind=kind))
    text = f"destination MAC {link.dst_mac} → {mac}"
    return Answer(args.value("--dnat-target", Verdict.ACCEPT), packet, text)


def _redirect(args: Args, ctx: Context) -> Answer:
    link, mac = _link(ctx.packet), _own_mac(ctx)
    packet = replace(ctx.packet, link=replace(link, dst_mac=mac, kind=PacketType.HOST))
    text = f"destination MAC {link.dst_mac} → {mac}: the frame is for the host"
    return Answer(args.value("--redirect-target", Verdict.ACCEPT), packet, text)


def _snat(args: Args, ctx: Context) -> Answer:
    wanted: MacMask = args.value("--to-src")
    link, mac = _link(ctx.packet), mac_text(wanted.value)
    packet = replace(ctx.packet, link=replace(link, src_mac=mac))
    text = f"source MAC {link.src_mac} → {mac}"
    message = arp_of(packet) if packet.ethertype == ETH_P_ARP else None
    if "--snat-arp" in args and message is not None and message.sender_mac is not None:
        data = packet.data[:8] + wanted.value.to_bytes(6, "big") + packet.data[14:]
        packet = replace(packet, data=data)
        text += ", in the ARP message too"
    return Answer(args.value("--snat-target", Verdict.ACCEPT), packet, text)


def _arpreply_load(args: Args, rule: RuleContext) -> Args:
    if rule.protocol != ETH_P_ARP or rule.protocol_negated:
        raise Refusal("arpreply needs -p ARP", hint="write -p ARP before it")
    if "--arpreply-mac" not in args:
        args = Args((Arg("--arpreply-mac", MacMask(0, named=False)), *args))
    return _with_verdict("--arpreply-target", Verdict.DROP, False)(args)


def _arpreply(args: Args, ctx: Context) -> Answer:
    """ebt_arpreply_tg: only a request for an IPv4 address gets an answer."""
    message = arp_of(ctx.packet)
    if message is None or (message.operation, message.protocol) != (REQUEST, 0x0800):
        return Answer(Verdict.CONTINUE, ctx.packet, "it is no request, so nothing is answered")
    if message.sender is None or message.target is None or message.sender_mac is None:
        return Answer(Verdict.CONTINUE, ctx.packet, "it is no request, so nothing is answered")
    mac: MacMask = args.value("--arpreply-mac")
    own, asker = mac_text(mac.value), mac_text(message.sender_mac)
    data = arp_bytes(REPLY, own, message.target, asker, message.sender)
    reply = Packet(data, link=Link(own, asker, ethertype=ETH_P_ARP))
    text = f"the host answers that {message.target} is at {own}"
    request = Emit(reply, ReplyKind.ARP_REPLY, is_direct=True, dev=ctx.in_iface)
    verdict = args.value("--arpreply-target", Verdict.DROP)
    return Answer(verdict, ctx.packet, text, (request,))


# Where the kernel lets each be: (table, chain).
PLACES: dict[str, frozenset[tuple[str, str]]] = {
    "dnat": frozenset({("nat", "PREROUTING"), ("nat", "OUTPUT"), ("broute", "BROUTING")}),
    "redirect": frozenset({("nat", "PREROUTING"), ("broute", "BROUTING")}),
    "snat": frozenset({("nat", "POSTROUTING")}),
    "arpreply": frozenset({("nat", "PREROUTING")}),
}

DNAT = TargetType(
    "dnat",
    options=(
        Option("--to-dst", one_mac, aliases=("--to-destination",), metavar="MAC"),
        _behind("--dnat-target"),
    ),
    load=_needs_mac("--to-dst", "--dnat-target"),
    apply=_dnat,
    help="write another destination MAC address",
)
REDIRECT = TargetType(
    "redirect",
    options=(_behind("--redirect-target"),),
    load=lambda args, rule: _with_verdict("--redirect-target", Verdict.ACCEPT, False)(args),
    apply=_redirect,
    help="make the frame one for the host",
)
SNAT = TargetType(
    "snat",
    options=(
        Option("--to-src", one_mac, aliases=("--to-source",), metavar="MAC"),
        Option("--snat-arp", None, help="in the ARP message as well"),
        _behind("--snat-target"),
    ),
    load=_needs_mac("--to-src", "--snat-target"),
    apply=_snat,
    help="write another source MAC address",
)
ARPREPLY = TargetType(
    "arpreply",
    options=(
        Option("--arpreply-mac", one_mac, metavar="MAC", help="the address to answer with"),
        _behind("--arpreply-target", Verdict.DROP),
    ),
    load=_arpreply_load,
    apply=_arpreply,
    help="answer an ARP request",
)
TARGETS = by_plain_name((MARK, DNAT, REDIRECT, SNAT, ARPREPLY))
