"""One state's work on a packet: its new IP header, if it is a tunnel's, and what is packed.

net/xfrm/xfrm_output.c (xfrm4_tunnel_encap_add, xfrm6_tunnel_encap_add), esp_output, ah_output.
"""

from __future__ import annotations

from sim.kernel.ipsec.esp import in_udp, is_clear, with_ah, wrapped
from sim.model.ipsec import State, XfrmMode
from sim.packet.chance import header, laid_in
from sim.packet.checksum import checksum
from sim.packet.headers import IPPROTO_AH, IPPROTO_ESP, IPPROTO_UDP
from sim.packet.packet import Packet

IPPROTO_IPIP, IPPROTO_IPV6 = 4, 41
DF = 0x40


def worked(state: State, packet: Packet, sequence: int, ident: int) -> bytes:
    """One state's work on a packet (xfrm_output_one). ``ident``: of a new IPv4 header."""
    data = packet.data
    headers = packet.headers
    if state.mode is XfrmMode.TUNNEL:
        following = IPPROTO_IPIP if headers.family == 4 else IPPROTO_IPV6
        head, content = _outer(state, packet, ident), data
    else:
        size = headers.payload_offset
        head, content, following = data[:size], data[size:], headers.protocol
    if state.protocol == IPPROTO_AH:
        return with_ah(state, head, content, following, sequence)
    part = wrapped(state, content, following, sequence)
    protocol = IPPROTO_ESP
    if state.encap is not None:
        protocol, part = IPPROTO_UDP, in_udp(state.encap, part)
    return joined(head, protocol, part)


def encrypts(state: State) -> bool:
    """Can nobody read what this state has packed?"""
    return state.protocol == IPPROTO_ESP and not is_clear(state)


def hidden(state: State, packet: Packet, data: bytes) -> bytes:
    """The mask (sim.packet.chance) of what ``worked`` made of a packet: ``data``.

    A tunnel's header has an ident of its own. ESP shows its SPI and sequence number, and its
    content only where it encrypts nothing; AH's check value covers the ident.
    """
    is_tunnel = state.mode is XfrmMode.TUNNEL
    size = 40 if data[0] >> 4 == 6 else (data[0] & 15) * 4
    outer = header(data) if is_tunnel else packet.unknown[:size]
    start = 0 if is_tunnel else packet.headers.payload_offset
    inner = packet.unknown[start:]
    if state.protocol == IPPROTO_AH:
        content = len(data) - (len(packet.data) - start)
        return laid_in(outer.ljust(size + 12, b"\0").ljust(content, b"\xff"), content, inner)
    at = size + 8 + (8 if state.encap is not None else 0)
    if not encrypts(state):
        return laid_in(outer, at, inner)
    return laid_in(outer, at, b"\xff" * (len(data) - at))


def joined(head: bytes, protocol: int, part: bytes) -> bytes:
    """Header and content with protocol, length and header checksum made right."""
    packet = bytearray(head + part)
    if packet[0] >> 4 == 6:
        packet[6] = protocol
        packet[4:6] = (len(packet) - 40).to_bytes(2, "big")
        return bytes(packet)
    packet[9] = protocol
    packet[2:4] = len(packet).to_bytes(2, "big")
    packet[10:12] = b"\0\0"
    packet[10:12] = checksum(bytes(packet[: len(head)])).to_bytes(2, "big")
    return bytes(packet)


def _outer(state: State, packet: Packet, ident: int) -> bytes:
    """The tunnel's IP header (xfrm4_tunnel_encap_add, xfrm6_tunnel_encap_add)."""
    headers = packet.headers
    dscp = 0 if "dont-encap-dscp" in state.flags else headers.tos & 0xFC
    ecn = headers.tos & 3
    tos = dscp | (2 if ecn == 3 else ecn)
    if "noecn" in state.flags:
        tos &= 0xFC
    ends = state.source.packed + state.destination.packed
    if state.source.version == 6:
        label = headers.flow_label if headers.family == 6 else 0
        first = 6 << 28 | tos << 20 | label
        return first.to_bytes(4, "big") + bytes((0, 0, 0, 64)) + ends
    dont_fragment = headers.dont_fragment if headers.family == 4 else True
    flags = DF if dont_fragment and "nopmtudisc" not in state.flags else 0
    number = 0 if flags else ident
    head = bytes((0x45, tos, 0, 0)) + number.to_bytes(2, "big")
    return head + bytes((flags, 0, 64, 0, 0, 0)) + ends
