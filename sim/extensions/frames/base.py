"""The part of a rule that every frame has an answer to: protocol, addresses, devices.

ebt_basic_match in net/bridge/netfilter/ebtables.c, in its order.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.extensions.extension import Clause, Context, Judgement, MatchType, Option, in_order
from sim.extensions.frames.frame import bridge_name, mac_of
from sim.extensions.frames.values import device, ethertype, ethertype_text, mac_mask, mac_text
from sim.extensions.matchers.clauses import told
from sim.model.rules import Arg, Args

NAME = "frame"  # of the match that holds these options


def _judge(args: Args, ctx: Context) -> Judgement:
    return in_order(_clauses(args, ctx))


def _clauses(args: Args, ctx: Context) -> Iterator[Clause]:
    for flag in ("-p", "-i", "-o", "--logical-in", "--logical-out", "-s", "-d"):
        arg = args.get(flag)
        if arg is not None:
            yield _clause(arg, ctx)


def _clause(arg: Arg, ctx: Context) -> Clause:
    if arg.flag == "-p":
        number = ctx.packet.ethertype
        return _told(arg, number in arg.value, ethertype_text(number))
    if arg.flag in ("-s", "-d"):
        mac = mac_of(ctx, source=arg.flag == "-s")
        return _told(arg, mac in arg.value, mac_text(mac))
    is_in = arg.flag in ("-i", "--logical-in")
    name = ctx.in_iface if is_in else ctx.out_iface
    if arg.flag in ("-i", "-o"):
        return _told(arg, bool(name) and name in arg.value, name or "no device")
    bridge = bridge_name(ctx, name)
    if not bridge:  # the kernel asks only where there is a port
        return Clause(NAME, arg.flag, str(arg.value), "no port, so not asked", arg.negated, True)
    return _told(arg, bridge in arg.value, bridge)


def _told(arg: Arg, found: bool, seen: str) -> Clause:
    return told(NAME, arg, str(arg.value), seen, found)


BASE = MatchType(
    NAME,
    options=(
        Option("-p", ethertype, aliases=("--protocol", "--proto"), invert=True,
               metavar="PROTOCOL", help="what the frame carries: IPv4, IPv6, ARP, Length, 0x88cc"),
        Option("-s", mac_mask, aliases=("--source", "--src"), invert=True, metavar="MAC[/MASK]",
               help="the sender's MAC address, or Unicast, Multicast, Broadcast, BGA"),
        Option("-d", mac_mask, aliases=("--destination", "--dst"), invert=True,
               metavar="MAC[/MASK]", help="the receiver's MAC address"),
        Option("-i", device, aliases=("--in-interface", "--in-if"), invert=True,
               metavar="PORT", help="the port it came in by"),
        Option("--logical-in", device, invert=True, metavar="BRIDGE",
               help="the bridge of the port it came in by"),
        Option("-o", device, aliases=("--out-interface", "--out-if"), invert=True,
               metavar="PORT", help="the port it leaves by"),
        Option("--logical-out", device, invert=True, metavar="BRIDGE",
               help="the bridge of the port it leaves by"),
    ),
    judge=_judge,
    help="protocol, MAC addresses and ports of a frame",
)  # fmt: skip
