"""--arp-…: what an ARP message says (ebt_arp.c)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sim.base.frozen import replace
from sim.base.values import Exactly, address_text
from sim.extensions.args import integer
from sim.extensions.extension import (
    Clause,
    Context,
    Field,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
    in_order,
    option_clause,
)
from sim.extensions.frames.ip_options import network4
from sim.extensions.frames.values import Hex, MacMask, ethertype, mac_mask, mac_text
from sim.model.rules import Args
from sim.packet.arp import ETH_P_ARP, ETH_P_RARP, Arp, arp_of

# In the order of their numbers, from 1 on; ebtables' spelling.
OPERATIONS = (
    "Request", "Reply", "Request_Reverse", "Reply_Reverse", "DRARP_Request", "DRARP_Reply",
    "DRARP_Error", "InARP_Request", "ARP_NAK",
)  # fmt: skip


def operation_text(number: int) -> str:
    return OPERATIONS[number - 1] if 0 < number <= len(OPERATIONS) else str(number)


def _operation(text: str, rule: RuleContext) -> Exactly:
    for number, name in enumerate(OPERATIONS, 1):
        if name.lower() == text.lower():
            return Exactly(number, name)
    try:
        number = integer(text, 0, 65535)
    except ValueError:
        names = ", ".join(OPERATIONS)
        raise ValueError(f'"{text}" is no ARP operation: a number, or {names}') from None
    return Exactly(number, operation_text(number))


def _hardware(text: str, rule: RuleContext) -> Exactly:
    return Exactly(1) if text.lower() == "ethernet" else Exactly(integer(text, 0, 65535))


def _protocol(text: str, rule: RuleContext) -> Hex:
    try:
        return Hex(integer(text, 0, 65535), 0)
    except ValueError:
        return Hex(ethertype(text, rule).number, 0)


def _mac(text: str, rule: RuleContext) -> MacMask:
    """A MAC in the message; ebtables prints it in numbers even where it has a name."""
    return replace(mac_mask(text, rule), named=False)


def _read(what: Callable[[Arp], Any]) -> Callable[[Context], Any]:
    def read(ctx: Context) -> Any:
        message = arp_of(ctx.packet)
        return None if message is None else what(message)

    return read


def _judge(args: Args, ctx: Context) -> Judgement:
    return in_order(_clauses(args, ctx))


def _clauses(args: Args, ctx: Context) -> Iterator[Clause]:
    for option in ARP.options:
        arg = args.get(option.flag)
        if arg is None:
            continue
        if option.field is not None:
            yield option_clause("arp", option, arg, ctx)
            continue
        message = arp_of(ctx.packet)
        if message is None or message.sender is None or message.target is None:
            yield Clause("arp", option.flag, "", "no IPv4 addresses", arg.negated, False)
            continue
        seen = f"sender {message.sender}, target {message.target}"
        held = (message.sender == message.target) != arg.negated
        yield Clause("arp", option.flag, "", seen, arg.negated, held)


def _load(args: Args, rule: RuleContext) -> None:
    if rule.protocol not in (ETH_P_ARP, ETH_P_RARP) or rule.protocol_negated:
        raise Refusal("--arp-… needs -p ARP", hint="write -p ARP before it")


ARP = MatchType(
    "arp",
    options=(
        Option("--arp-op", _operation, aliases=("--arp-opcode",), invert=True, metavar="OPERATION",
               field=Field("ARP message", _read(lambda m: m.operation), operation_text)),
        Option("--arp-htype", _hardware, invert=True, metavar="TYPE",
               field=Field("ARP message", _read(lambda m: m.hardware))),
        Option("--arp-ptype", _protocol, invert=True, metavar="TYPE",
               field=Field("ARP message", _read(lambda m: m.protocol), lambda v: f"{v:#x}")),
        Option("--arp-ip-src", network4, invert=True, metavar="ADDRESS[/MASK]",
               help="the sender's IPv4 address in the message",
               field=Field("IPv4 address in it", _read(lambda m: m.sender), address_text)),
        Option("--arp-ip-dst", network4, invert=True, metavar="ADDRESS[/MASK]",
               help="the IPv4 address that is asked for",
               field=Field("IPv4 address in it", _read(lambda m: m.target), address_text)),
        Option("--arp-mac-src", _mac, invert=True, metavar="MAC[/MASK]",
               help="the sender's MAC address in the message",
               field=Field("MAC address in it", _read(lambda m: m.sender_mac), mac_text)),
        Option("--arp-mac-dst", _mac, invert=True, metavar="MAC[/MASK]",
               field=Field("MAC address in it", _read(lambda m: m.target_mac), mac_text)),
        Option("--arp-gratuitous", None, invert=True,
               help="sender and target have the same IPv4 address"),
    ),
    load=_load,
    judge=_judge,
    help="what an ARP message says",
)  # fmt: skip
