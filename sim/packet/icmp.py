"""ICMP and ICMPv6 errors as the kernel makes them (net/ipv4/icmp.c, net/ipv6/icmp.c).

Building and the stack's own rules for keeping silent; routing and rate limits are not here.
"""

from __future__ import annotations

from ipaddress import IPv6Address

from sim.packet.checksum import checksum, pseudo_header
from sim.packet.headers import (
    IPPROTO_AH,
    IPPROTO_ESP,
    IPPROTO_GRE,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
)
from sim.packet.packet import Address, Packet, sealed

# icmp_pointers[].error; every type above 18 counts as an error too.
ICMP_ERROR_TYPES = frozenset({1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12})
ICMP_LAST_TYPE = 18

DEST_UNREACH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM = 3, 5, 11, 12
V6_DEST_UNREACH, V6_TOO_BIG, V6_TIME_EXCEEDED, V6_PARAMETER_PROBLEM = 1, 2, 3, 4

UNKNOWN_OPTION6 = (V6_PARAMETER_PROBLEM, 2)  # type and code

# A whole IPv4 error is at most this long; an IPv6 one as long as the smallest MTU.
LONGEST_ERROR = 576
LONGEST_ERROR_6 = 1280

# IP options that __ip_options_echo copies into the answer: record route, timestamp,
# CIPSO, loose and strict source route.
ECHOED_OPTIONS = frozenset({7, 68, 134, 131, 137})


def is_error_allowed(about: Packet, type: int = -1, code: int = -1, info: int = 0) -> bool:
    """May the host send an ICMP error about this packet at all?

    No for what came as a link broadcast or multicast, for later fragments, for ICMP errors, and
    in IPv6 for multicast destinations (except packet-too-big and what is said about an unknown
    option, which says so itself) and anonymous sources. In IPv4
    the caller also keeps silent when the packet's *route* was broadcast or multicast.
    """
    if about.family == 6:
        return _is_error_allowed6(about, type, code, info)
    headers = about.headers
    if about.link is not None and about.link.kind != "host":
        return False
    if headers.fragment_offset:
        return False
    return not is_icmp_error(about)


def is_icmp_error(packet: Packet) -> bool:
    """Is it an ICMP error, or too short to tell (which the kernel takes for one)?"""
    headers = packet.headers
    part = packet.data[headers.payload_offset : max(headers.payload_offset, headers.length)]
    if headers.protocol == IPPROTO_ICMP and headers.family == 4:
        return not part or part[0] > ICMP_LAST_TYPE or part[0] in ICMP_ERROR_TYPES
    if headers.protocol == IPPROTO_ICMPV6 and headers.family == 6:
        if headers.fragment_offset or (headers.more_fragments and not part):
            return False  # is_ineligible: what it is stands in another fragment
        return not part or part[0] < 128
    return False


def _is_error_allowed6(about: Packet, type: int, code: int, info: int) -> bool:
    headers = about.headers
    is_host = about.link is None or about.link.kind == "host"
    to_many = headers.dst.is_multicast or not is_host
    is_answered = (type, code) == UNKNOWN_OPTION6 and _is_told_to_many(about, info)
    if to_many and type != V6_TOO_BIG and not is_answered:
        return False
    if headers.src.is_multicast or headers.src == IPv6Address(0):
        return False
    return not is_icmp_error(about)


def _is_told_to_many(about: Packet, place: int) -> bool:
    """opt_unrec: does the option at ``place`` want an error even where many were addressed?"""
    return place >= len(about.data) or about.data[place] & 0xC0 == 0x80


def icmp_error(
    about: Packet,
    type: int,
    code: int,
    source: Address | None,
    info: int = 0,
    *,
    ttl: int = 64,
    ident: int = 0,
    mtu: int = LONGEST_ERROR,
) -> bytes:
    """The IP packet of an ICMP error that quotes ``about``.

    ``source`` ``None``: all zeros, to be set with ``Packet.with_source`` once routed. ``info``
    is the second word of the ICMP header (the MTU, a gateway). ``mtu`` is that of the route
    back; IPv4 quotes what fits into it, at most 548 bytes. The kernel's IPv4 ident and IPv6
    flow label are unpredictable: here they are ``ident`` and 0.
    """
    headers = about.headers
    whole = about.data[: headers.length]
    if about.family == 6 and headers.length == 40:  # a hop-by-hop header was to name the length
        whole = about.data
    head = bytes((type, code, 0, 0)) + info.to_bytes(4, "big")
    if about.family == 4:
        quote = whole[: min(mtu, LONGEST_ERROR) - 28]
        origin = source.packed if source is not None else bytes(4)
        tos = headers.tos & 0x1E | 0xC0  # RT_TOS(tos) | IPTOS_PREC_INTERNETCONTROL
        ip = bytes((0x45, tos, 0, 0)) + ident.to_bytes(2, "big") + bytes((0, 0))
        ip += bytes((ttl, IPPROTO_ICMP, 0, 0)) + origin + headers.src.packed
        return sealed(ip + head + quote)
    quote = whole[: LONGEST_ERROR_6 - 48]
    origin = source.packed if source is not None else bytes(16)
    ip = bytes((0x60, 0, 0, 0, 0, 0, IPPROTO_ICMPV6, ttl)) + origin + headers.src.packed
    return sealed(ip + head + quote)


def has_echoed_options(about: Packet) -> bool:
    """Does the packet carry IP options that the kernel copies into its answer?"""
    options, at = about.headers.options, 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        if options[at] in ECHOED_OPTIONS:
            return True
        if at + 1 >= len(options) or options[at + 1] < 2:
            return False
        at += options[at + 1]
    return False


def checksum_holds(packet: Packet) -> bool:
    """nf_ip_checksum / nf_ip6_checksum: is the transport checksum right?

    Any protocol is summed as if the whole payload were under one plain checksum, for IPv6 (and
    IPv4 TCP and UDP) with the pseudo header; ``is_checksummed`` says for which that makes sense.
    """
    headers = packet.headers
    part = packet.payload
    prefix = b""
    if packet.family == 6 or headers.protocol in (IPPROTO_TCP, IPPROTO_UDP):
        prefix = pseudo_header(headers.src.packed, headers.dst.packed, headers.protocol, len(part))
    else:
        # The IP header is under the sum too; it is right or the packet would not be here.
        prefix = packet.data[: headers.payload_offset]
    return checksum(prefix + part) == 0


def is_checksummed(packet: Packet) -> bool:
    """nf_reject_verify_csum: does REJECT insist on a right checksum for this packet?"""
    headers = packet.headers
    if headers.protocol == IPPROTO_UDP and headers.udp is not None:
        return headers.udp.checksum != 0
    return headers.protocol not in (
        IPPROTO_GRE,
        IPPROTO_AH,
        IPPROTO_ESP,
        IPPROTO_SCTP,
        IPPROTO_UDPLITE,
    )
