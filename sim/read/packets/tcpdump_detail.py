"""What tcpdump's printers write behind the two ends, by protocol."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sim.packet.headers import (
    IPPROTO_AH,
    IPPROTO_DCCP,
    IPPROTO_ESP,
    IPPROTO_GRE,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
)
from sim.packet.transport import octets
from sim.read.packets.tcpdump_icmp import icmp, icmp6
from sim.read.packets.tcpdump_numbers import LENGTH, MASK, Detail
from sim.read.packets.values import DCCP_TYPES, SCTP_CHUNKS

_FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, ".": 16, "U": 32, "E": 64, "W": 128}
_TCP = re.compile(r"Flags \[(?P<flags>[^\]]*)\]")
_LAST_PAREN = re.compile(r"\((\d+)\)\s*\Z")
_QUICK = re.compile(r"(tcp|UDP|udp) (\d+)\Z")
_SEQ = re.compile(r"\bseq (\d+)(?::(\d+))?")
_ACK = re.compile(r"\back (\d+)")
_DNS = re.compile(
    r"(\d{1,5})(\+?)[%*|$-]*(?: \[\w+\])* (A|AAAA|PTR|MX|NS|TXT|SOA|SRV|HTTPS)\? (\S+)\. "
)
_DNS_TYPES = {"A": 1, "NS": 2, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
              "HTTPS": 65}  # fmt: skip


def detail_of(text: str, protocol: int) -> Detail:
    """The protocol (given by ``-v``, else told from the text) and what is said of its header."""
    found = _TCP.match(text)
    if found is not None:
        return _tcp(text, found["flags"])
    for pattern, read in PRINTERS:
        match = re.match(pattern, text)
        if match is not None:
            return read(text, match)
    if protocol == IPPROTO_TCP:
        return Detail(IPPROTO_TCP, {"flags": 16})
    if protocol not in (0, IPPROTO_UDP):
        return Detail(protocol, _payload(text))
    return _udp(text)


def _payload(text: str) -> dict[str, Any]:
    length = LENGTH.findall(text)
    paren = _LAST_PAREN.search(text)
    size = int(length[-1]) if length else int(paren[1]) if paren else 0
    return {"payload": bytes(min(size, 65500))} if size else {}


def _udp(text: str) -> Detail:
    """Anything else is the printer of something inside UDP: DNS, NTP, DHCP, ..."""
    fields = _payload(text)
    found = _DNS.match(text)
    if found is not None:
        query = _dns_query(int(found[1]), bool(found[2]), found[3], found[4])
        if len(query) == len(fields.get("payload", b"")):
            fields["payload"] = query
    return Detail(IPPROTO_UDP, fields)


def _dns_query(ident: int, recursion: bool, kind: str, name: str) -> bytes:
    """The question as it was on the wire, when the length shows that there was no more."""
    labels = name.encode("ascii", "replace").split(b".")
    encoded = b"".join(bytes((min(63, len(label)),)) + label[:63] for label in labels)
    flags = b"\x01\0" if recursion else b"\0\0"
    counts = b"\0\x01" + bytes(6)
    tail = b"\0" + octets(_DNS_TYPES[kind], 2) + b"\0\x01"
    return octets(ident, 2) + flags + counts + encoded + tail


def _tcp(text: str, flags: str) -> Detail:
    fields: dict[str, Any] = {"flags": sum(_FLAGS.get(letter, 0) for letter in set(flags))}
    if flags == "none":
        fields["flags"] = 0
    for name, pattern in (("window", r"\bwin (\d+)"), ("urgent", r"\burg (\d+)")):
        found = re.search(pattern, text)
        if found:
            fields[name] = int(found[1]) & 0xFFFF
    options = re.search(r"options \[([^\]]*)\]", text)
    if options:
        fields["options"] = _tcp_options(options[1])
    seq, ack = _SEQ.search(text), _ACK.search(text)
    head = text.partition(": ")[0] if ": HTTP" in text else text
    sizes = LENGTH.findall(head)
    size = int(sizes[0]) if sizes else 0
    if not size and seq and seq[2]:
        size = int(seq[2]) - int(seq[1]) & MASK
    if size:
        fields["payload"] = bytes(min(size, 65400))
    return Detail(
        IPPROTO_TCP,
        fields,
        seq=int(seq[1]) & MASK if seq else None,
        ack=int(ack[1]) & MASK if ack else None,
    )


def _tcp_options(text: str) -> bytes:
    """The options as bytes, in the order printed; unknown ones are left out."""
    out = b""
    for word in text.split(","):
        parts = word.split()
        match parts:
            case ["nop"]:
                out += b"\x01"
            case ["eol"]:
                out += b"\x00"
            case ["sackOK"]:
                out += b"\x04\x02"
            case ["mss", number] if number.isdecimal():
                out += b"\x02\x04" + octets(int(number), 2)
            case ["wscale", number] if number.isdecimal():
                out += b"\x03\x03" + octets(int(number), 1)
            case ["TS", "val", value, "ecr", echo] if value.isdecimal() and echo.isdecimal():
                out += b"\x08\x0a" + octets(int(value), 4) + octets(int(echo), 4)
    return out[:40]


def _quick(text: str, match: re.Match[str]) -> Detail:
    """``-q``: only the protocol and how much it carries."""
    size = int(match[2])
    payload = {"payload": bytes(min(size, 65400))} if size else {}
    return Detail(IPPROTO_TCP if match[1] == "tcp" else IPPROTO_UDP, payload)


def _sctp(text: str, match: re.Match[str]) -> Detail:
    kind = re.search(r"\[([A-Z][A-Z ]+)\]", text)
    names = {name.upper().replace("-", " "): number for name, number in SCTP_CHUNKS.items()}
    names |= {"HB REQ": 4, "HB ACK": 5}
    fields: dict[str, Any] = {"kind": names.get(kind[1], 0) if kind else 0}
    tag = re.search(r"init tag: (\d+)", text)
    if tag:
        fields["init_tag"] = int(tag[1]) & MASK
    return Detail(IPPROTO_SCTP, fields)


def _dccp(text: str, match: re.Match[str]) -> Detail:
    kind = re.search(r"DCCP-(\w+)", text)
    return Detail(IPPROTO_DCCP, {"kind": DCCP_TYPES.get(kind[1].lower(), 0) if kind else 0})


def _gre(text: str, match: re.Match[str]) -> Detail:
    key = re.search(r"key=(0x[0-9a-f]+)", text)
    return Detail(IPPROTO_GRE, {"key": int(key[1], 16) & MASK} if key else {})


def _sealed(text: str, match: re.Match[str]) -> Detail:
    """``ESP(spi=...,seq=...)`` and ``AH(...)``"""
    fields: dict[str, Any] = {}
    for name in ("spi", "seq"):
        found = re.search(rf"\b{name}=(0x[0-9a-f]+)", text)
        if found:
            fields[name] = int(found[1], 16) & MASK
    protocol = IPPROTO_ESP if match[1] == "ESP" else IPPROTO_AH
    size = LENGTH.findall(text)
    if protocol == IPPROTO_ESP and size and int(size[-1]) > 8:
        fields["payload"] = bytes(int(size[-1]) - 8)
    return Detail(protocol, fields)


def _numbered(text: str, match: re.Match[str]) -> Detail:
    """``ip-proto-253 3``"""
    size = match[2]
    return Detail(int(match[1]) & 255, {"payload": bytes(min(int(size), 65400))} if size else {})


def _named(text: str, match: re.Match[str]) -> Detail:
    numbers = {"igmp": 2, "OSPF": 89, "VRRP": 112, "PIM": 103, "EIGRP": 88, "L2TP": 115}
    return Detail(next(number for name, number in numbers.items() if match[1].startswith(name)))


PRINTERS: tuple[tuple[str, Callable[[str, re.Match[str]], Detail]], ...] = (
    (r"(tcp|UDP|udp) (\d+)\Z", _quick),
    (r"ICMP ", icmp),
    (r"(?:\[icmp6 sum ok\] )?ICMP6, ", icmp6),
    (r"sctp\b", _sctp),
    (r"DCCP\b", _dccp),
    (r"GREv\d", _gre),
    (r"(ESP|AH)\(", _sealed),
    (r"\s*ip-proto-(\d{1,3})(?:\s+(\d{1,5}))?", _numbered),
    (r"(igmp|OSPF|VRRP|PIM|EIGRP)\b", _named),
)
