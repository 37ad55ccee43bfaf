"""TCP resets as the kernel makes them: REJECT's and the closed port's.

nf_reject_ip_tcphdr_put (net/ipv4/netfilter/nf_reject_ipv4.c) and tcp_v4_send_reset
(net/ipv4/tcp_ipv4.c) fill the TCP header alike; they differ in TOS only.
"""

from __future__ import annotations

from sim.packet.headers import ACK, FIN, IPPROTO_TCP, RST, SYN
from sim.packet.packet import Packet, sealed


def is_reset_allowed(about: Packet) -> bool:
    """A reset answers a TCP header that is there, whole, and is no reset itself."""
    headers = about.headers
    return headers.tcp is not None and not headers.tcp.flags & RST


def tcp_reset(about: Packet, *, ttl: int = 64, tos: int = 0) -> bytes:
    """The RST that answers ``about``, as an IP packet from its destination to its source.

    With ACK set there, it takes that number as its own and acknowledges nothing; otherwise its
    number is 0 and it acknowledges all that came. Window 0; IPv4: DF, ident 0. Raises
    ``ValueError`` when ``about`` has no TCP header.
    """
    headers = about.headers
    tcp = headers.tcp
    if tcp is None:
        raise ValueError("only a TCP packet can be reset")
    if tcp.flags & ACK:
        seq, ack, flags = tcp.ack, 0, RST
    else:
        length = headers.length - headers.payload_offset - tcp.offset
        length += bool(tcp.flags & SYN) + bool(tcp.flags & FIN)
        seq, ack, flags = 0, (tcp.seq + length) & 0xFFFFFFFF, RST | ACK
    part = tcp.dport.to_bytes(2, "big") + tcp.sport.to_bytes(2, "big")
    part += seq.to_bytes(4, "big") + ack.to_bytes(4, "big") + bytes((5 << 4, flags)) + bytes(6)
    ends = headers.dst.packed + headers.src.packed
    if about.family == 4:
        ip = bytes((0x45, tos, 0, 0, 0, 0, 0x40, 0, ttl, IPPROTO_TCP, 0, 0))
    else:
        ip = (0x60000000 | tos << 20).to_bytes(4, "big") + bytes((0, 0, IPPROTO_TCP, ttl))
    return sealed(ip + ends + part)
