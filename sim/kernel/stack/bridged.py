"""A frame comes in by a bridge port: bridged or for the host, with br_netfilter's hooks.

net/bridge/br_input.c, br_forward.c and br_netfilter_hooks.c, br_netfilter_ipv6.c. A frame to
the bridge's own MAC goes up to IP, everything else from port to port; both pass PREROUTING
first, with ``-i`` the bridge, and what is bridged passes FORWARD and POSTROUTING without any
routing.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import replace
from sim.extensions.runtime import RouteResult
from sim.kernel.bridge.info import BridgeInfo
from sim.kernel.bridge.ports import bridge_of, calls
from sim.kernel.far.frames import kind_of, multicast_mac
from sim.kernel.routing.fib import has_ipv6
from sim.kernel.routing.input import Heading, route_input
from sim.kernel.stack.arp import receive_arp
from sim.kernel.stack.arp_send import arp_hook
from sim.kernel.stack.bridge_fit import PortCut, cut
from sim.kernel.stack.bridge_hooks import filtered, walk
from sim.kernel.stack.bridge_out import does_not_fit, leave, nobody_knows, resolved
from sim.kernel.stack.core import Stack, Steps
from sim.kernel.stack.receive import discard, discarded4, receive, trimmed, why_discarded
from sim.kernel.stack.skb import Skb
from sim.model.host import Interface, RouteKind
from sim.model.replies import ReplyKind
from sim.model.rules import FrameHook, Hook, Verdict
from sim.packet.kinds import PacketType
from sim.packet.packet import Link, Packet
from sim.packet.summed import forwarded
from sim.trace.outcomes.arrival import (
    Before,
    BridgeDown,
    BridgeKeeps,
    DeviceDown,
    HopByHopWrong,
    Ipv6Cut,
    LengthClaimed,
    NoSourceMac,
)
from sim.trace.outcomes.base import Cause, Why
from sim.trace.outcomes.bridge import (
    BehindItself,
    Bridged,
    Brouted,
    ClashBeforeInput,
    Flooded,
    Learned,
    NoOtherPort,
    Readdressed,
)
from sim.trace.outcomes.decided import ByPart, FateVerdict
from sim.trace.outcomes.filtering import BroutingUnknown
from sim.trace.outcomes.routing import Martian, NoWayForFrame
from sim.trace.steps import Arrived, Emitted, Step

TOOLS = {4: "iptables", 6: "ip6tables"}
# Groups that are for the other end of the wire only (IEEE 802.1D, 7.12.6). That of the bridges
# themselves is one like others where STP is off.
RESERVED, OF_BRIDGES, PAUSE, LLDP = (
    "01:80:c2:00:00:0", "01:80:c2:00:00:00", "01:80:c2:00:00:01", "01:80:c2:00:00:0e",
)  # fmt: skip


def arrive(stack: Stack, packet: Packet, iface: str) -> Iterator[Step]:
    """A frame comes from the wire of a bridge port."""
    bridge = bridge_of(stack.runtime.host, iface)
    assert bridge is not None
    skb = Skb(packet, in_iface=iface, dev=bridge.name)
    yield stack.recorder.step(Arrived, packet, stack.where(skb))
    link = packet.link or Link()
    cause = _why_refused(stack, bridge, iface, link)
    if cause is not None:
        yield from discard(stack, skb, cause)
        return
    if not packet.is_arp:
        stack.conversation.note_arrived(iface, packet)
    with stack.busy:
        yield from _handle(stack, skb, bridge, iface)
    yield from stack.drain()


def _why_refused(stack: Stack, bridge: Interface, iface: str, link: Link) -> Cause | None:
    """br_handle_frame: what no bridge takes."""
    interface = stack.runtime.host.interface(iface)
    if interface is None or not interface.up:
        return DeviceDown(iface)
    if not bridge.up:
        return BridgeDown(bridge.name)
    source = bytes.fromhex(link.src_mac.replace(":", ""))
    if not any(source) or source[0] & 1:
        return NoSourceMac(link.src_mac)
    if link.dst_mac == PAUSE:
        return BridgeKeeps(link.dst_mac)
    return None


def _handle(stack: Stack, skb: Skb, bridge: Interface, port: str) -> Iterator[Step]:
    """PREROUTING, learning, and the decision: up to the host, out of a port, or both."""
    host = stack.runtime.host
    link = skb.packet.link
    assert link is not None
    if link.dst_mac == bridge.mac:
        skb.packet = replace(skb.packet, link=replace(link, kind=PacketType.HOST))
    if _is_kept(link.dst_mac):
        yield from _kept(stack, skb, bridge, port)
        return
    if (yield from _brouted(stack, skb, bridge, port)):
        return
    if not (yield from filtered(stack, skb, FrameHook.PREROUTING, bridge, port)):
        return
    link = skb.packet.link
    assert link is not None
    own_kind, own_mac = link.kind, link.dst_mac
    is_seen = not skb.packet.is_arp and calls(host, bridge, TOOLS[_family(skb.packet)])
    if is_seen:
        if not (yield from _pre_routing(stack, skb, bridge, port)):
            return
        port = skb.physin  # of gathered fragments the first one's
    link = skb.packet.link
    assert link is not None
    if skb.fragments.sizes and link.dst_mac != own_mac:
        own_kind = kind_of(link.dst_mac, _port_mac(stack, port))  # of the fragment that came first
    if link.kind is PacketType.HOST and link.dst_mac != bridge.mac:
        skb.packet = replace(skb.packet, link=replace(link, kind=own_kind))
    if stack.bridges.learn(bridge, port, link.src_mac):
        yield stack.note(skb, Learned(bridge.name, link.src_mac, port))
    to_many = bool(int(link.dst_mac[:2], 16) & 1)
    if stack.bridges.is_local(bridge, link.dst_mac):
        yield from _up(stack, skb, bridge, port)
        return
    ports = stack.bridges.targets(bridge, link.dst_mac, port)
    if not ports and not to_many:
        why: Why = NoOtherPort(bridge.name, link.dst_mac)
        if stack.bridges.port(bridge, link.dst_mac) == port:
            why = BehindItself(bridge.name, link.dst_mac, port)
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.BRIDGE, why)
        return
    yield from _spread(stack, skb, bridge, port, ports, to_many)


def _is_kept(mac: str) -> bool:
    return mac.startswith(RESERVED) and mac != OF_BRIDGES


def _kept(stack: Stack, skb: Skb, bridge: Interface, port: str) -> Iterator[Step]:
    """br_handle_local_finish: it goes no further than the port itself."""
    link = skb.packet.link
    assert link is not None
    is_asked = link.dst_mac != LLDP
    if is_asked and not (yield from filtered(stack, skb, FrameHook.INPUT, bridge, port)):
        return
    if stack.bridges.learn(bridge, port, link.src_mac):
        yield stack.note(skb, Learned(bridge.name, link.src_mac, port))
    yield from _taken_by_port(stack, skb, port)


def _brouted(stack: Stack, skb: Skb, bridge: Interface, port: str) -> Steps:
    """ebt_broute: DROP in BROUTING means that the port itself takes the frame; true: it did."""
    walked = yield from walk(stack, skb, FrameHook.BROUTING, port)
    if walked is None:
        return False
    if walked.need:
        why = BroutingUnknown(walked.need)
        yield from stack.end(skb, FateVerdict.UNDETERMINED, walked.by, why, need=walked.need)
        return True
    assert walked.verdict is Verdict.DROP
    yield stack.note(skb, Brouted(port))
    link, interface = skb.packet.link, stack.runtime.host.interface(port)
    assert link is not None
    own = interface.mac if interface is not None else ""
    if link.kind is PacketType.HOST and link.dst_mac == bridge.mac and link.dst_mac != own:
        skb.packet = replace(skb.packet, link=replace(link, kind=PacketType.OTHERHOST))
    yield from _taken_by_port(stack, skb, port)
    return True


def _taken_by_port(stack: Stack, skb: Skb, port: str) -> Iterator[Step]:
    """It comes in as by a device that is no port."""
    if skb.packet.is_arp:
        yield from receive_arp(stack, skb, port, port)
        return
    cause = why_discarded(stack, skb.packet, port)
    if cause is not None:
        yield from discard(stack, skb, cause)
        return
    skb.packet, skb.dev = trimmed(skb.packet), port
    yield from receive(stack, skb)


def _port_mac(stack: Stack, port: str) -> str:
    interface = stack.runtime.host.interface(port)
    return interface.mac if interface is not None else ""


def _family(packet: Packet) -> int:
    return packet.data[0] >> 4 if packet.data and packet.data[0] >> 4 == 6 else 4


def _spread(
    stack: Stack, skb: Skb, bridge: Interface, port: str, ports: tuple[str, ...], to_many: bool
) -> Iterator[Step]:
    """br_flood: a copy for each port but the last, one for the host if it is for everybody.

    The packet itself is told by the first copy; the others are copies of it.
    """
    link = skb.packet.link
    assert link is not None
    if len(ports) == 1 and stack.bridges.port(bridge, link.dst_mac):
        yield stack.note(skb, Bridged(link.dst_mac, ports[0]))
    elif ports:
        yield stack.note(skb, Flooded(link.dst_mac, to_many, ports))
    ways = [*ports, ""] if to_many else [*ports]
    copies = [skb]
    for way in ways[1:]:
        packet = replace(skb.packet, id=stack.runtime.new_packet_id())
        copy = replace(skb, packet=packet, is_main=False, depth=skb.depth + 1)
        yield stack.recorder.step(
            Emitted, packet, stack.where(copy), parent=skb.packet.id,
            reason=ReplyKind.FLOOD if way else ReplyKind.LOCAL_COPY,
        )  # fmt: skip
        copies.append(copy)
    for place, (copy, way) in enumerate(zip(copies, ways, strict=True)):
        copy.is_shared = place < len(ways) - 1
        if copy.is_shared:  # clones of a gathered packet are cut anew (skb_cloned)
            copy.fragments = replace(copy.fragments, sizes=())
        if way:
            yield from _forward(stack, copy, bridge, port, way)
        else:
            yield from _up(stack, copy, bridge, port)


# ---- br_netfilter --------------------------------------------------------------------------


def _pre_routing(stack: Stack, skb: Skb, bridge: Interface, port: str) -> Steps:
    """br_nf_pre_routing: PREROUTING as if the packet came in on the bridge."""
    cause = _invalid(skb.packet)
    if cause is not None:
        yield from discard(stack, skb, cause, Before.BRIDGED_HOOKS)
        return False
    skb.packet = trimmed(skb.packet)
    skb.in_iface, skb.bridge = bridge.name, BridgeInfo(port)
    link = skb.packet.link
    if link is not None and link.kind is PacketType.OTHERHOST:
        skb.packet = replace(skb.packet, link=replace(link, kind=PacketType.HOST))
    before = skb.packet.headers.dst
    if not (yield from stack.hook(skb, Hook.PREROUTING, bridge.name, "")):
        return False
    skb.bridge.is_in_prerouting = False
    skb.bridge.largest_fragment = skb.fragments.largest
    if skb.packet.headers.dst == before:
        return True
    if skb.packet.family == 4:
        return (yield from _redirected4(stack, skb, bridge))
    return (yield from _redirected6(stack, skb, bridge))


def _invalid(packet: Packet) -> Cause | None:
    """br_validate_ipv4, br_validate_ipv6."""
    data = packet.data
    if _family(packet) == 4:
        return discarded4(data)
    if len(data) < 40:
        return Ipv6Cut()
    if packet.headers.length > len(data):
        return LengthClaimed(packet.headers.length, len(data))
    if data[6] == 0 and not _is_hop_by_hop_whole(data):
        return HopByHopWrong()
    return None


JUMBO = 0xC2


def _is_hop_by_hop_whole(data: bytes) -> bool:
    """nf_ip6_check_hbh_len. A jumbo option is wrong in any packet that is short enough to be one
    without it, and others cannot be written here."""
    at, end = 42, 40 + (data[41] + 1) * 8 if len(data) >= 48 else 0
    if not end or len(data) < end:
        return False
    while at < end:
        if data[at] == 0:  # one byte of padding
            at += 1
            continue
        if end - at < 2 or data[at] == JUMBO:
            return False
        at += data[at + 1] + 2
    return at == end


def _redirected4(stack: Stack, skb: Skb, bridge: Interface) -> Steps:
    """br_nf_pre_routing_finish: where does the new destination lie?

    On the bridge: it stays bridged, to the MAC that answers for it. Elsewhere or here: the
    frame is for the host now.
    """
    decision = route_input(stack.routing, skb.packet, bridge.name)
    if decision.action is Heading.MARTIAN:
        assert decision.cause is not None
        yield stack.routed(skb, decision.route)
        why = Martian(decision.cause)
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, why)
        return False
    if decision.action is Heading.FORWARD and decision.route.dev == bridge.name:
        skb.route = decision.route
        return (yield from _to_neighbour(stack, skb, bridge))
    _address_to(skb, bridge.mac, PacketType.HOST)
    return True


def _redirected6(stack: Stack, skb: Skb, bridge: Interface) -> Steps:
    """br_nf_pre_routing_finish_ipv6: a group is on the bridge by the bridge's own ff00::/8."""
    decision = route_input(stack.routing, skb.packet, bridge.name)
    target = skb.packet.headers.dst
    if target.is_multicast and has_ipv6(stack.runtime.host, bridge):
        skb.route, mac = RouteResult(RouteKind.MULTICAST, bridge.name), multicast_mac(target)
        yield stack.note(skb, Readdressed(target, bridge.name, mac))
        _address_to(
            skb, mac, skb.packet.link.kind if skb.packet.link is not None else PacketType.HOST
        )
        return True
    if decision.action in (Heading.MARTIAN, Heading.UNROUTABLE):
        yield stack.routed(skb, decision.route)
        why = NoWayForFrame(skb.packet.headers.dst)
        yield from stack.end(skb, FateVerdict.DROPPED, ByPart.ROUTING, why)
        return False
    if decision.action is Heading.FORWARD and decision.route.dev == bridge.name:
        skb.route = decision.route
        return (yield from _to_neighbour(stack, skb, bridge))
    _address_to(skb, bridge.mac, PacketType.HOST)
    if decision.action is Heading.FORWARD:
        skb.came_by = decision.route.dev  # ip6_rcv_core takes the route's device for it
    return True


