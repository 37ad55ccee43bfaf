"""SYNPROXY's hook: where the client's connection and the server's become one.

Just before conntrack's confirm, in INPUT and POSTROUTING (net/netfilter/nf_synproxy_core.c). It
takes the server's SYN+ACK, acknowledges it to the server and opens the client's window. From
then on conntrack shifts the sequence numbers, and this the timestamps, between the two.
"""

from __future__ import annotations

from sim.base.frozen import dataclass, replace
from sim.extensions.extension import Emit
from sim.extensions.runtime import Runtime
from sim.extensions.synproxy import MASK, Memory, Proxied, client_ack, offer_of, segment
from sim.kernel.conntrack.table import Entry, SeqAdjust
from sim.model.flow import FlowTuple, TcpState
from sim.model.replies import ReplyKind
from sim.model.rules import Verdict
from sim.packet.checksum import updated
from sim.packet.headers import ACK, IPPROTO_TCP, RST, SYN, Tcp
from sim.packet.kinds import CtState
from sim.packet.packet import Address, Packet
from sim.packet.tcp_options import TCP_CHECKSUM
from sim.trace.outcomes.base import Cause
from sim.trace.outcomes.synproxy import NoCookie, ServerThere, SynAgain, SynproxyCut


@dataclass(frozen=True, slots=True)
class ProxyOutcome:
    """What the hook makes of a packet: ACCEPT, DROP or STOLEN, and why.

    ``first`` and ``then`` are sent; between them conntrack learns the new numbers.
    """

    verdict: Verdict = Verdict.ACCEPT
    packet: Packet | None = None
    cause: Cause | None = None
    first: Emit | None = None
    shift: int = 0
    then: Emit | None = None


def hook(runtime: Runtime, packet: Packet, entry: Entry | None) -> ProxyOutcome:
    """ipv4_synproxy_hook, ipv6_synproxy_hook."""
    if entry is None:
        return ProxyOutcome(packet=packet)
    proxied = _proxied(runtime, entry)
    tcp = packet.headers.tcp
    if proxied is None or packet.headers.protocol != IPPROTO_TCP:
        return ProxyOutcome(packet=packet)
    if tcp is None:
        return ProxyOutcome(Verdict.DROP, cause=SynproxyCut())
    state = entry.flow.tcp_state
    is_reopened = False
    if state is TcpState.CLOSE:
        if tcp.flags & RST and packet.ct_reply:
            shift_numbers(entry, proxied.first - tcp.seq + 1)
        elif tcp.flags & SYN and not tcp.flags & ACK and not packet.ct_reply:
            proxied.stamp_offset, is_reopened = 0, True
    if state is TcpState.SYN_SENT or is_reopened:
        return _to_server(runtime, packet, tcp, proxied)
    if state is TcpState.SYN_RECV and tcp.flags & SYN and tcp.flags & ACK:
        return _from_server(runtime, packet, tcp, proxied, entry)
    return ProxyOutcome(packet=_with_stamps(packet, proxied))


def _proxied(runtime: Runtime, entry: Entry) -> Proxied | None:
    memory = Memory.of(runtime)
    found = memory.proxied.get(entry.flow.id)
    if found is None and _ends(entry.flow.original) in memory.expected:
        memory.expected.discard(_ends(entry.flow.original))
        found = memory.proxied[entry.flow.id] = Proxied()
    return found


def _ends(way: FlowTuple) -> tuple[Address, int, Address, int]:
    return way.src, way.sport, way.dst, way.dport


def _to_server(runtime: Runtime, packet: Packet, tcp: Tcp, proxied: Proxied) -> ProxyOutcome:
    """The SYN goes out; or the client asks again, because SYN or SYN+ACK was lost."""
    theirs = offer_of(tcp)
    if not tcp.flags & SYN and tcp.flags & ACK and not packet.ct_reply:
        syn = client_ack(runtime, packet, theirs, 1)
        if syn is None:
            return ProxyOutcome(Verdict.DROP, cause=NoCookie())
        return ProxyOutcome(Verdict.STOLEN, cause=SynAgain(), first=Emit(syn, ReplyKind.SYN))
    proxied.first = tcp.ack
    if theirs.has_timestamp:
        proxied.stamp = theirs.echo
    return ProxyOutcome(packet=_with_stamps(packet, proxied))


def _from_server(
    runtime: Runtime, packet: Packet, tcp: Tcp, proxied: Proxied, entry: Entry
) -> ProxyOutcome:
    """The server's SYN+ACK ends here. Both sides get an ACK; the client's opens its window."""
    headers, theirs = packet.headers, offer_of(tcp)
    if theirs.has_timestamp:
        proxied.stamp_offset = theirs.stamp - proxied.stamp & MASK
    offer = replace(theirs, has_mss=False, has_wscale=False, has_sack=False)
    back = replace(offer, stamp=theirs.echo, echo=theirs.stamp)
    window = min(entry.track.seen[0].maxwin, 0xFFFF)
    to_server = segment(
        runtime,
        (headers.dst, tcp.dport, headers.src, tcp.sport),
        tcp.ack,
        tcp.seq + 1,
        ACK,
        window,
        back,
    )
    to_client = segment(
        runtime,
        (headers.src, tcp.sport, headers.dst, tcp.dport),
        tcp.seq + 1,
        tcp.ack,
        ACK,
        tcp.window >> theirs.wscale,
        offer,
    )
    return ProxyOutcome(
        Verdict.STOLEN,
        cause=ServerThere(),
        first=Emit(to_server, ReplyKind.ACK),
        shift=proxied.first - tcp.seq & MASK,
        then=Emit(
            replace(to_client, flow=packet.flow, ct_state=CtState.ESTABLISHED, ct_reply=True),
            ReplyKind.ACK,
        ),
    )


def shift_numbers(entry: Entry, offset: int) -> None:
    """nf_ct_seqadj_init for the reply direction; an offset of 0 changes nothing."""
    offset &= MASK
    if not offset:
        return
    if entry.adjusts is None:
        entry.adjusts = (SeqAdjust(), SeqAdjust())
    this = entry.adjusts[1]
    this.offset_before = this.offset_after = offset


def _with_stamps(packet: Packet, proxied: Proxied) -> Packet:
    """synproxy_tstamp_adjust: the server's clock as the client knows it, and back."""
    tcp = packet.headers.tcp
    if tcp is None or not proxied.stamp_offset:
        return packet
    options, at = tcp.options, 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        size = options[at + 1] if at + 1 < len(options) else 0
        if size < 2 or at + size > len(options):
            return packet
        if options[at] == 8 and size == 10:
            place = 20 + at + (2 if packet.ct_reply else 6)
            change = -proxied.stamp_offset if packet.ct_reply else proxied.stamp_offset
            return _added(packet, place, change)
        at += size
    return packet


def _added(packet: Packet, place: int, change: int) -> Packet:
    base = packet.headers.payload_offset
    data = bytearray(packet.data)
    old = bytes(data[base + place : base + place + 4])
    new = (int.from_bytes(old, "big") + change & MASK).to_bytes(4, "big")
    data[base + place : base + place + 4] = new
    check = base + TCP_CHECKSUM
    value = updated(int.from_bytes(data[check : check + 2], "big"), old, new)
    data[check : check + 2] = value.to_bytes(2, "big")
    return replace(packet, data=bytes(data))
