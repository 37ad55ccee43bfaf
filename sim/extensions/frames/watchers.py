"""What ebtables calls watchers: they see a frame that matches, and change nothing."""

from __future__ import annotations

from sim.extensions.args import integer, number
from sim.extensions.extension import (
    Answer,
    Context,
    Log,
    Option,
    ParseValue,
    RuleContext,
    TargetType,
)
from sim.extensions.frames.frame import headers_of, mac_of
from sim.extensions.frames.values import mac_text, quoted
from sim.extensions.registry import by_plain_name
from sim.extensions.targets.log import LEVEL_NAMES, LEVELS
from sim.model.rules import Arg, Args, Verdict
from sim.packet.arp import arp_of
from sim.packet.headers import Headers

LONGEST_LOG_PREFIX, LONGEST_NFLOG_PREFIX = 29, 63


def _ip4(ctx: Context) -> str:
    headers = headers_of(ctx, 4)
    if headers is None:
        return ""
    ends = f" IP SRC={headers.src} IP DST={headers.dst}"
    return f"{ends}, IP tos=0x{headers.tos:02X}, IP proto={headers.protocol}{_ports(headers)}"


def _ip6(ctx: Context) -> str:
    headers = headers_of(ctx, 6)
    if headers is None:
        return ""
    ends = f" IPv6 SRC={headers.src.exploded} IPv6 DST={headers.dst.exploded}"
    priority, carried = headers.tos >> 4, headers.protocol
    return f"{ends}, IPv6 priority=0x{priority:01X}, Next Header={carried}{_ports(headers)}"


def _arp(ctx: Context) -> str:
    found = arp_of(ctx.packet)
    if found is None:
        return ""
    words = f" ARP HTYPE={found.hardware}, PTYPE=0x{found.protocol:04x}, OPCODE={found.operation}"
    if found.hardware != 1 or found.sender_mac is None or found.target_mac is None:
        return words
    return (
        f"{words} ARP MAC SRC={mac_text(found.sender_mac)} ARP IP SRC={found.sender} "
        f"ARP MAC DST={mac_text(found.target_mac)} ARP IP DST={found.target}"
    )


def _ports(headers: Headers) -> str:
    return "" if headers.sport is None else f" SPT={headers.sport} DPT={headers.dport}"


_SHOWN = {"--log-ip": _ip4, "--log-arp": _arp, "--log-ip6": _ip6}


def _level(text: str, rule: RuleContext) -> int:
    try:
        return integer(text, 0, 7)
    except ValueError:
        if text in LEVELS:
            return LEVELS[text]
        raise ValueError(
            f'"{text}" is not a log level: 0 to 7, or {", ".join(LEVEL_NAMES)}'
        ) from None


def _prefix(longest: int) -> ParseValue:
    def parse(text: str, rule: RuleContext) -> str:
        if len(text.encode()) > longest:
            raise ValueError(f"a prefix has at most {longest} bytes, here are {len(text)}")
        if '"' in text:
            raise ValueError("a prefix cannot hold a double quote")
        return text

    return parse


def _log_load(args: Args, rule: RuleContext) -> Args:
    """The level is always there; ``--log`` alone only says that there is a log."""
    kept = [arg for arg in args if arg.flag not in ("--log", "--log-level")]
    return Args((Arg("--log-level", args.value("--log-level", 5)), *kept))


def _log(args: Args, ctx: Context) -> Answer:
    """ebt_log_packet: a line that names the ports, the addresses and the protocol."""
    prefix = args.value("--log-prefix", "")
    line = (
        f"{prefix} IN={ctx.in_iface} OUT={ctx.out_iface} "
        f"MAC source = {mac_text(mac_of(ctx, source=True))} "
        f"MAC dest = {mac_text(mac_of(ctx, source=False))} "
        f"proto = 0x{ctx.packet.ethertype:04x}"
    ) + "".join(told(ctx) for flag, told in _SHOWN.items() if flag in args)
    level = LEVEL_NAMES[args.value("--log-level", 5)]
    text = f"logged to the kernel log at level {level}: {line}"
    return Answer(Verdict.CONTINUE, ctx.packet, text, (Log(prefix, line=line),))


def _nflog_load(args: Args, rule: RuleContext) -> Args:
    """``--nflog`` alone is group 1; a group has 16 bits, what is above them is lost."""
    kept = [arg for arg in args if arg.flag not in ("--nflog", "--nflog-group")]
    return Args((Arg("--nflog-group", args.value("--nflog-group", 1) & 0xFFFF), *kept))


def _nflog(args: Args, ctx: Context) -> Answer:
    group, prefix = args.value("--nflog-group", 1), args.value("--nflog-prefix", "")
    text = f"logged to netlink group {group}"
    if prefix:
        text += f' with prefix "{prefix}"'
    return Answer(Verdict.CONTINUE, ctx.packet, text, (Log(prefix, f"netlink group {group}"),))


LOG = TargetType(
    "log",
    options=(
        Option("--log", None, help="write a line to the kernel log at level notice"),
        Option("--log-level", _level, save=LEVEL_NAMES.__getitem__, metavar="LEVEL"),
        Option("--log-prefix", _prefix(LONGEST_LOG_PREFIX), save=quoted, metavar="TEXT"),
        *(Option(flag, None, help="log this header too") for flag in _SHOWN),
    ),
    load=_log_load,
    apply=_log,
    help="write a line to the kernel log",
)
NFLOG = TargetType(
    "nflog",
    options=(
        Option("--nflog", None, help="send the frame to netlink group 1"),
        Option("--nflog-prefix", _prefix(LONGEST_NFLOG_PREFIX), save=quoted, metavar="TEXT"),
        Option("--nflog-group", number(), metavar="NUMBER"),
        Option("--nflog-range", number(), metavar="BYTES"),
        Option("--nflog-threshold", number(), metavar="PACKETS"),
    ),
    load=_nflog_load,
    apply=_nflog,
    help="hand the frame to a program through a netlink group",
)

WATCHERS = by_plain_name((LOG, NFLOG))
