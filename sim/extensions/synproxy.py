"""SYNPROXY's packets (net/netfilter/nf_synproxy_core.c).

The host opens the connection twice: with the client by a SYN cookie, then with the server by a
SYN that it makes itself. What ties the two together is in ``synproxy_hook``.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from sim.base.frozen import dataclass, replace
from sim.packet.headers import ACK, CWR, ECE, IPPROTO_TCP, SYN, Tcp
from sim.packet.kinds import CtState
from sim.packet.packet import Address, Packet, sealed

if TYPE_CHECKING:
    from sim.extensions.runtime import Runtime

MASK = 0xFFFFFFFF
_SECOND = 1_000_000_000
COOKIE_LIFE = 120 * _SECOND  # at most: a cookie is good for this minute and the next
LARGEST_WSCALE = 14
# What a cookie can say about the client's MSS (syncookies.c of both families).
COOKIE_MSS = {4: (536, 1300, 1440, 1460), 6: (1220, 1420, 1440, 8940)}


@dataclass(frozen=True, slots=True)
class Offer:
    """The TCP options that SYNPROXY knows: of a packet, or those that a rule allows."""

    mss: int = 0
    wscale: int = 0
    stamp: int = 0
    echo: int = 0
    has_mss: bool = False
    has_wscale: bool = False
    has_sack: bool = False
    has_timestamp: bool = False
    has_ecn: bool = False

    def within(self, allowed: Offer) -> Offer:
        return replace(
            self,
            has_mss=self.has_mss and allowed.has_mss,
            has_wscale=self.has_wscale and allowed.has_wscale,
            has_sack=self.has_sack and allowed.has_sack,
            has_timestamp=self.has_timestamp and allowed.has_timestamp,
            has_ecn=self.has_ecn and allowed.has_ecn,
        )

    def as_bytes(self) -> bytes:
        words = []
        if self.has_mss:
            words.append(bytes((2, 4)) + self.mss.to_bytes(2, "big"))
        if self.has_timestamp:
            words.append(bytes((4, 2, 8, 10) if self.has_sack else (1, 1, 8, 10)))
            words.append(self.stamp.to_bytes(4, "big") + self.echo.to_bytes(4, "big"))
        elif self.has_sack:
            words.append(bytes((1, 1, 4, 2)))
        if self.has_wscale:
            words.append(bytes((1, 3, 3, self.wscale)))
        return b"".join(words)


def offer_of(tcp: Tcp) -> Offer:
    """synproxy_parse_options: the options of a segment, up to the first malformed one."""
    options, at, found = tcp.options, 0, Offer()
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        size = options[at + 1] if at + 1 < len(options) else 0
        if size < 2 or at + size > len(options):
            break
        body = options[at + 2 : at + size]
        match options[at], size:
            case 2, 4:
                found = replace(found, mss=int.from_bytes(body, "big"), has_mss=True)
            case 3, 3:
                found = replace(found, wscale=min(body[0], LARGEST_WSCALE), has_wscale=True)
            case 4, 2:
                found = replace(found, has_sack=True)
            case 8, 10:
                stamp, echo = int.from_bytes(body[:4], "big"), int.from_bytes(body[4:], "big")
                found = replace(found, stamp=stamp, echo=echo, has_timestamp=True)
        at += size
    return found


@dataclass(frozen=True, slots=True)
class Cookie:
    """A SYN that was answered. The kernel keeps none: it finds all of it in the number."""

    number: int
    mss: int
    made: int


@dataclass(slots=True)
class Proxied:
    """What the kernel keeps beside a proxied connection's entry (struct nf_conn_synproxy)."""

    first: int = 0  # the number that the client was given
    stamp: int = 0  # the timestamp that the client was given
    stamp_offset: int = 0


@dataclass
class Memory:
    """SYNPROXY's part of a run's state."""

    cookies: dict[tuple[Address, int, Address, int, int], Cookie] = field(default_factory=dict)
    expected: set[tuple[Address, int, Address, int]] = field(default_factory=set)
    proxied: dict[int, Proxied] = field(default_factory=dict)

    @classmethod
    def of(cls, runtime: Runtime) -> Memory:
        memory = runtime.state.setdefault("SYNPROXY", cls())
        assert isinstance(memory, Memory)
        return memory


