"""Where the stack looks at IP options and IPv6 extension headers, and what comes of it.

ip_rcv_options (net/ipv4/ip_input.c) behind the routing decision; ipv6_parse_hopopts before the
hooks, ipv6_destopt_rcv and ipv6_rthdr_rcv (net/ipv6/exthdrs.c) behind INPUT.
"""

from __future__ import annotations

from sim.kernel.routing.core import setting, setting_everywhere
from sim.kernel.stack.answering import send_error
from sim.kernel.stack.core import Stack, Steps
from sim.kernel.stack.defrag import DefragUser
from sim.kernel.stack.ip_options import FINE, Spoiled, look4, look6
from sim.kernel.stack.skb import Skb
from sim.model.kernel_settings import Met
from sim.model.replies import ReplyKind
from sim.packet.fragment_header import SIZE
from sim.packet.headers import DESTINATION, HOP_BY_HOP, IPPROTO_AH, IPV6_FRAGMENT, ROUTING
from sim.packet.icmp import PARAMETER_PROBLEM, V6_PARAMETER_PROBLEM
from sim.packet.kinds import PacketType
from sim.trace.outcomes.decided import ByPart, FateVerdict
from sim.trace.outcomes.fragments import FragmentHeaderCut, SecondFragmentHeader
from sim.trace.outcomes.options import (
    HeaderMislaid,
    HeaderMislaidUnknown,
    HeaderNotTaken,
    HeaderTooLong,
    HopByHopCut,
    NoLength,
    OptionsDropped,
    OptionsHeaderCut,
    OptionsTold,
    OptionsUnknown,
    RoutingHeaderToMany,
    RoutingHeaderType,
    SegmentRoutingOff,
    SourceRoute,
    SourceRouteOff,
)

AUTHENTICATION = IPPROTO_AH
UNKNOWN_HEADER, UNKNOWN_OPTION, BAD_FIELD = 1, 2, 0
LONGEST = 2147483647  # bytes: no limit
SEGMENT_ROUTING = (3, 4)  # routing header types with handlers of their own


def check_options4(stack: Stack, skb: Skb) -> Steps:
    """IPv4 options, once it is known where the packet goes. False: it ended."""
    headers = skb.packet.headers
    if headers.family == 6 or not headers.options:
        return True
    spoiled, has_route = look4(headers.options)
    if has_route and spoiled.cause is None:
        spoiled = _source_route(stack, skb)
    return (
        yield from _ends(
            stack, skb, spoiled, PARAMETER_PROBLEM, 0, ReplyKind.ICMP_PARAMETER_PROBLEM
        )
    )


def _source_route(stack: Stack, skb: Skb) -> Spoiled:
    host = stack.runtime.host
    allowed = setting_everywhere(host, "accept_source_route") and setting(
        host, skb.in_iface, "accept_source_route", "1"
    )
    if allowed:
        return Spoiled(need=SourceRoute())
    return Spoiled(SourceRouteOff())


def check_hop_by_hop(stack: Stack, skb: Skb) -> Steps:
    """The hop-by-hop header, before any hook."""
    packet = skb.packet
    if packet.family == 4 or packet.data[6] != HOP_BY_HOP:
        return True
    if not (yield from stack.meets(skb, Met.HOP_BY_HOP, ByPart.OPTIONS)):
        return False
    if len(packet.data) < 48:
        spoiled = Spoiled(HopByHopCut())
    elif (packet.data[41] + 1) * 8 > _limit(stack, "max_hbh_length", LONGEST):
        spoiled = Spoiled(HeaderTooLong("max_hbh_length"))
    else:
        most = _limit(stack, "max_hbh_opts_number", 8)
        to_many = packet.headers.dst.is_multicast
        spoiled = look6(packet.data, 40, hop_by_hop=True, most=most, to_many=to_many)
        if spoiled is FINE and not any(packet.data[4:6]):
            spoiled = Spoiled(need=NoLength())
    skb.has_options = True
    return (yield from _ends6(stack, skb, spoiled, UNKNOWN_OPTION))


def _limit(stack: Stack, name: str, default: int) -> int:
    return int(stack.runtime.host.sysctl(f"net.ipv6.{name}", str(default)))


def check_extensions(stack: Stack, skb: Skb) -> Steps:
    """The other extension headers of an IPv6 packet for this host, in their order.

    Fragments are gathered where their header's turn comes (ip6_protocol_deliver_rcu).
    """
    if skb.fragments.mislaid is not None and not (yield from _check_mislaid(stack, skb)):
        return False
    index, is_gathered = 0, skb.fragments.largest > 0  # IP6SKB_FRAGMENTED
    while index < len(skb.packet.headers.extensions):
        number, at = skb.packet.headers.extensions[index]
        if number != IPV6_FRAGMENT:
            if not (yield from _check_extension(stack, skb, index)):
                return False
            index += 1
            continue
        if is_gathered:
            spoiled = Spoiled(SecondFragmentHeader(), at)
            return (yield from _ends6(stack, skb, spoiled, BAD_FIELD))
        is_gathered = True
        part = skb.packet.data[at : at + SIZE]
        is_atomic = len(part) == SIZE and not int.from_bytes(part[2:4], "big") & 0xFFF9
        if is_atomic:
            index += 1
        elif not (yield from _gather(stack, skb)):
            return False
    headers = skb.packet.headers
    if headers.protocol == IPV6_FRAGMENT:
        spoiled = Spoiled(FragmentHeaderCut(), headers.payload_offset)
        return (yield from _ends6(stack, skb, spoiled, BAD_FIELD))
    if headers.protocol in (DESTINATION, ROUTING):
        # Not even its length is there.
        return (yield from _ends6(stack, skb, Spoiled(OptionsHeaderCut()), BAD_FIELD))
    return True


