"""What tcpdump's printers write of ICMP and ICMPv6 messages."""

from __future__ import annotations

import re
from typing import Any

from sim.packet.headers import IPPROTO_ICMP, IPPROTO_ICMPV6
from sim.read.host.values import address
from sim.read.packets.tcpdump_numbers import LENGTH, MASK, Detail

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


def icmp(text: str, match: re.Match[str]) -> Detail:
    """``ICMP ...``: what an IPv4 ICMP message was."""
    body = text[match.end() :]
    fields = _icmp_fields(body)
    kind = fields.get("type", 0)
    size = LENGTH.findall(body)
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


def icmp6(text: str, match: re.Match[str]) -> Detail:
    """``ICMP6, ...``"""
    body = text[match.end() :]
    echo = re.match(r"echo (request|reply)(?:, id (\d+))?(?:, seq (\d+))?", body)
    size = LENGTH.findall(body)
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
