"""What the host's kernel says by itself: the packets, and the limits on saying them.

Errors and resets are built in ``icmp`` and ``reset``. Here: echo and timestamp replies
(net/ipv4/icmp.c, net/ipv6/icmp.c), SYN+ACK (net/ipv4/tcp_output.c), neighbour advertisements
(net/ipv6/ndisc.c), and the rate limits of ICMP errors. Walking them is ``transmit``'s.
"""

from __future__ import annotations

from ipaddress import IPv6Address

from sim.base.frozen import dataclass
from sim.base.jiffies import HZ, from_milliseconds, jiffies
from sim.extensions.runtime import Runtime
from sim.model.host import Host
from sim.packet.headers import ACK, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, SYN
from sim.packet.packet import Address, Owner, Packet, sealed
from sim.packet.reset import tcp_reset

# The kernel's control sockets: a socket, but nobody's file.
KERNEL = Owner(0, 0, has_file=False)

MOST_RECEIVED = 32 * 1024 * 1024  # net.ipv4.tcp_rmem's last number with enough memory (6.18)

ECHO_REPLY, ECHO, TIMESTAMP, TIMESTAMP_REPLY = 0, 8, 13, 14
FRAGMENTATION_NEEDED = 3, 4  # type and code
ECHO6, ECHO_REPLY6 = 128, 129
SOLICITATION, ADVERTISEMENT, REDIRECT6 = 135, 136, 137
DISCOVERY = range(133, REDIRECT6 + 1)  # types of neighbour discovery, which has its own socket


def default_ttl(host: Host) -> int:
    """IPv4's; IPv6's is the device's by which an answer leaves (``Emit.ttl_from_route``)."""
    return int(host.sysctl("net.ipv4.ip_default_ttl", "64"))


def hop_limit(host: Host, dev: str) -> int:
    """ip6_dst_hoplimit: ``conf.all`` counts for no device that has IPv6."""
    return int(host.sysctl(f"net.ipv6.conf.{dev}.hop_limit", "64"))


def reply_mark(host: Host, about: Packet) -> int:
    """An answer has no mark, unless ``fwmark_reflect`` lets it inherit the question's."""
    family = "ipv4" if about.family == 4 else "ipv6"
    return about.mark if host.sysctl(f"net.{family}.fwmark_reflect", "0") != "0" else 0


def _ip(about: Packet, source: Address, protocol: int, ttl: int, tos: int, flags: int = 0) -> bytes:
    """An IP header from ``source`` to where ``about`` came from; ``sealed`` completes it."""
    if about.family == 4:
        head = bytes((0x45, tos, 0, 0, 0, 0)) + flags.to_bytes(2, "big")
        return head + bytes((ttl, protocol, 0, 0)) + source.packed + about.headers.src.packed
    head = (0x60000000 | tos << 20).to_bytes(4, "big") + bytes((0, 0, protocol, ttl))
    return head + source.packed + about.headers.src.packed


def echo_reply(host: Host, about: Packet, source: Address) -> Packet:
    """The answer to an echo request: its own code, id, number and payload come back."""
    headers = about.headers
    kind = ECHO_REPLY if about.family == 4 else ECHO_REPLY6
    protocol = IPPROTO_ICMP if about.family == 4 else IPPROTO_ICMPV6
    ttl = default_ttl(host)
    data = _ip(about, source, protocol, ttl, headers.tos)
    data += bytes((kind, about.payload[1], 0, 0)) + about.payload[4:]
    return Packet(sealed(data), mark=reply_mark(host, about), owner=KERNEL)


_TIMES = bytes(22) + b"\xff\xff" + bytes(8) + b"\xff" * 8  # of a timestamp reply, and its checksum


