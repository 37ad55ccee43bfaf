"""What tcpdump's printers write behind the two ends, by protocol."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sim.headers import (
    IPPROTO_AH,
    IPPROTO_DCCP,
    IPPROTO_ESP,
    IPPROTO_GRE,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_SCTP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    SYN,
)
from sim.parser.host_values import address
from sim.parser.packet_values import DCCP_TYPES, SCTP_CHUNKS
from sim.wire_transport import octets

MASK = 0xFFFFFFFF
TcpKey = tuple[object, int, object, int]

_FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, ".": 16, "U": 32, "E": 64, "W": 128}
_TCP = re.compile(r"Flags \[(?P<flags>[^\]]*)\]")
_LENGTH = re.compile(r"\blength:? (\d+)")
_LAST_PAREN = re.compile(r"\((\d+)\)\s*\Z")
_QUICK = re.compile(r"(tcp|UDP|udp) (\d+)\Z")
_SEQ = re.compile(r"\bseq (\d+)(?::(\d+))?")
_ACK = re.compile(r"\back (\d+)")
_DNS = re.compile(
    r"(\d{1,5})(\+?)[%*|$-]*(?: \[\w+\])* (A|AAAA|PTR|MX|NS|TXT|SOA|SRV|HTTPS)\? (\S+)\. "
)
_DNS_TYPES = {"A": 1, "NS": 2, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
              "HTTPS": 65}  # fmt: skip


@dataclass
class Detail:
    """``seq`` and ``ack`` as printed, which may be counted from the start of the connection."""

    protocol: int
    fields: dict[str, Any] = field(default_factory=dict)
    seq: int | None = None
    ack: int | None = None
    quotes: bool = False  # an ICMP error


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
    length = _LENGTH.findall(text)
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
    sizes = _LENGTH.findall(head)
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


@dataclass
class TcpNumbers:
    """Where each connection's numbers start, kept as tcpdump keeps it (print-tcp.c).

    The first line of a connection, and every SYN, is printed with the real numbers; the rest
    counts from there unless ``-S`` was given.
    """

    starts: dict[TcpKey, tuple[int, int]] = field(default_factory=dict)

    def absolute(self, key: TcpKey, detail: Detail) -> dict[str, int]:
        """The real numbers, as far as they can be told; the rest is left to the conversation."""
        other = (key[2], key[3], key[0], key[1])
        start = self.starts.get(key)
        flags = detail.fields.get("flags", 0)
        if start is None and other in self.starts:
            start = self.starts[other][::-1]
        if start is None or flags & SYN:
            self._begin(key, detail, start)
            return _known(seq=detail.seq, ack=detail.ack if flags & 16 else None,
                          is_first=start is None and not flags & SYN)  # fmt: skip
        own, peer = start
        said = {}
        if detail.seq is not None:
            said["seq"] = _from(own, detail.seq)
        if detail.ack is not None:
            said["ack"] = _from(peer, detail.ack)
        return said

    def _begin(self, key: TcpKey, detail: Detail, before: tuple[int, int] | None) -> None:
        if detail.seq is None and detail.ack is None:
            return
        own = detail.seq if detail.seq is not None else before[0] if before else 0
        peer = detail.ack - 1 & MASK if detail.ack else before[1] if before else MASK
        self.starts.pop((key[2], key[3], key[0], key[1]), None)
        self.starts[key] = (own, peer)


def _known(*, seq: int | None, ack: int | None, is_first: bool) -> dict[str, int]:
    """Small numbers of a connection whose start is not in the paste are surely relative."""
    said = {}
    for name, value in (("seq", seq), ("ack", ack)):
        if value is not None and not (is_first and value < 1 << 20):
            said[name] = value
    return said


def _from(start: int, value: int) -> int:
    """A printed number as a real one.

    With ``-S`` it is one already: then it lies close behind a start that is large, as the
    random starts of real connections are.
    """
    is_real = 1 << 24 < start <= value < start + (1 << 30)
    return value if is_real else (start + value) & MASK


# ---- ICMP -----------------------------------------------------------------------------------

_UNREACHABLE = (
    (r"\S+ (udp|tcp|sctp|dccp) port \S+ unreachable", 3),
    (r"\S+ protocol \S+ unreachable", 2),
    (r"host \S+ unreachable - admin prohibited filter", 13),
    (r"host \S+ unreachable - admin prohibited", 10),
    (r"net \S+ unreachable - admin prohibited", 9),
    (r"host \S+ unreachable - tos prohibited", 12),
    (r"net \S+ unreachable - tos prohibited", 11),
    (r"host \S+ unreachable - host precedence", 14),
    (r"host \S+ unreachable - precedence", 15),
    (r"\S+ unreachable - need to frag", 4),
    (r"\S+ unreachable - source route failed", 5),
    (r"net \S+ unreachable - unknown", 6),
    (r"host \S+ unreachable - unknown", 7),
    (r"host \S+ unreachable", 1),
    (r"net \S+ unreachable", 0),
)
_REDIRECT = ((r"redirect-tos \S+ to net", 2), (r"redirect-tos \S+ to host", 3),
             (r"redirect \S+ to net", 0), (r"redirect \S+ to host", 1))  # fmt: skip
_UNREACHABLE6 = {"no route": 0, "unreachable route": 0, "unreachable prohibited": 1,
                 "beyond scope": 2, "unreachable address": 3, "unreachable port": 4}  # fmt: skip
_PLAIN6 = {
    "router solicitation": 133, "router advertisement": 134, "neighbor solicitation": 135,
    "neighbor advertisement": 136, "redirect": 137, "multicast listener query": 130,
    "multicast listener report v2": 143, "multicast listener report": 131,
    "multicast listener done": 132,
}  # fmt: skip


def _icmp(text: str, match: re.Match[str]) -> Detail:
    body = text[match.end() :]
    fields = _icmp_fields(body)
    kind = fields.get("type", 0)
    size = _LENGTH.findall(body)
    quotes = kind in (3, 4, 5, 11, 12)
    if size and not quotes and int(size[-1]) > 8:
        fields["payload"] = bytes(int(size[-1]) - 8)
    return Detail(IPPROTO_ICMP, fields, quotes=quotes)


def _icmp_fields(body: str) -> dict[str, Any]:
    query = re.match(r"(echo|time ?stamp|information) (request|query|reply)"
                     r"(?:,? id (\d+))?(?:,? seq (\d+))?", body)  # fmt: skip
    if query:
        first = {"e": 8, "t": 13, "i": 15}[query[1][0]]
        answer = {8: 0, 13: 14, 15: 16}[first]
        said = {"type": answer if query[2] == "reply" else first}
        return said | {
            name: int(value) & 0xFFFF
            for name, value in (("icmp_id", query[3]), ("icmp_seq", query[4]))
            if value
        }
    for pattern, code in _UNREACHABLE:
        if re.match(pattern, body):
            mtu = re.search(r"\(mtu (\d+)\)", body)
            return {"type": 3, "code": code} | ({"mtu": int(mtu[1]) & 0xFFFF} if mtu else {})
    for pattern, code in _REDIRECT:
        if re.match(pattern, body):
            return {"type": 5, "code": code} | _gateway(body)
    plain = {
        "time exceeded in-transit": (11, 0), "ip reassembly time exceeded": (11, 1),
        "source quench": (4, 0), "parameter problem": (12, 0), "address mask request": (17, 0),
        "address mask is": (18, 0), "router advertisement": (9, 0), "router solicitation": (10, 0),
    }  # fmt: skip
    for start, (kind, code) in plain.items():
        if body.startswith(start):
            return {"type": kind, "code": code}
    number = re.match(r"type-#(\d+)", body)
    if number:
        return {"type": int(number[1]) & 255}
    raise ValueError(f'the ICMP message "{body[:40]}" is not understood')


def _gateway(body: str) -> dict[str, Any]:
    found = re.search(r" to (?:net|host) (\S+?),", body + ",")
    return {"gateway": address(found[1])} if found else {}


def _icmp6(text: str, match: re.Match[str]) -> Detail:
    body = text[match.end() :]
    echo = re.match(r"echo (request|reply)(?:, id (\d+))?(?:, seq (\d+))?", body)
    size = _LENGTH.findall(body)
    if echo:
        fields: dict[str, Any] = {"type": 128 if echo[1] == "request" else 129}
        for name, value in (("icmp_id", echo[2]), ("icmp_seq", echo[3])):
            if value:
                fields[name] = int(value) & 0xFFFF
        if size and int(size[-1]) > 8:
            fields["payload"] = bytes(int(size[-1]) - 8)
        return Detail(IPPROTO_ICMPV6, fields)
    if body.startswith("destination unreachable"):
        codes = [code for words, code in _UNREACHABLE6.items() if words in body]
        return Detail(IPPROTO_ICMPV6, {"type": 1, "code": (codes or [0])[0]}, quotes=True)
    if body.startswith("packet too big"):
        mtu = re.search(r"mtu (\d+)", body)
        return Detail(IPPROTO_ICMPV6, {"type": 2, "mtu": int(mtu[1]) & MASK if mtu else 1280},
                      quotes=True)  # fmt: skip
    if body.startswith("time exceeded"):
        return Detail(IPPROTO_ICMPV6, {"type": 3, "code": int("reassembly" in body)}, quotes=True)
    if body.startswith("parameter problem"):
        return Detail(IPPROTO_ICMPV6, {"type": 4}, quotes=True)
    for start, kind in _PLAIN6.items():
        if body.startswith(start):
            target = re.search(r"(?:who has|tgt is) ([0-9a-f:]+)", body)
            fields = {"type": kind}
            if kind in (135, 136) and target:
                fields["target"] = address(target[1])
            return Detail(IPPROTO_ICMPV6, fields)
    raise ValueError(f'the ICMPv6 message "{body[:40]}" is not understood')


# ---- the others -----------------------------------------------------------------------------


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
    size = _LENGTH.findall(text)
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
    (r"ICMP ", _icmp),
    (r"(?:\[icmp6 sum ok\] )?ICMP6, ", _icmp6),
    (r"sctp\b", _sctp),
    (r"DCCP\b", _dccp),
    (r"GREv\d", _gre),
    (r"(ESP|AH)\(", _sealed),
    (r"\s*ip-proto-(\d{1,3})(?:\s+(\d{1,5}))?", _numbered),
    (r"(igmp|OSPF|VRRP|PIM|EIGRP)\b", _named),
)
