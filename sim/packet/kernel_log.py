"""The line that LOG writes to the kernel log (net/netfilter/nf_log_syslog.c).

Device names, addresses and header fields in the kernel's own words; no newline, and the blank
at its end is kept, because log watchers match the text as it is.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

from sim.base.frozen import dataclass
from sim.packet.headers import (
    IPPROTO_AH,
    IPPROTO_ESP,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
)
from sim.packet.packet import Packet

_FLAGS = (
    (128, "CWR"),
    (64, "ECE"),
    (32, "URG"),
    (16, "ACK"),
    (8, "PSH"),
    (4, "RST"),
    (2, "SYN"),
    (1, "FIN"),
)
# Bytes of an ICMP message that must be there before more than type and code is told.
_ICMP_LENGTH = {0: 4, 3: 28, 4: 28, 5: 28, 8: 4, 11: 28, 12: 28, 13: 20, 14: 20, 17: 12, 18: 12}
_HOP_BY_HOP, _ROUTING, _FRAGMENT, _NONE, _OPTIONS = 0, 43, 44, 59, 60


@dataclass(frozen=True, slots=True)
class Wish:
    """What LOG's switches ask for."""

    tcp_sequence: bool = False
    tcp_options: bool = False
    ip_options: bool = False
    uid: bool = False
    mac_decode: bool = False


def log_line(
    packet: Packet,
    prefix: str = "",
    in_iface: str = "",
    out_iface: str = "",
    wish: Wish | None = None,
    physin: str = "",
    physout: str = "",
) -> str:
    """The whole line, from the prefix on."""
    wish = wish or Wish()
    words = f"{prefix}IN={in_iface} OUT={out_iface} "
    if physin and physin != in_iface:
        words += f"PHYSIN={physin} "
    if physout and physout != out_iface:
        words += f"PHYSOUT={physout} "
    if in_iface:
        words += _link(packet, in_iface, wish)
    data, tail = packet.data[: packet.headers.length], ""
    if wish.uid and packet.owner is not None and packet.owner.has_file:
        tail += f"UID={packet.owner.uid} GID={packet.owner.gid} "
    if packet.mark:
        tail += f"MARK={packet.mark:#x} "
    return words + (_ip4(data, wish, tail) if packet.family == 4 else _ip6(data, wish, tail))


def _link(packet: Packet, in_iface: str, wish: Wish) -> str:
    """The Ethernet header: destination, source, type. Loopback has one too, all zeros."""
    if in_iface == "lo":
        return f"MAC={'00:' * 12}{'08:00' if packet.family == 4 else '86:dd'} "
    link = packet.link
    source = link.src_mac if link is not None else ""
    destination = link.dst_mac if link is not None else ""
    kind = "0800" if packet.family == 4 else "86dd"
    if not source and not destination:
        return "MAC= "
    if wish.mac_decode:
        return f"MACSRC={source} MACDST={destination} MACPROTO={kind} "
    return f"MAC={destination}:{source}:{kind[:2]}:{kind[2:]} "


def _ip4(data: bytes, wish: Wish, tail: str | None) -> str:
    """``tail`` ends what could be told to the end; ``None``: this is a quoted packet."""
    if len(data) < 20:
        return "TRUNCATED"
    size, tos, fragment = (data[0] & 15) * 4, data[1], int.from_bytes(data[6:8], "big")
    words = f"SRC={IPv4Address(data[12:16])} DST={IPv4Address(data[16:20])} "
    words += f"LEN={_word(data, 2)} TOS=0x{tos & 0x1E:02X} PREC=0x{tos & 0xE0:02X} "
    words += f"TTL={data[8]} ID={_word(data, 4)} "
    words += "CE " * bool(fragment & 0x8000) + "DF " * bool(fragment & 0x4000)
    words += "MF " * bool(fragment & 0x2000)
    offset = fragment & 0x1FFF
    if offset:
        words += f"FRAG:{offset} "
    if wish.ip_options and size > 20:
        if len(data) < size:
            return words + "TRUNCATED"
        words += f"OPT ({data[20:size].hex().upper()}) "
    part, is_later, end = data[size:], bool(offset), tail or ""
    match data[9]:
        case protocol if protocol == IPPROTO_TCP:
            return words + _tcp(part, is_later, wish, end)
        case protocol if protocol in (IPPROTO_UDP, IPPROTO_UDPLITE):
            return words + _udp(part, protocol, is_later, end)
        case protocol if protocol == IPPROTO_ICMP:
            words += "PROTO=ICMP " + ("" if is_later else _icmp(part, wish, tail is not None))
        case protocol if protocol == IPPROTO_AH:
            words += "PROTO=AH " + ("" if is_later else _spi(part, 4, 12))
        case protocol if protocol == IPPROTO_ESP:
            words += "PROTO=ESP " + ("" if is_later else _spi(part, 0, 8))
        case protocol:
            words += f"PROTO={protocol} "
    return words + end


def _tcp(part: bytes, is_later: bool, wish: Wish, tail: str) -> str:
    """What ends early, with INCOMPLETE or TRUNCATED, has no tail."""
    words = "PROTO=TCP "
    if is_later:
        return words + tail
    if len(part) < 20:
        return words + _incomplete(part)
    words += f"SPT={_word(part, 0)} DPT={_word(part, 2)} "
    if wish.tcp_sequence:
        words += f"SEQ={_long(part, 4)} ACK={_long(part, 8)} "
    words += f"WINDOW={_word(part, 14)} RES=0x{(part[12] & 0x0F) << 2:02x} "
    words += "".join(f"{name} " for bit, name in _FLAGS if part[13] & bit)
    words += f"URGP={_word(part, 18)} "
    size = (part[12] >> 4) * 4
    if wish.tcp_options and size > 20:
        if len(part) < size:
            return words + "OPT (TRUNCATED)"
        words += f"OPT ({part[20:size].hex().upper()}) "
    return words + tail


