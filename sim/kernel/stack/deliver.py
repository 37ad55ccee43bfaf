"""A packet has passed INPUT: the socket or the part of the kernel that gets it, and its answer.

net/ipv4/{ip_input,icmp,udp,tcp_ipv4}.c, net/ipv6/{ip6_input,icmp,udp,tcp_ipv6,ndisc}.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.frozen import replace
from sim.base.jiffies import HZ, jiffies
from sim.kernel.stack import answers
from sim.kernel.stack.answering import answer, send_error
from sim.kernel.stack.core import Stack
from sim.kernel.stack.deliver_icmp import deliver_icmp
from sim.kernel.stack.delivered import came_to_many, delivered, dropped, is_anycast, refused
from sim.kernel.stack.places import given, given_at, nothing_listens
from sim.kernel.stack.skb import Skb
from sim.kernel.stack.sockets import NAMES, Request, connection_of, owner_of
from sim.model.host import Socket
from sim.model.kernel_settings import Met
from sim.model.replies import ReplyKind
from sim.model.routing import Query
from sim.packet.checksum import checksum, pseudo_header
from sim.packet.headers import (
    ACK,
    FIN,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
    RST,
    SYN,
)
from sim.packet.icmp import DEST_UNREACH, V6_DEST_UNREACH, V6_PARAMETER_PROBLEM
from sim.packet.kinds import CtState, PacketType
from sim.packet.packet import Packet
from sim.packet.summed import cut, holds_at_socket, holds_for_udp
from sim.trace.outcomes import sockets as ends
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.decided import ByPart, FateVerdict
from sim.trace.steps import Step

IPPROTO_IGMP, IPPROTO_NONE = 2, 59


def deliver(stack: Stack, skb: Skb) -> Iterator[Step]:
    """Give a packet to whoever it is for."""
    protocol = skb.packet.headers.protocol
    if protocol == (IPPROTO_ICMP if skb.packet.family == 4 else IPPROTO_ICMPV6):
        yield from deliver_icmp(stack, skb)
    elif protocol == IPPROTO_TCP:
        yield from _tcp(stack, skb)
    elif protocol in (IPPROTO_UDP, IPPROTO_UDPLITE):
        yield from _udp(stack, skb)
    else:
        yield from _other(stack, skb)


# ---- TCP -----------------------------------------------------------------------------------


def _tcp(stack: Stack, skb: Skb) -> Iterator[Step]:
    packet = skb.packet
    headers = packet.headers
    tcp = headers.tcp
    if came_to_many(skb) or (packet.link is not None and packet.link.kind is not PacketType.HOST):
        yield from dropped(stack, skb, ends.TcpToMany())
        return
    if tcp is None or tcp.offset < 20 or tcp.offset > len(packet.payload):
        yield from dropped(stack, skb, ends.TcpHeaderWrong())
        return
    if not holds_at_socket(packet):
        yield from dropped(stack, skb, ends.TcpSumWrong())
        return
    connected = stack.sockets.connected(packet)
    # To a listener's connection a SYN is the question again. The socket of a ``local`` packet
    # takes whatever comes.
    if connected is not None and not (_is_new_syn(tcp.flags) and stack.sockets.is_accepted(packet)):
        if tcp.flags & RST:
            stack.sockets.note_closed(packet)
        yield from delivered(stack, skb, ends.TcpConnection(tcp.dport))
        return
    listener = _listener(stack, skb, tcp.dport)
    if listener is None:
        yield from _reset(stack, skb, nothing_listens(stack, packet, "tcp", tcp.dport))
        return
    if tcp.flags & RST:
        yield from dropped(stack, skb, ends.ResetForNothing())
    elif tcp.flags & ACK:
        yield from _reset(stack, skb, ends.NoConnection(tcp.dport), listener)
    elif not _is_new_syn(tcp.flags):
        yield from dropped(stack, skb, ends.NoSyn(tcp.dport))
    elif is_anycast(skb):
        yield from dropped(stack, skb, ends.SynToAnycast(tcp.dport))
    else:
        yield from _accept(stack, skb)


def _listener(stack: Stack, skb: Skb, port: int) -> Socket | None:
    return given(skb.packet) or stack.sockets.listener(
        "tcp", skb.packet.headers.dst, port, skb.in_iface
    )


def _is_new_syn(flags: int) -> bool:
    return flags & (SYN | ACK | RST) == SYN


def _accept(stack: Stack, skb: Skb) -> Iterator[Step]:
    """A SYN for a listener: the answer is the listener's, with its user and group."""
    tcp = skb.packet.headers.tcp
    assert tcp is not None
    listener = _listener(stack, skb, tcp.dport)
    assert listener is not None
    request = stack.sockets.requests.get(connection_of(skb.packet))
    if request is not None and request.their_seq != tcp.seq:
        yield from _contradicted(stack, skb, request, listener)
        return
    if request is None and tcp.flags & FIN:
        yield from dropped(stack, skb, ends.SynFin())
        return
    if not (yield from stack.meets(skb, Met.SYN, ByPart.SOCKET)):
        return
    if request is None:
        request = Request(tcp.seq, stack.runtime.random.getrandbits(32))
        stack.sockets.note_accepted(skb.packet, listener, request)
    elif not _may_repeat(stack, request):
        yield from dropped(stack, skb, ends.SynJustAnswered())
        return
    stack.conversation.note_delivered(skb.packet)
    mtu = _mtu_back(stack, skb)
    packet = answers.syn_ack(stack.runtime, skb.packet, owner_of(listener), mtu, request.our_seq)
    offered = packet.headers.tcp
    assert offered is not None
    request.window = offered.window
    scaled = 3 in answers.tcp_options(tcp.options)
    request.shift = answers.window_shift(stack.runtime.host) if scaled else 0
    yield from answer(stack, skb, packet, ReplyKind.SYN_ACK)
    why = ends.Delivered(ends.Listener(tcp.dport, given_at(skb.packet)), skb.because)
    yield from stack.end(skb, FateVerdict.DELIVERED, ByPart.SOCKET, why)


