"""Forwarding: the checks of ip_forward and ip6_forward, FORWARD, and on to POSTROUTING.

net/ipv4/ip_forward.c, net/ipv6/ip6_output.c; redirects of net/ipv4/route.c, net/ipv6/ndisc.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.kernel.routing.core import SMALLEST_IPV6_MTU, either_setting, setting, setting_everywhere
from sim.kernel.routing.input import Decision
from sim.kernel.routing.source_address import link_local
from sim.kernel.stack.answering import answer, end_told, limits_of, send_error
from sim.kernel.stack.answers import redirect6
from sim.kernel.stack.core import Stack, Steps
from sim.kernel.stack.fitting import may_be_cut
from sim.kernel.stack.ipsec_path import check, choose, refused
from sim.kernel.stack.neighbours import mac_of
from sim.kernel.stack.skb import Skb
from sim.kernel.stack.transmit import post_routing
from sim.model.host import RouteKind
from sim.model.ipsec import XfrmDirection
from sim.model.replies import ReplyKind
from sim.model.routing import Query
from sim.model.rules import Hook
from sim.packet.icmp import (
    DEST_UNREACH,
    REDIRECT,
    TIME_EXCEEDED,
    V6_DEST_UNREACH,
    V6_TIME_EXCEEDED,
    V6_TOO_BIG,
)
from sim.packet.kinds import PacketType
from sim.packet.summed import forwarded
from sim.trace.outcomes.decided import ByPart, FateVerdict
from sim.trace.outcomes.routing import (
    BeyondScope,
    DoesNotFitWay,
    ForwardingOff6,
    GivenSocketStays,
    HopsUsedUp,
    HopTaken,
    LinkKindStays,
    OwnConnection,
    SourceStays,
)
from sim.trace.steps import Step


def forward(stack: Stack, skb: Skb, decision: Decision) -> Iterator[Step]:
    """The checks of ip_forward and ip6_forward, FORWARD, and on to POSTROUTING."""
    skb.is_forwarded, skb.packet = True, forwarded(skb.packet)
    link = skb.packet.link
    if skb.packet.family == 6 and not _forwards6(stack, skb):
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, ForwardingOff6())
        return
    if link is not None and link.kind is not PacketType.HOST:
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, LinkKindStays(link.kind))
        return
    if skb.packet.given_to is not None:
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, GivenSocketStays())
        return
    if _belongs_here(stack, skb):
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, OwnConnection())
        return
    if not (yield from check(stack, skb, XfrmDirection.FWD)):
        return
    if skb.packet.family == 4:
        goes_on = yield from _forward4(stack, skb, decision)
    else:
        goes_on = yield from _forward6(stack, skb, decision)
    if not goes_on:
        return
    if (yield from stack.hook(skb, Hook.FORWARD, skb.in_iface, skb.out_iface)):
        yield from post_routing(stack, skb)


def _forwards6(stack: Stack, skb: Skb) -> bool:
    """``all.forwarding``, or ``force_forwarding`` of the device it came in on (since 6.17)."""
    host = stack.runtime.host
    return bool(
        setting_everywhere(host, "forwarding", family=6)
        or setting(host, skb.came_by or skb.in_iface, "force_forwarding", family=6)
    )


def _belongs_here(stack: Stack, skb: Skb) -> bool:
    """ip_early_demux gave it its socket before routing; what has one is not forwarded."""
    headers = skb.packet.headers
    if headers.tcp is None or headers.is_fragment:
        return False
    if stack.runtime.host.sysctl("net.ipv4.ip_early_demux", "1") == "0":
        return False
    return stack.sockets.connected(skb.packet) is not None


def _forward4(stack: Stack, skb: Skb, decision: Decision) -> Steps:
    headers = skb.packet.headers
    if headers.ttl <= 1:
        yield from send_error(stack, skb, TIME_EXCEEDED, 0, ReplyKind.TIME_EXCEEDED)
        yield from _expired(stack, skb)
        return False
    if not (yield from _takes_way(stack, skb, decision)):
        return False
    mtu = _forward_mtu(stack, skb, decision)
    if len(skb.packet.data) > mtu and headers.dont_fragment and not may_be_cut(skb, mtu):
        reason = ReplyKind.ICMP_FRAGMENTATION_NEEDED
        yield from send_error(stack, skb, DEST_UNREACH, 4, reason, mtu)
        yield from _does_not_fit(stack, skb, mtu)
        return False
    yield _decremented(stack, skb)
    if decision.turns_back and not skb.packet.secpath:
        yield from _redirect4(stack, skb, decision)
    return True


def _forward6(stack: Stack, skb: Skb, decision: Decision) -> Steps:
    headers = skb.packet.headers
    if headers.ttl <= 1:
        yield from send_error(stack, skb, V6_TIME_EXCEEDED, 0, ReplyKind.TIME_EXCEEDED)
        yield from _expired(stack, skb)
        return False
    if not (yield from _takes_way(stack, skb, decision)):
        return False
    turns_back = decision.turns_back or skb.came_by == decision.route.dev
    if turns_back and not skb.packet.secpath:
        yield from _redirect6(stack, skb, decision)
    else:
        source = headers.src
        if int(source) == 0 or source.is_multicast or source.is_loopback:
            yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, SourceStays(source))
            return False
        if source.is_link_local:
            reason = ReplyKind.ICMP6_BEYOND_SCOPE
            yield from send_error(stack, skb, V6_DEST_UNREACH, 2, reason)
            yield from end_told(stack, skb, ByPart.ROUTING, BeyondScope(source))
            return False
    mtu = max(_forward_mtu(stack, skb, decision), SMALLEST_IPV6_MTU)
    if len(skb.packet.data) > mtu and not may_be_cut(skb, mtu):
        yield from send_error(stack, skb, V6_TOO_BIG, 0, ReplyKind.PACKET_TOO_BIG, mtu)
        yield from _does_not_fit(stack, skb, mtu)
        return False
    yield _decremented(stack, skb)
    return True


def _takes_way(stack: Stack, skb: Skb, decision: Decision) -> Steps:
    """xfrm4_route_forward, xfrm6_route_forward: IPsec's lookup about the route just found."""
    skb.out_iface = decision.route.dev
    outcome = yield from choose(stack, skb, decision.route)
    if outcome is None:
        return True
    return (yield from refused(stack, skb, outcome))