def segment(
    runtime: Runtime,
    ends: tuple[Address, int, Address, int],
    seq: int,
    ack: int,
    flags: int,
    window: int,
    offer: Offer,
) -> Packet:
    """A segment as synproxy_send_tcp sends it: TOS 0, DF, ident 0, the host's own TTL."""
    src, sport, dst, dport = ends
    options = offer.as_bytes()
    part = sport.to_bytes(2, "big") + dport.to_bytes(2, "big")
    part += (seq & MASK).to_bytes(4, "big") + (ack & MASK).to_bytes(4, "big")
    part += bytes(((20 + len(options)) // 4 << 4, flags)) + window.to_bytes(2, "big") + bytes(4)
    host = runtime.host
    if src.version == 4:
        ttl = int(host.sysctl("net.ipv4.ip_default_ttl", "64"))
        ip = bytes((0x45, 0, 0, 0, 0, 0, 0x40, 0, ttl, IPPROTO_TCP, 0, 0))
    else:
        ttl = int(host.sysctl("net.ipv6.conf.all.hop_limit", "64"))
        ip = bytes((0x60, 0, 0, 0, 0, 0, IPPROTO_TCP, ttl))
    return Packet(sealed(ip + src.packed + dst.packed + part + options))


def client_syn(runtime: Runtime, packet: Packet, theirs: Offer, allowed: Offer) -> Packet:
    """The SYN+ACK with a cookie. Number and timestamp cannot be foretold: drawn at random.

    Without timestamps there is nowhere to keep window scale, SACK and ECN, so they go.
    """
    headers, tcp = packet.headers, packet.headers.tcp
    assert tcp is not None
    theirs = replace(theirs, has_ecn=tcp.flags & (ECE | CWR) == ECE | CWR)
    offer = theirs.within(allowed)
    encoded = max((mss for mss in COOKIE_MSS[packet.family] if mss <= offer.mss), default=0)
    encoded = encoded or COOKIE_MSS[packet.family][0]
    offer = replace(offer, mss=allowed.mss)
    if offer.has_timestamp:
        offer = _stamped(runtime, offer, allowed)
    else:
        offer = replace(offer, has_wscale=False, has_sack=False, has_ecn=False)
    number = runtime.random.getrandbits(32)
    key = (headers.src, tcp.sport, headers.dst, tcp.dport, tcp.seq)
    Memory.of(runtime).cookies[key] = Cookie(number, encoded, runtime.now)
    flags = SYN | ACK | (ECE if offer.has_ecn else 0)
    ends = (headers.dst, tcp.dport, headers.src, tcp.sport)
    answer = segment(runtime, ends, number, tcp.seq + 1, flags, 0, offer)
    return _in_reply(answer, packet)


def _stamped(runtime: Runtime, offer: Offer, allowed: Offer) -> Offer:
    """synproxy_init_timestamp_cookie: the timestamp's low bits say what the client can do."""
    bits = offer.wscale if offer.has_wscale else 0xF
    bits |= offer.has_sack << 4 | offer.has_ecn << 5
    stamp = runtime.random.getrandbits(32) & ~0x3F | bits
    wscale = allowed.wscale if offer.has_wscale else offer.wscale
    return replace(offer, stamp=stamp, echo=offer.stamp, wscale=wscale)


def _in_reply(answer: Packet, about: Packet) -> Packet:
    """On the connection of what it answers, if that has one, in the other direction."""
    if about.flow is None:
        return answer
    return replace(answer, flow=about.flow, ct_state=CtState.ESTABLISHED, ct_reply=True)


def client_ack(runtime: Runtime, packet: Packet, theirs: Offer, shift: int = 0) -> Packet | None:
    """The SYN for the server, if the ACK proves a cookie; ``None``: it does not.

    ``shift`` 1: the ACK is a keep-alive, numbered one lower. The SYN's acknowledgement number
    carries the cookie to the hook.
    """
    headers, tcp = packet.headers, packet.headers.tcp
    assert tcp is not None
    first = tcp.seq + shift - 1 & MASK
    memory = Memory.of(runtime)
    cookie = memory.cookies.get((headers.src, tcp.sport, headers.dst, tcp.dport, first))
    if cookie is None or cookie.number != tcp.ack - 1 & MASK:
        return None
    if runtime.now - cookie.made >= COOKIE_LIFE:
        return None
    offer = replace(
        theirs, mss=cookie.mss, has_mss=True, has_ecn=False, has_sack=False, has_wscale=False
    )
    if offer.has_timestamp:
        wscale = offer.echo & 0xF
        offer = replace(
            offer,
            wscale=wscale,
            has_wscale=wscale != 0xF,
            has_sack=bool(offer.echo & 1 << 4),
            has_ecn=bool(offer.echo & 1 << 5),
        )
    flags = SYN | (ECE | CWR if offer.has_ecn else 0)
    ends = (headers.src, tcp.sport, headers.dst, tcp.dport)
    memory.expected.add(ends)
    return segment(runtime, ends, first, tcp.ack - 1, flags, tcp.window, offer)