def _may_repeat(stack: Stack, request: Request) -> bool:
    """tcp_oow_rate_limited: repetitions are answered every half second (tcp_invalid_ratelimit)."""
    now = jiffies(stack.runtime.now)
    if request.repeated is not None and now - request.repeated < HZ // 2:
        return False
    request.repeated = now
    return True


def _contradicted(stack: Stack, skb: Skb, request: Request, listener: Socket) -> Iterator[Step]:
    """tcp_check_req: another SYN on a connection that was answered.

    Within the window it ends the connection, beyond it the peer is told where things stand.
    """
    tcp = skb.packet.headers.tcp
    assert tcp is not None
    expected = request.their_seq + 1 & 0xFFFFFFFF
    if tcp.seq - expected & 0xFFFFFFFF < request.window:
        stack.sockets.note_closed(skb.packet)
        yield from _reset(stack, skb, ends.OtherSynEnds(), listener)
    elif not _may_repeat(stack, request):
        yield from dropped(stack, skb, ends.OtherSynOutside())
    else:
        ours = request.our_seq + 1 & 0xFFFFFFFF
        window = request.window >> request.shift
        owner = owner_of(listener)
        packet = answers.plain_ack(stack.runtime.host, skb.packet, owner, ours, expected, window)
        yield from answer(stack, skb, packet, ReplyKind.ACK)
        yield from dropped(stack, skb, ends.OtherSynOutside())


def _mtu_back(stack: Stack, skb: Skb) -> int:
    route = stack.routing.lookup(Query(skb.packet.headers.src, skb.packet.headers.dst))
    return stack.routing.mtu_of(route, skb.packet.family)


def _reset(stack: Stack, skb: Skb, cause: Cause, listener: Socket | None = None) -> Iterator[Step]:
    tcp = skb.packet.headers.tcp
    assert tcp is not None
    if tcp.flags & RST:
        yield from dropped(stack, skb, ends.NoResetForReset(cause))
        return
    owner = owner_of(listener) if listener is not None else None
    if is_anycast(skb) and listener is None:  # tcp_v6_send_reset minds it only without a socket
        yield from dropped(stack, skb, ends.NoResetFromAnycast(cause))
        return
    packet = answers.reset(stack.runtime.host, skb.packet, owner)
    yield from answer(stack, skb, packet, ReplyKind.TCP_RESET)
    yield from refused(stack, skb, cause)


