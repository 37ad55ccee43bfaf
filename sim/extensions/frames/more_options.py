"""The other matches of ebtables: mark, pkttype, limit, among, and what no IP frame has.

ebt_mark_m.c, ebt_pkttype.c, ebt_limit.c, ebt_among.c, ebt_vlan.c, ebt_802_3.c, ebt_stp.c.
"""

from __future__ import annotations

from collections.abc import Callable

from sim.base.frozen import replace
from sim.base.values import Exactly, Range
from sim.extensions.args import integer, number, one_of
from sim.extensions.extension import (
    Clause,
    Context,
    Field,
    Judgement,
    MatchType,
    Option,
    Refusal,
    RuleContext,
)
from sim.extensions.frames.frame import ETH_P_IP, headers_of, mac_of
from sim.extensions.frames.values import Hex, MacList, ethertype, mac_list, mac_mask, mark_bits
from sim.extensions.matchers import limit
from sim.model.rules import Arg, Args
from sim.packet.arp import arp_of
from sim.packet.kinds import PacketType

PACKET_TYPES = ("host", "broadcast", "multicast", "otherhost", "outgoing", "loopback", "fastroute")
ETH_P_8021Q = 0x8100


def _nothing(ctx: Context) -> None:
    """What the packets text cannot describe, and what a bridge does not pass on."""


# ---- mark, packet type, rate


def _packet_type(text: str, rule: RuleContext) -> Exactly:
    if text.isdecimal():
        return Exactly(PACKET_TYPES[integer(text, 0, len(PACKET_TYPES) - 1)])
    return Exactly(one_of(*PACKET_TYPES, fold=True)(text, rule))


def _type_of(ctx: Context) -> str:
    link = ctx.packet.link
    return link.kind if link is not None else PacketType.HOST


MARK = MatchType(
    "mark",
    options=(
        Option("--mark", mark_bits, invert=True, metavar="VALUE[/MASK]",
               field=Field("mark", lambda ctx: ctx.packet.mark, lambda v: f"{v:#x}")),
    ),
    by_fields=True,
    help="the packet mark",
)  # fmt: skip
PKTTYPE = MatchType(
    "pkttype",
    options=(
        Option("--pkttype-type", _packet_type, invert=True, metavar="TYPE",
               help="for whom the frame is: host, otherhost, broadcast, multicast",
               field=Field("packet type", _type_of)),
    ),
    by_fields=True,
    help="for whom the frame is",
)  # fmt: skip


def _burst(text: str, rule: RuleContext) -> int:
    return integer(text, 0, 10_000) or limit.DEFAULT_BURST


def _limit_load(args: Args, rule: RuleContext) -> Args:
    """ebtables always gives the kernel a rate and a burst, and prints both."""
    rate = args.value("--limit", limit.DEFAULT_RATE)
    burst = args.value("--limit-burst", limit.DEFAULT_BURST)
    return Args((Arg("--limit", rate), Arg("--limit-burst", burst)))


LIMIT = replace(
    limit.MATCH,
    options=(
        limit.MATCH.options[0],
        replace(limit.MATCH.options[1], parse=_burst),
    ),
    load=_limit_load,
    save=None,
)


# ---- among


def _address(ctx: Context, *, source: bool) -> int | None:
    """get_ip_src, get_ip_dst: 0 where there is no IPv4; ``None``: a header that cannot be read."""
    if ctx.packet.ethertype == ETH_P_IP:
        headers = headers_of(ctx, 4)
        return None if headers is None else int(headers.src if source else headers.dst)
    if not ctx.packet.is_arp:
        return 0
    message = arp_of(ctx.packet)
    if message is None or message.sender_mac is None:
        return None
    found = message.sender if source else message.target
    return None if found is None else int(found)


def _among(args: Args, ctx: Context) -> Judgement:
    clauses: list[Clause] = []
    for flag, source in (("--among-dst", False), ("--among-src", True)):
        arg = args.get(flag)
        if arg is None or (clauses and not clauses[-1].held):
            continue
        mac, address = mac_of(ctx, source=source), _address(ctx, source=source)
        wanted: MacList = arg.value
        held = address is not None and ((mac, address) in wanted) != arg.negated
        seen = str(replace(wanted, members=((mac, address or 0),)))
        clauses.append(Clause("among", flag, str(wanted), seen, arg.negated, held))
    return Judgement(tuple(clauses))


