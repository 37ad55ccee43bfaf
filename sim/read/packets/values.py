"""Words of the packets text to values. Each raises ``ValueError`` with what was wanted."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

from sim.model.host import Host
from sim.packet.headers import TCP_FLAG_NAMES
from sim.packet.packet import Address
from sim.packet.protocols import PROTOCOLS
from sim.read.host.values import address, number, port, protocol
from sim.read.lines import clip, did_you_mean
from sim.read.packets.language import BY_WORD

DSCP_CLASSES = {
    "be": 0, "cs0": 0, "cs1": 8, "cs2": 16, "cs3": 24, "cs4": 32, "cs5": 40, "cs6": 48, "cs7": 56,
    "af11": 10, "af12": 12, "af13": 14, "af21": 18, "af22": 20, "af23": 22, "af31": 26,
    "af32": 28, "af33": 30, "af41": 34, "af42": 36, "af43": 38, "ef": 46,
}  # fmt: skip
ECN_NAMES = {"not-ect": 0, "ect1": 1, "ect0": 2, "ce": 3}

SCTP_CHUNKS = {
    "data": 0, "init": 1, "init-ack": 2, "sack": 3, "heartbeat": 4, "heartbeat-ack": 5, "abort": 6,
    "shutdown": 7, "shutdown-ack": 8, "error": 9, "cookie-echo": 10, "cookie-ack": 11,
    "shutdown-complete": 14,
}  # fmt: skip
DCCP_TYPES = {
    "request": 0, "response": 1, "data": 2, "ack": 3, "dataack": 4, "closereq": 5, "close": 6,
    "reset": 7, "sync": 8, "syncack": 9,
}  # fmt: skip
EXTENSIONS = {"hop": 0, "hbh": 0, "hop-by-hop": 0, "route": 43, "rt": 43, "dst": 60, "auth": 51}

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def attribute_number(key: str, text: str) -> int:
    """The number of an attribute, also by the names that DSCP and ECN have."""
    names = DSCP_CLASSES if key == "dscp" else ECN_NAMES if key == "ecn" else {}
    if text.lower() in names:
        return names[text.lower()]
    known = BY_WORD[key]
    return number(text, known.low, known.high)


# What stands between flags: a comma here, and whatever people write (SYN-ACK, psh+ack).
_BETWEEN_FLAGS = re.compile(r"[,+/|-]")


def tcp_flags(text: str) -> int:
    """A list of flags such as ``syn,ack`` or ``SYN-ACK``, or ``none``; as a mask of header bits."""
    value = 0
    for word in _BETWEEN_FLAGS.split(text.lower()):
        if word in TCP_FLAG_NAMES:
            value |= 1 << TCP_FLAG_NAMES.index(word)
        elif word not in ("none", ""):
            hint = did_you_mean(word, TCP_FLAG_NAMES)
            raise ValueError(
                f'"{clip(word)}" is not a TCP flag ({", ".join(TCP_FLAG_NAMES)} or none)'
                + (f"; {hint}" if hint else "")
            )
    return value


def is_flags(text: str) -> bool:
    return all(word in (*TCP_FLAG_NAMES, "none") for word in _BETWEEN_FLAGS.split(text.lower()))


def end(text: str, host: Host) -> tuple[Address, int | None]:
    """``address`` or ``address:port``; IPv6 with a port needs brackets.

    A name that the host text defines stands for its first address.
    """
    if text.startswith("["):
        inside, bracket, tail = text[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            raise ValueError(f'"{clip(text)}" is not an address such as [2001:db8::1]:443')
        found = address(inside)
        if not isinstance(found, IPv6Address):
            raise ValueError(f"{clip(text)}: brackets are for IPv6 addresses")
        return found, port(tail[1:]) if tail else None
    if text.count(":") > 1:
        return address(text), None
    name, colon, tail = text.partition(":")
    if name in host.hostnames:
        return host.hostnames[name][0], port(tail) if colon else None
    found = address(name)
    return found, port(tail) if colon else None


def packet_protocol(text: str) -> int:
    """The protocol of a packet, with a hint for a misspelt one."""
    try:
        return protocol(text)
    except ValueError:
        hint = did_you_mean(text, (*PROTOCOLS, "icmpv6"))
        raise ValueError(
            f'"{clip(text)}" is not a protocol (tcp, udp, icmp, ... or "proto" and its number)'
            + (f"; {hint}" if hint else "")
        ) from None


def hex_bytes(text: str) -> bytes:
    """Bytes from hex digits; blanks, colons and a leading ``0x`` do not matter."""
    digits = re.sub(r"0x|[\s:]", "", unquoted(text))
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise ValueError("these are not bytes in hex: two digits for each") from None


def payload(text: str) -> bytes:
    """Payload text; in quotes with ``\\n``, ``\\r``, ``\\t``, ``\\0``, ``\\xNN`` and so on."""
    if not text.startswith('"'):
        return text.encode()
    out = bytearray()
    at, inner = 0, text[1:-1]
    while at < len(inner):
        char = inner[at]
        if char != "\\":
            out += char.encode("utf-8", "replace")
            at += 1
        elif inner[at + 1] == "x":
            digits = inner[at + 2 : at + 4]
            if not re.fullmatch("[0-9a-fA-F]{2}", digits):
                raise ValueError("after \\x two hex digits are wanted")
            out.append(int(digits, 16))
            at += 4
        else:
            out += _ESCAPES.get(inner[at + 1], inner[at + 1]).encode("utf-8", "replace")
            at += 2
    return bytes(out)


def unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text.startswith('"') and text.endswith('"') else text


# What a terminal is called in an error.
WANTED = {
    "COMMAND": "a command (iptables, ip, ...)",
    "DEVICE": "an interface",
    "PROTOCOL": "a protocol (tcp, udp, icmp, ...)",
    "ENDPOINT": "an address (and port)",
    "PREFIX": "an address such as 192.0.2.1/24",
    "DURATION": "a time such as 30s",
    "OWNER": "a name or number",
    "NUMBER": "a number",
    "MARK": "a mark",
    "HEX": "bytes in hex",
    "STRING": "text in quotes",
    "PLAIN": "a word",
    "PAIR": "two numbers such as 5/0",
    "RANGES": "ranges such as 5-9",
    "CHECKSUM": "a number or bad",
    "ICMP_TYPE": "a type",
    "FLAGS": "TCP flags such as syn,ack",
    "MAC": "a MAC address",
    "BYTES": "bytes such as 0-1479",
    "QUOTED": "a statement's number or a packet in parentheses",
    "EXTENSION": "an extension header (hbh, dst, rt)",
    "BARE": "an attribute",
    "_ARROW": '"->"',
    "NUMBER_KEY": "ttl, tos, length, seq, ...",
    "FLAG_KEY": "df, mf, ...",
    "MAC_KEY": "src-mac, dst-mac",
    "OPERATION": "request or reply",
    "ARP_KEY": "src-mac, dst-mac, sender-mac, target-mac",
    "OWNER_KEY": "uid, gid, pid, sid, cmd, cgroup",
}