def _to_neighbour(stack: Stack, skb: Skb, bridge: Interface) -> Steps:
    """br_nf_pre_routing_finish_bridge: the frame's receiver is whoever has the address now."""
    assert skb.route is not None
    target = skb.route.via or skb.packet.headers.dst
    mac = resolved(stack, bridge, target)
    if not mac:
        yield from nobody_knows(stack, skb, bridge, target)
        return False
    yield stack.note(skb, Readdressed(target, bridge.name, mac))
    _address_to(skb, mac, skb.packet.link.kind if skb.packet.link is not None else PacketType.HOST)
    return True


def _address_to(skb: Skb, mac: str, kind: PacketType) -> None:
    link = skb.packet.link or Link()
    skb.packet = replace(skb.packet, link=replace(link, dst_mac=mac, kind=kind))


def _forward(stack: Stack, skb: Skb, bridge: Interface, port: str, out: str) -> Iterator[Step]:
    """br_forward: FORWARD and POSTROUTING, and out of the port."""
    skb.is_forwarded, skb.packet = True, forwarded(skb.packet)
    if not (yield from filtered(stack, skb, FrameHook.FORWARD, bridge, port, out)):
        return
    # br_nf_forward_arp: the devices are the ports, not the bridge.
    is_asked = skb.packet.is_arp and calls(stack.runtime.host, bridge, "arptables")
    if is_asked and not (yield from arp_hook(stack, skb, FrameHook.ARP_FORWARD, port, out)):
        return
    link = skb.packet.link
    assert link is not None
    if skb.bridge is not None:
        # nf_bridge_unshare: what its copies hold does not change with it.
        skb.out_iface, skb.bridge = bridge.name, replace(skb.bridge, physout=out)
        _show_as(skb, PacketType.HOST, instead_of=PacketType.OTHERHOST)
        if not (yield from stack.hook(skb, Hook.FORWARD, bridge.name, bridge.name)):
            return
        if link.kind is PacketType.OTHERHOST:  # br_nf_forward_finish: ebtables sees it as it came
            _show_as(skb, PacketType.OTHERHOST, instead_of=PacketType.HOST)
    if not (yield from filtered(stack, skb, FrameHook.POSTROUTING, bridge, out=out)):
        return
    if skb.physin:
        _show_as(skb, PacketType.HOST, instead_of=PacketType.OTHERHOST)
        if not (yield from stack.hook(skb, Hook.POSTROUTING, "", bridge.name)):
            return
        if link.kind is PacketType.OTHERHOST:  # br_nf_dev_queue_xmit: so do errors about its length
            _show_as(skb, PacketType.OTHERHOST, instead_of=PacketType.HOST)
    found = cut(stack, skb, out) if skb.physin else PortCut((skb.packet,))
    if not found.pieces:
        yield from does_not_fit(stack, skb, out, found.told)
        return
    link = skb.packet.link
    assert link is not None
    yield from leave(stack, skb, bridge.name, (out,), link, found.pieces)