def timestamp_reply(host: Host, about: Packet, source: Address, now: int) -> Packet:
    """The answer to an ICMP timestamp request; the times are ms since midnight UTC.

    Where the host text has no clock, nobody knows them.
    """
    stamp = (now // 1_000_000 % 86_400_000).to_bytes(4, "big")
    data = _ip(about, source, IPPROTO_ICMP, default_ttl(host), about.headers.tos)
    data += bytes((TIMESTAMP_REPLY, 0, 0, 0)) + about.payload[4:12] + stamp + stamp
    unknown = b"" if host.clock else _TIMES
    return Packet(sealed(data), mark=reply_mark(host, about), owner=KERNEL, unknown=unknown)


def reset(host: Host, about: Packet, owner: Owner | None = None) -> Packet:
    """The RST of a closed port (tcp_v4_send_reset): with the DSCP of what it answers.

    It belongs to the socket that it is about, if there is one; else IPv4 sends it from a socket
    of its own, IPv6 (tcp_v6_send_response) without any.
    """
    if owner is None and about.family == 4:
        owner = KERNEL
    data = tcp_reset(about, ttl=default_ttl(host), tos=about.headers.tos & 0xFC)
    return Packet(data, mark=reply_mark(host, about), owner=owner)


def syn_ack(runtime: Runtime, about: Packet, owner: Owner, mtu: int, isn: int) -> Packet:
    """A listener's answer to a SYN. ``isn`` is its first sequence number, which is random.

    Options follow the SYN's: MSS, then timestamps, SACK and window scale if it had them.
    """
    tcp = about.headers.tcp
    assert tcp is not None
    theirs = tcp_options(tcp.options)
    mss = min(mtu, 65535) - 40 if about.family == 4 else mtu - 60
    options = bytes((2, 4)) + mss.to_bytes(2, "big")
    room = mss
    if 8 in theirs:
        room -= 12
        options += bytes((4, 2)) if 4 in theirs else bytes((1, 1))
        stamp = runtime.random.getrandbits(32).to_bytes(4, "big")
        options += bytes((8, 10)) + stamp + theirs[8][:4]
    elif 4 in theirs:
        options += bytes((1, 1, 4, 2))
    if 3 in theirs:
        options += bytes((1, 3, 3, window_shift(runtime.host)))
    window = 65535 // room * room
    part = tcp.dport.to_bytes(2, "big") + tcp.sport.to_bytes(2, "big")
    part += isn.to_bytes(4, "big")
    part += ((tcp.seq + 1) & 0xFFFFFFFF).to_bytes(4, "big")
    part += bytes(((20 + len(options)) // 4 << 4, SYN | ACK)) + window.to_bytes(2, "big") + bytes(4)
    ttl = default_ttl(runtime.host)
    ip = _ip(about, about.headers.dst, IPPROTO_TCP, ttl, 0, 0x4000)
    return Packet(sealed(ip + part + options), owner=owner)


def window_shift(host: Host) -> int:
    """The window scale that a listener offers (tcp_select_initial_window)."""
    sizes = host.sysctl("net.ipv4.tcp_rmem", str(MOST_RECEIVED)).split()
    most = max(int(sizes[-1]), int(host.sysctl("net.core.rmem_max", "0")))
    return min(max(most.bit_length() - 16, 0), 14)


def plain_ack(host: Host, about: Packet, owner: Owner, seq: int, ack: int, window: int) -> Packet:
    """An ACK that tells a peer where the connection stands (tcp_v4_reqsk_send_ack)."""
    tcp = about.headers.tcp
    assert tcp is not None
    part = tcp.dport.to_bytes(2, "big") + tcp.sport.to_bytes(2, "big")
    part += seq.to_bytes(4, "big") + ack.to_bytes(4, "big") + bytes((0x50, ACK))
    part += window.to_bytes(2, "big") + bytes(4)
    tos = about.headers.tos & 0xFC
    ip = _ip(about, about.headers.dst, IPPROTO_TCP, default_ttl(host), tos, 0x4000)
    return Packet(sealed(ip + part), mark=reply_mark(host, about), owner=owner)


def tcp_options(options: bytes) -> dict[int, bytes]:
    """Kind -> content of each TCP option."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        length = options[at + 1] if at + 1 < len(options) else 0
        if length < 2:
            break
        found.setdefault(options[at], options[at + 2 : at + length])
        at += length
    return found


def advertisement(
    source: IPv6Address, to: IPv6Address, target: IPv6Address, *, mac: str, is_router: bool,
    is_solicited: bool, overrides: bool,
) -> Packet:  # fmt: skip
    """Who has ``target``: this host (ndisc_send_na). ``mac`` empty: it is not said."""
    flags = (0x80 if is_router else 0) | (0x40 if is_solicited else 0) | (0x20 if overrides else 0)
    body = bytes((ADVERTISEMENT, 0, 0, 0, flags, 0, 0, 0)) + target.packed
    if mac:
        body += bytes((2, 1)) + bytes.fromhex(mac.replace(":", ""))
    head = bytes((0x60, 0, 0, 0, 0, 0, IPPROTO_ICMPV6, 255)) + source.packed + to.packed
    return Packet(sealed(head + body), owner=KERNEL)


def solicitation(target: IPv6Address, source: Address, mac: str) -> Packet:
    """Who has ``target``? Asked of its solicited-node group (ndisc_send_ns)."""
    group = IPv6Address(int(IPv6Address("ff02::1:ff00:0")) | int(target) & 0xFFFFFF)
    body = bytes((SOLICITATION, 0, 0, 0, 0, 0, 0, 0)) + target.packed
    body += bytes((1, 1)) + bytes.fromhex(mac.replace(":", ""))
    head = bytes((0x60, 0, 0, 0, 0, 0, IPPROTO_ICMPV6, 255)) + source.packed + group.packed
    return Packet(sealed(head + body), owner=KERNEL)


def redirect6(about: Packet, source: Address, target: Address, mac: str | None) -> Packet:
    """ndisc_send_redirect: tell a sender of its own link which neighbour to use instead.

    ``mac`` is the target's if the host has it; empty: the host has it, but not the scenario.
    The packet is quoted in multiples of 8 bytes.
    """
    body = bytes((REDIRECT6, 0, 0, 0, 0, 0, 0, 0)) + target.packed + about.headers.dst.packed
    unknown = b""
    if mac is not None:
        body += bytes((2, 1)) + bytes.fromhex(mac.replace(":", "")).ljust(6, b"\0")
    if mac == "":
        unknown = bytes(42) + b"\xff\xff" + bytes(38) + b"\xff" * 6  # the checksum, the MAC
    room = min(1280 - 40 - len(body), len(about.data) + 8) & ~7
    if room:
        body += bytes((4, room // 8, 0, 0, 0, 0, 0, 0)) + about.data[: room - 8]
    head = bytes((0x60, 0, 0, 0, 0, 0, IPPROTO_ICMPV6, 255)) + source.packed
    data = sealed(head + about.headers.src.packed + body)
    return Packet(data, owner=KERNEL, unknown=unknown)


@dataclass(slots=True)
class Peer:
    """inet_peer: what the kernel remembers about an address it sends errors to."""

    tokens: int
    last: int
    line: int = 0  # of the packets text: between two lines some time has passed
    redirects: int = 0


MOST_REDIRECTS = 9  # without a while in between (ip_rt_redirect_number)


class Limits:
    """How often errors may be sent to one address (net/ipv4/inetpeer.c, route.c, ip_error).

    One record serves the routing errors (one a second, five at once) and the ICMP limit
    (``icmp_ratelimit`` ms apart, six at once), each counting in its own way.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.line = runtime, 0
        self._peers: dict[Address, Peer] = {}

    def _peer(self, address: Address) -> tuple[Peer, int]:
        now = jiffies(self.runtime.now)
        peer = self._peers.get(address)
        if peer is None:
            peer = self._peers[address] = Peer(0, now - 60 * HZ)
        return peer, now

    def allows_route_error(self, sender: Address) -> bool:
        """ip_error's own bucket, before the ICMP error is even thought of."""
        peer, now = self._peer(sender)
        peer.tokens = min(peer.tokens + now - peer.last, 5 * HZ)
        peer.last, peer.line = now, self.line
        if peer.tokens < HZ:
            return False
        peer.tokens -= HZ
        return True

    def allows_icmp(self, kind: tuple[int, int], to: Address, dev: str) -> bool:
        """icmpv4_xrlim_allow, icmpv6_xrlim_allow: nothing is limited through ``lo``.

        ``kind``: type and code. Discovery of a path's MTU in IPv4 is never limited.
        """
        host, type = self.runtime.host, kind[0]
        if dev == "lo" or (to.version == 4 and kind == FRAGMENTATION_NEEDED):
            return True
        if to.version == 4:
            mask = int(host.sysctl("net.ipv4.icmp_ratemask", "6168"))
            if type > 18 or not mask >> type & 1:
                return True
            timeout = from_milliseconds(int(host.sysctl("net.ipv4.icmp_ratelimit", "1000")))
        else:
            if not _is_limited6(host, type):
                return True
            timeout = from_milliseconds(int(host.sysctl("net.ipv6.icmp.ratelimit", "100")))
        return self._allow(to, timeout)

    def allows_redirect6(self, address: Address) -> bool:
        """One a second about each destination, and one to each sender; six at once."""
        return self._allow(address, HZ)

    def _allow(self, to: Address, timeout: int) -> bool:
        """inet_peer_xrlim_allow: what was saved is limited only once time has passed."""
        peer, now = self._peer(to)
        tokens = peer.tokens
        if now != peer.last or self.line != peer.line:
            tokens = min(tokens + now - peer.last, 6 * timeout)
        peer.last, peer.line = now, self.line
        allowed = tokens >= timeout
        peer.tokens = tokens - timeout if allowed else tokens
        return allowed

    def allows_redirect(self, sender: Address) -> bool:
        """ip_rt_send_redirect: the pause doubles each time, nine are enough."""
        peer, now = self._peer(sender)
        if now > peer.last + 1024 * 20 * HZ // 1000:  # ip_rt_redirect_silence
            peer.tokens = peer.redirects = 0
        if peer.redirects >= MOST_REDIRECTS:
            peer.last, peer.line = now, self.line
            return False
        pause = (HZ // 50) << peer.redirects
        if peer.tokens == 0 or now > peer.last + pause:
            peer.last, peer.line = now, self.line
            peer.tokens += 1
            peer.redirects += 1
            return True
        return False


def _is_limited6(host: Host, type: int) -> bool:
    """The types that net.ipv6.icmp.ratemask lists, as ranges: ``0-1,3-127``."""
    for part in host.sysctl("net.ipv6.icmp.ratemask", "0-1,3-127").split(","):
        low, _, high = part.strip().partition("-")
        if low.isdecimal() and int(low) <= type <= int(high or low):
            return True
    return False