# ---- UDP -----------------------------------------------------------------------------------


def _udp(stack: Stack, skb: Skb) -> Iterator[Step]:
    packet = skb.packet
    headers = packet.headers
    udp = headers.udp
    if udp is None:
        yield from dropped(stack, skb, ends.UdpCut())
        return
    is_lite = headers.protocol == IPPROTO_UDPLITE
    if not is_lite and (udp.length < 8 or udp.length > len(packet.payload)):
        yield from dropped(stack, skb, ends.UdpLengthWrong())
        return
    if packet.family == 6 and udp.checksum == 0:
        yield from dropped(stack, skb, ends.Udp6NoSum())
        return
    if not is_lite and udp.length < len(packet.payload):
        # What stands behind the end that UDP names is cut off, in answers too.
        end = headers.payload_offset + udp.length
        skb.packet = packet = cut(packet, end)
    name = NAMES[headers.protocol]
    find = stack.sockets.member if headers.dst.is_multicast else stack.sockets.find
    found = given(packet) or find(
        name, headers.dst, udp.dport, headers.src, udp.sport, skb.in_iface
    )
    if not (_is_lite_right(packet) if is_lite else not udp.checksum or holds_for_udp(packet)):
        yield from dropped(stack, skb, ends.UdpSumWrong(name))
    elif found is not None:
        yield from delivered(stack, skb, ends.PortSocket(name, udp.dport, given_at(packet)))
    elif came_to_many(skb):
        yield from dropped(stack, skb, ends.NoSocketForMany(name, udp.dport))
    else:
        # UDP lets go of the conntrack entry before it looks for a socket (nf_reset_ct), so the
        # answer does not inherit it and conntrack has to find it again.
        skb.packet = packet = replace(packet, flow=None, ct_state=CtState.INVALID, ct_reply=False)
        if packet.family == 4:
            yield from send_error(stack, skb, DEST_UNREACH, 3, ReplyKind.ICMP_PORT_UNREACHABLE)
        else:
            yield from send_error(stack, skb, V6_DEST_UNREACH, 4, ReplyKind.ICMP6_PORT_UNREACHABLE)
        yield from refused(stack, skb, nothing_listens(stack, packet, name, udp.dport))


def _is_lite_right(packet: Packet) -> bool:
    """udplite_checksum_init: only what the header says is under the sum, and there must be one."""
    udp, part, headers = packet.headers.udp, packet.payload, packet.headers
    assert udp is not None
    covered = udp.length or len(part)
    if not udp.checksum or not 8 <= covered <= len(part):
        return False
    ends = pseudo_header(headers.src.packed, headers.dst.packed, headers.protocol, len(part))
    return checksum(ends + part[:covered]) == 0


# ---- everything else -----------------------------------------------------------------------


def _other(stack: Stack, skb: Skb) -> Iterator[Step]:
    """Protocols without a handler of the kernel: a raw socket's, or refused."""
    packet = skb.packet
    headers = packet.headers
    protocol = headers.protocol
    if stack.sockets.accepts_raw(headers.family, protocol):
        yield from delivered(stack, skb, ends.RawSocket(protocol))
    elif protocol == IPPROTO_IGMP and headers.family == 4:
        yield from delivered(stack, skb, ends.KernelIgmp())
    elif protocol == IPPROTO_NONE and headers.family == 6:
        yield from delivered(stack, skb, ends.KernelItself(), ends.NothingFollows())
    else:
        if headers.family == 4:
            yield from send_error(stack, skb, DEST_UNREACH, 2, ReplyKind.ICMP_PROTO_UNREACHABLE)
        else:
            place = _place_of_next_header(skb)
            yield from send_error(
                stack, skb, V6_PARAMETER_PROBLEM, 1, ReplyKind.ICMP6_UNKNOWN_HEADER, place
            )
        yield from refused(stack, skb, ends.ProtocolNotTaken(headers.dst, protocol))


def _place_of_next_header(skb: Skb) -> int:
    """The offset of the byte that names the unknown header."""
    extensions = skb.packet.headers.extensions
    return extensions[-1][1] if extensions else 6