def _show_as(skb: Skb, kind: PacketType, *, instead_of: PacketType) -> None:
    """br_netfilter shows iptables another packet type than the frame has."""
    link = skb.packet.link
    if link is not None and link.kind == instead_of:
        skb.packet = replace(skb.packet, link=replace(link, kind=kind))


def _up(stack: Stack, skb: Skb, bridge: Interface, port: str) -> Iterator[Step]:
    """br_pass_frame_up: the host's IP gets it, as come in on the bridge."""
    skb.in_iface = bridge.name
    if not (yield from filtered(stack, skb, FrameHook.INPUT, bridge, port)):
        return
    if skb.packet.is_arp:
        yield from receive_arp(stack, skb, bridge.name, port)
        return
    link = skb.packet.link
    if (
        link is not None
        and link.kind is not PacketType.HOST
        and skb.physin
        and skb.packet.flow is not None
    ):
        # br_nf_local_in: copies of it are under way, so the entry is settled before INPUT.
        packet, events = stack.tracker.confirm(skb.packet, Hook.INPUT)
        yield from stack.tracked(packet or skb.packet, stack.where(skb), events)
        if packet is None:
            why = ClashBeforeInput()
            yield from stack.end(skb, FateVerdict.DROPPED, ByPart.CONNTRACK, why)
            return
        skb.packet = packet
    cause = why_discarded(stack, skb.packet, bridge.name)
    if cause is not None:
        yield from discard(stack, skb, cause, Before.IP)
        return
    skb.packet = trimmed(skb.packet)
    if skb.physin:
        # IP clears its control block: it forgets how long the fragments were, though not that
        # there were any (skb->ignore_df).
        skb.fragments = replace(skb.fragments, largest=0, had_df=False)
    yield from receive(stack, skb)
