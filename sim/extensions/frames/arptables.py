"""arptables: its one match and its targets (arp_tables.c, arpt_mangle.c).

The options of iptables 1.8.9's nft-arp.c. FORWARD is where br_netfilter calls, and only
arptables-legacy has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.base.frozen import replace
from sim.base.values import Exactly, address_text
from sim.extensions.args import integer, ipv4, number
from sim.extensions.extension import (
    Answer,
    Context,
    Field,
    MatchType,
    Option,
    Refusal,
    RuleContext,
    TargetType,
)
from sim.extensions.frames.arp_options import OPERATIONS, operation_text
from sim.extensions.frames.ip_options import network4
from sim.extensions.frames.tool import Tool
from sim.extensions.frames.values import (
    FrameDevice,
    Hex,
    MacMask,
    device,
    ethertype,
    mac_mask,
    mac_text,
    one_mac,
)
from sim.extensions.registry import by_plain_name
from sim.extensions.targets.classify import TARGET as CLASSIFY
from sim.model.rules import ARP, Arg, Args, Verdict
from sim.packet.arp import Arp, arp_of
from sim.packet.packet import Packet

NAME = "arp"


def _mac(text: str, rule: RuleContext) -> MacMask:
    return replace(mac_mask(text, rule), named=False)


def _operation(text: str, rule: RuleContext) -> Exactly:
    """A name, or a decimal number."""
    for value, name in enumerate(OPERATIONS, 1):
        if name.lower() == text.lower():
            return Exactly(value, str(value))
    word = text.partition("/")[0]
    if not word.isdecimal():
        raise ValueError(f'"{text}" is no ARP operation: a number, or {", ".join(OPERATIONS)}')
    return Exactly(integer(word.lstrip("0") or "0", 0, 65535))


def _length(text: str, rule: RuleContext) -> Exactly:
    word = text.partition("/")[0]
    if word != "6":
        raise ValueError("the length of a hardware address can only be 6")
    return Exactly(6)


def _hardware(text: str, rule: RuleContext) -> Exactly:
    word = text.partition("/")[0]
    return Exactly(1 if word.lower() == "ethernet" else integer(word, 0, 65535))


def _protocol(text: str, rule: RuleContext) -> Hex:
    word = text.partition("/")[0]
    try:
        return Hex(integer(word, 0, 65535), 0)
    except ValueError:
        return Hex(ethertype(word, rule).number, 0)


def _read(what: Callable[[Arp], Any]) -> Callable[[Context], Any]:
    def read(ctx: Context) -> Any:
        message = arp_of(ctx.packet)
        return None if message is None else what(message)

    return read


def _field(what: str, read: Callable[[Arp], Any], show: Callable[[Any], str] = str) -> Field:
    return Field(what, _read(read), show)


def _asks_something(args: Args, rule: RuleContext) -> Args:
    """What is true of every message that the kernel shows to arptables is not kept."""
    return Args(tuple(arg for arg in args if arg.negated or not _is_empty(arg)))


def _is_empty(arg: Arg) -> bool:
    if arg.flag in ("-s", "-d"):
        return bool(arg.value.mask == 0)
    always = {"--h-length": 6, "--h-type": 1, "--opcode": 0}
    return arg.flag in always and arg.value.value == always[arg.flag]


def _device(text: str, rule: RuleContext) -> FrameDevice:
    return device(text, rule)


MATCH = MatchType(
    NAME,
    options=(
        Option("-i", _device, aliases=("--in-interface",), invert=True, metavar="DEVICE",
               help="the device it came in by",
               field=Field("device", lambda ctx: ctx.in_iface or None)),
        Option("-o", _device, aliases=("--out-interface",), invert=True, metavar="DEVICE",
               help="the device it leaves by",
               field=Field("device", lambda ctx: ctx.out_iface or None)),
        Option("-s", network4, aliases=("--source-ip", "--src-ip"), invert=True,
               metavar="ADDRESS[/MASK]", help="the sender's IPv4 address",
               field=_field("IPv4 address in it", lambda m: m.sender, address_text)),
        Option("--src-mac", _mac, aliases=("--source-mac",), invert=True, metavar="MAC[/MASK]",
               help="the sender's MAC address",
               field=_field("MAC address in it", lambda m: m.sender_mac, mac_text)),
        Option("-d", network4, aliases=("--destination-ip", "--dst-ip"), invert=True,
               metavar="ADDRESS[/MASK]", help="the IPv4 address that is asked for",
               field=_field("IPv4 address in it", lambda m: m.target, address_text)),
        Option("--dst-mac", _mac, aliases=("--destination-mac",), invert=True,
               metavar="MAC[/MASK]", help="the MAC address of who is asked, where it is known",
               field=_field("MAC address in it", lambda m: m.target_mac, mac_text)),
        Option("--h-length", _length, aliases=("-l",), invert=True, metavar="6",
               help="how long the MAC addresses in it are",
               field=_field("ARP message", lambda m: None if m.sender_mac is None else 6)),
        Option("--opcode", _operation, invert=True, metavar="OPERATION",
               help="what it is: Request, Reply, ... or a number",
               field=_field("ARP message", lambda m: m.operation, operation_text)),
        Option("--h-type", _hardware, invert=True, metavar="TYPE",
               help="the kind of network: Ethernet, or a number",
               field=_field("ARP message", lambda m: m.hardware)),
        Option("--proto-type", _protocol, invert=True, metavar="TYPE",
               help="the kind of addresses: IPv4, or a number",
               field=_field("ARP message", lambda m: m.protocol, lambda v: f"{v:#x}")),
    ),
    load=_asks_something,
    by_fields=True,
    help="what an ARP message says",
)  # fmt: skip


# ---- targets


def _mangle_verdict(text: str, rule: RuleContext) -> Verdict:
    if text not in ("ACCEPT", "DROP", "CONTINUE"):
        raise ValueError(f'"{text}" is not one of ACCEPT, DROP, CONTINUE')
    return Verdict(text)


# Where each part of the message begins, for Ethernet and IPv4.
_PARTS = {"--mangle-mac-s": 8, "--mangle-ip-s": 14, "--mangle-mac-d": 18, "--mangle-ip-d": 24}


def _mangle_load(args: Args, rule: RuleContext) -> Args:
    if not any(flag in args for flag in _PARTS):
        raise Refusal("mangle changes nothing", hint=f"give one of {', '.join(_PARTS)}")
    return Args(tuple(arg for arg in args if arg.value is not Verdict.ACCEPT))


def _mangle(args: Args, ctx: Context) -> Answer:
    data, text = ctx.packet.data, []
    for flag, at in _PARTS.items():
        arg = args.get(flag)
        if arg is None:
            continue
        is_mac = isinstance(arg.value, MacMask)
        new = arg.value.value.to_bytes(6, "big") if is_mac else arg.value.packed
        data = data[:at] + new + data[at + len(new) :]
        text.append(f"{flag.removeprefix('--mangle-')} becomes {arg.value}")
    packet: Packet = replace(ctx.packet, data=data)
    return Answer(args.value("--mangle-target", Verdict.ACCEPT), packet, ", ".join(text))


def _address(text: str, rule: RuleContext) -> Any:
    return ipv4(text)


MANGLE = TargetType(
    "mangle",
    options=(
        Option("--mangle-ip-s", _address, metavar="ADDRESS"),
        Option("--mangle-mac-s", one_mac, metavar="MAC"),
        Option("--mangle-ip-d", _address, metavar="ADDRESS"),
        Option("--mangle-mac-d", one_mac, metavar="MAC"),
        Option("--mangle-target", _mangle_verdict, metavar="ACCEPT|DROP|CONTINUE"),
    ),
    load=_mangle_load,
    apply=_mangle,
    help="write other addresses into the message",
)

_MARKS: dict[str, Callable[[int, int], int]] = {
    "--set-mark": lambda mark, value: value,
    "--and-mark": lambda mark, value: mark & value,
    "--or-mark": lambda mark, value: mark | value,
}


def _mark_load(args: Args, rule: RuleContext) -> None:
    if not args:
        raise Refusal("MARK does nothing", hint=f"give one of {', '.join(_MARKS)}")


def _mark(args: Args, ctx: Context) -> Answer:
    mark = ctx.packet.mark
    for flag, change in _MARKS.items():
        if flag in args:
            mark = change(mark, args.value(flag))
    return Answer(Verdict.CONTINUE, ctx.packet.with_mark(mark), f"mark becomes {mark:#x}")


MARK = TargetType(
    "MARK",
    options=tuple(
        Option(flag, number(), metavar="VALUE", save=lambda value: f"{value:x}",
               excludes=tuple(other for other in _MARKS if other != flag))
        for flag in _MARKS
    ),
    load=_mark_load,
    apply=_mark,
    help="change the packet mark",
)  # fmt: skip

_CLASS = replace(CLASSIFY.options[0], save=lambda handle: f"{handle >> 16:x}:{handle & 0xFFFF:x}")

ARPTABLES = Tool(
    "arptables",
    ARP,
    {NAME: MATCH},
    by_plain_name((MANGLE, MARK, replace(CLASSIFY, options=(_CLASS,)))),
    standard=("ACCEPT", "DROP", "RETURN"),
    no_device={"-o": ("INPUT",), "-i": ("OUTPUT",)},
    has_user_policies=False,
)