def _forward_mtu(stack: Stack, skb: Skb, decision: Decision) -> int:
    if skb.ipsec.bundle is not None:
        return skb.ipsec.bundle.mtu
    route, family = decision.route, skb.packet.family
    # ip6_dst_mtu_maybe_forward: IPv6's router takes only a locked one from the route.
    if route.mtu and (family == 4 or route.mtu_locked):
        return route.mtu
    return stack.routing.device_mtu(route.dev, family)


def _decremented(stack: Stack, skb: Skb) -> Step:
    before = skb.packet
    ttl = before.headers.ttl
    skb.packet = before.with_ttl(ttl - 1)
    return stack.note(skb, HopTaken(before.family, ttl), before)


def _expired(stack: Stack, skb: Skb) -> Iterator[Step]:
    why = HopsUsedUp(skb.packet.family, skb.packet.headers.ttl)
    yield from end_told(stack, skb, ByPart.ROUTING, why)


def _does_not_fit(stack: Stack, skb: Skb, mtu: int) -> Iterator[Step]:
    yield from end_told(stack, skb, ByPart.ROUTING, DoesNotFitWay(len(skb.packet.data), mtu))


def _redirect4(stack: Stack, skb: Skb, decision: Decision) -> Iterator[Step]:
    """ip_rt_send_redirect: the sender could have reached the next hop without this host."""
    host = stack.runtime.host
    dev = decision.route.dev
    if not either_setting(host, dev, "send_redirects", "1"):
        return
    headers = skb.packet.headers
    if not limits_of(stack).allows_redirect(headers.src):
        return
    gateway = decision.route.via or headers.dst
    with skb.aside():
        yield from send_error(stack, skb, REDIRECT, 1, ReplyKind.ICMP_HOST_REDIRECT, int(gateway))


def _redirect6(stack: Stack, skb: Skb, decision: Decision) -> Iterator[Step]:
    """ip6_forward and ndisc_send_redirect: both ends must be neighbours.

    The redirect's own way is looked up like any other's, and need not be back where it came from.
    """
    host, headers, dev = stack.runtime.host, skb.packet.headers, skb.in_iface
    target = decision.route.via or headers.dst
    if not limits_of(stack).allows_redirect6(headers.dst):
        return
    source = link_local(host, dev)
    if source is None or (target != headers.dst and not target.is_link_local):
        return
    strict = dev if headers.src.is_link_local else ""
    back = stack.routing.find(Query(headers.src, source, oif=strict, near=dev))
    if (
        back.kind not in (RouteKind.UNICAST, RouteKind.LOCAL, RouteKind.ANYCAST)
        or not back.is_onlink
    ):
        return
    if not limits_of(stack).allows_redirect6(headers.src):
        return
    mac = mac_of(stack, target, decision.route.dev)
    packet = redirect6(skb.packet, source, target, mac)
    with skb.aside():
        yield from answer(stack, skb, packet, ReplyKind.ICMP6_REDIRECT, dev)