def _file(text: str, rule: RuleContext) -> MacList:
    raise ValueError("it is in a file that is not here: write the list behind --among-src")


AMONG = MatchType(
    "among",
    options=(
        Option("--among-src", mac_list, invert=True, metavar="MAC[=ADDRESS],…",
               help="the sender is one of these, with that IPv4 address"),
        Option("--among-dst", mac_list, invert=True, metavar="MAC[=ADDRESS],…",
               help="the receiver is one of these"),
        Option("--among-dst-file", _file, invert=True, metavar="FILE"),
        Option("--among-src-file", _file, invert=True, metavar="FILE"),
    ),
    judge=_among,
    help="one of a list of MAC addresses",
)  # fmt: skip


# ---- what needs a tag, a length or a BPDU


def _encap(text: str, rule: RuleContext) -> Hex:
    return Hex(ethertype(text, rule).number, 4, "")


def _vlan_load(args: Args, rule: RuleContext) -> None:
    if rule.protocol != ETH_P_8021Q:
        raise Refusal("--vlan-… needs -p 802_1Q", hint="write -p 802_1Q before it")


_TAG = Field("VLAN tag", _nothing)
VLAN = MatchType(
    "vlan",
    options=(
        Option("--vlan-id", number(0, 4095), invert=True, metavar="N", field=_TAG),
        Option("--vlan-prio", number(0, 7), invert=True, metavar="N", field=_TAG),
        Option("--vlan-encap", _encap, invert=True, metavar="PROTOCOL", field=_TAG),
    ),
    load=_vlan_load,
    by_fields=True,
    help="the tag of a VLAN",
)


def _hex(digits: int) -> Callable[[str, RuleContext], Hex]:
    def parse(text: str, rule: RuleContext) -> Hex:
        return Hex(integer(text, 0, 16**digits - 1), digits)

    return parse


def _length_load(args: Args, rule: RuleContext) -> None:
    if rule.protocol != 0 or rule.protocol_negated:
        raise Refusal("--802_3-… needs -p Length", hint="write -p Length before it")


_LLC = Field("IEEE 802.3 header", _nothing)
IEEE_802_3 = MatchType(
    "802_3",
    options=(
        Option("--802_3-sap", _hex(2), invert=True, metavar="NUMBER", field=_LLC),
        Option("--802_3-type", _hex(4), invert=True, metavar="NUMBER", field=_LLC),
    ),
    load=_length_load,
    by_fields=True,
    help="the header of an IEEE 802.3 frame",
)


def _span(high: int) -> Callable[[str, RuleContext], Range]:
    def parse(text: str, rule: RuleContext) -> Range:
        first, colon, second = text.partition(":")
        if not (first + second).isdecimal():
            raise ValueError(f'"{text}" is no decimal number and no range of them')
        low = int(first) if first else 0
        top = int(second) if second else high if colon else low
        if top > high:
            raise ValueError(f"{text} is out of range (0 to {high})")
        if low > top:
            raise ValueError(f"the range {text} is backwards")
        return Range(low, top)

    return parse


def _named(**names: int) -> Callable[[str, RuleContext], Exactly]:
    def parse(text: str, rule: RuleContext) -> Exactly:
        for name, value in names.items():
            if text.lower() == name.replace("_", "-"):
                return Exactly(value, name.replace("_", "-"))
        value = integer(text, 0, 255)
        known = {v: name.replace("_", "-") for name, v in names.items()}
        return Exactly(value, known.get(value, str(value)))

    return parse


_BPDU = Field("BPDU", _nothing)
_STP = (
    ("type", _named(config=0, tcn=0x80)),
    ("flags", _named(topology_change=1, topology_change_ack=0x80)),
    ("root-prio", _span(0xFFFF)), ("root-addr", mac_mask), ("root-cost", _span(0xFFFFFFFF)),
    ("sender-prio", _span(0xFFFF)), ("sender-addr", mac_mask), ("port", _span(0xFFFF)),
    ("msg-age", _span(0xFFFF)), ("max-age", _span(0xFFFF)), ("hello-time", _span(0xFFFF)),
    ("forward-delay", _span(0xFFFF)),
)  # fmt: skip
STP = MatchType(
    "stp",
    options=tuple(
        Option(f"--stp-{name}", parse, invert=True, metavar="VALUE", field=_BPDU)
        for name, parse in _STP
    ),
    by_fields=True,
    help="a message of the spanning tree protocol, which no bridge passes on",
)