def _udp(part: bytes, protocol: int, is_later: bool, tail: str) -> str:
    words = "PROTO=UDP " if protocol == IPPROTO_UDP else "PROTO=UDPLITE "
    if is_later:
        return words + tail
    if len(part) < 8:
        return words + _incomplete(part)
    return words + f"SPT={_word(part, 0)} DPT={_word(part, 2)} LEN={_word(part, 4)} {tail}"


def _icmp(part: bytes, wish: Wish, recurse: bool) -> str:
    if len(part) < 8:
        return _incomplete(part)
    kind, code = part[0], part[1]
    words = f"TYPE={kind} CODE={code} "
    if len(part) < _ICMP_LENGTH.get(kind, 0):
        return words + _incomplete(part)
    if kind in (0, 8):
        words += f"ID={_word(part, 4)} SEQ={_word(part, 6)} "
    elif kind == 12:
        words += f"PARAMETER={part[4]} "
    elif kind in (3, 4, 5, 11):
        if kind == 5:
            words += f"GATEWAY={IPv4Address(part[4:8])} "
        if recurse:
            words += f"[{_ip4(part[8:], wish, None)}] "
        if kind == 3 and code == 4:
            words += f"MTU={_word(part, 6)} "
    return words


def _ip6(data: bytes, wish: Wish, tail: str | None) -> str:
    if len(data) < 40:
        return "TRUNCATED"
    words = f"SRC={IPv6Address(data[8:24]).exploded} DST={IPv6Address(data[24:40]).exploded} "
    first = _long(data, 0)
    words += f"LEN={_word(data, 4) + 40} TC={first >> 20 & 0xFF} HOPLIMIT={data[7]} "
    words += f"FLOWLBL={first & 0xFFFFF} "
    protocol, at, is_later, walked, ends = _extensions(data, wish)
    words += walked
    if ends:
        return words
    part, end = data[at:], tail or ""
    if protocol == IPPROTO_TCP:
        return words + _tcp(part, is_later, wish, end)
    if protocol in (IPPROTO_UDP, IPPROTO_UDPLITE):
        return words + _udp(part, protocol, is_later, end)
    if protocol != IPPROTO_ICMPV6:
        return words + f"PROTO={protocol} {end}"
    words += "PROTO=ICMPv6 "
    if not is_later and len(part) < 8:
        return words + _incomplete(part)
    return words + ("" if is_later else _icmp6(part, wish, tail is not None)) + end


def _extensions(data: bytes, wish: Wish) -> tuple[int, int, bool, str, bool]:
    """(last header, where it is, later fragment?, what was told on the way, is that all?)."""
    protocol, at, is_later, words = data[6], 40, False, ""
    known = (_HOP_BY_HOP, _ROUTING, _FRAGMENT, IPPROTO_ESP, IPPROTO_AH, _OPTIONS)
    while protocol in known:
        part = data[at:]
        if len(part) < 2:
            return protocol, at, is_later, words + "TRUNCATED", True
        words += "OPT ( " if wish.ip_options else ""
        end = ")" if wish.ip_options else ""
        size = (part[1] + 1) * 8
        if protocol == _FRAGMENT:
            if len(part) < 8:
                return protocol, at, is_later, words + "FRAG:TRUNCATED ", True
            place = _word(part, 2)
            words += f"FRAG:{place & 0xFFF8} " + "INCOMPLETE " * (place & 1)
            words += f"ID:{_long(part, 4):08x} "
            is_later, size = is_later or place & 0xFFF8 > 0, 8
        elif protocol == IPPROTO_AH:
            if wish.ip_options:
                words += "AH "
                if is_later or len(part) < 12:
                    told = "" if is_later else _incomplete(part)
                    return protocol, at, is_later, words + told + ")", True
                words += f"SPI={_long(part, 4):#x} "
            size = (part[1] + 2) * 4
        elif protocol == IPPROTO_ESP:
            if wish.ip_options:
                told = "" if is_later else _spi(part, 0, 8)
                words += f"ESP {told})"
            return protocol, at, is_later, words, True
        elif is_later:
            return protocol, at, is_later, words + end, True
        words += ") " if wish.ip_options else ""
        protocol, at = part[0], at + size
    return protocol, at, is_later, words, False


def _icmp6(part: bytes, wish: Wish, recurse: bool) -> str:
    kind = part[0]
    words = f"TYPE={kind} CODE={part[1]} "
    if kind in (128, 129):
        words += f"ID={_word(part, 4)} SEQ={_word(part, 6)} "
    elif kind in (1, 2, 3, 4):
        if kind == 4:
            words += f"POINTER={_long(part, 4):08x} "
        if recurse:
            words += f"[{_ip6(part[8:], wish, None)}] "
        if kind == 2:
            words += f"MTU={_long(part, 4)} "
    return words


def _spi(part: bytes, at: int, least: int) -> str:
    return _incomplete(part) if len(part) < least else f"SPI={_long(part, at):#x} "


def _incomplete(part: bytes) -> str:
    return f"INCOMPLETE [{len(part)} bytes] "


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _long(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")