def _check_mislaid(stack: Stack, skb: Skb) -> Steps:
    """What stands behind it is taken for a header that conntrack's reassembly left behind."""
    assert skb.fragments.mislaid is not None
    number, at = skb.fragments.mislaid
    data = skb.packet.data
    if number not in (ROUTING, DESTINATION):
        return True
    if at + 8 > len(data) or at + (data[at + 1] + 1) * 8 > len(data):
        spoiled = Spoiled(HeaderMislaid(number))
    else:
        spoiled = Spoiled(need=HeaderMislaidUnknown(number))
    return (yield from _ends6(stack, skb, spoiled, BAD_FIELD))


def _gather(stack: Stack, skb: Skb) -> Steps:
    """ipv6_frag_rcv: the sender is told of a malformed fragment."""
    if not (yield from stack.meets(skb, Met.FRAGMENT, ByPart.DEFRAG)):
        return False
    gathered = stack.gathered(skb, DefragUser.LOCAL_DELIVER)
    problem = gathered.problem
    if problem is None:
        return (yield from stack.take_gathered(skb, gathered, stack.where(skb)))
    spoiled = Spoiled(gathered.cause, problem.pointer)
    return (yield from _ends6(stack, skb, spoiled, problem.code))


def _check_extension(stack: Stack, skb: Skb, index: int) -> Steps:
    packet = skb.packet
    number, at = packet.headers.extensions[index]
    if number == DESTINATION:
        if (packet.data[at + 1] + 1) * 8 > _limit(stack, "max_dst_opts_length", LONGEST):
            spoiled = Spoiled(HeaderTooLong("max_dst_opts_length"))
            return (yield from _ends6(stack, skb, spoiled, UNKNOWN_OPTION))
        most = _limit(stack, "max_dst_opts_number", 8)
        to_many = packet.headers.dst.is_multicast
        spoiled = look6(packet.data, at, hop_by_hop=False, most=most, to_many=to_many)
        return (yield from _ends6(stack, skb, spoiled, UNKNOWN_OPTION))
    if number == ROUTING:
        if not (yield from stack.meets(skb, Met.ROUTING_HEADER, ByPart.OPTIONS)):
            return False
        return (yield from _ends6(stack, skb, _routing(skb, at), BAD_FIELD))
    if number == AUTHENTICATION or (number == HOP_BY_HOP and (index or not skb.has_options)):
        before = packet.headers.extensions[index - 1][1] if index else 6
        spoiled = Spoiled(HeaderNotTaken(number), before)
        return (yield from _ends6(stack, skb, spoiled, UNKNOWN_HEADER))
    return True


def _routing(skb: Skb, at: int) -> Spoiled:
    """A routing header is passed over when its segments are used up, else refused."""
    data, link = skb.packet.data, skb.packet.link
    kind, left = data[at + 2], data[at + 3]
    if at + (data[at + 1] + 1) * 8 > len(data):
        return Spoiled(OptionsHeaderCut())
    if skb.packet.headers.dst.is_multicast or (
        link is not None and link.kind is not PacketType.HOST
    ):
        return Spoiled(RoutingHeaderToMany())
    if kind in SEGMENT_ROUTING:
        return Spoiled(SegmentRoutingOff())
    if left == 0:
        return FINE
    return Spoiled(RoutingHeaderType(kind), at + 2)


def _ends6(stack: Stack, skb: Skb, spoiled: Spoiled, code: int) -> Steps:
    code = BAD_FIELD if spoiled.is_field else code
    reason = (
        ReplyKind.ICMP6_UNKNOWN_HEADER
        if code == UNKNOWN_HEADER
        else ReplyKind.ICMP6_PARAMETER_PROBLEM
    )
    return (yield from _ends(stack, skb, spoiled, V6_PARAMETER_PROBLEM, code, reason))


def _ends(
    stack: Stack, skb: Skb, spoiled: Spoiled, type: int, code: int, reason: ReplyKind
) -> Steps:
    at, need = ByPart.OPTIONS, spoiled.need
    if need is not None:
        why = OptionsUnknown(need)
        yield from stack.end(skb, FateVerdict.UNDETERMINED, at, why, need=need)
        return False
    if spoiled.cause is None:
        return True
    if spoiled.pointer >= 0:
        place = spoiled.pointer << 24 if skb.packet.family == 4 else spoiled.pointer
        yield from send_error(stack, skb, type, code, reason, place)
    if skb.said.answer:
        told = OptionsTold(reason, spoiled.cause)
        yield from stack.end(skb, FateVerdict.REJECTED, at, told, reason=reason)
    else:
        yield from stack.end(skb, FateVerdict.DROPPED, at, OptionsDropped(spoiled.cause))
    return False
