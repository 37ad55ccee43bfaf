"""Packets as people write them down: ``tcp A -> B:80``, or the command that sends one.

The interface is not said. It follows from the route to the sender, once all of the host is known
(``finish``); what an address of the host itself sends is ``local``.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace
from sim.read.paste.placed import OWN, UNPLACED

_ADDRESS = r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[\da-fA-F]*:[\da-fA-F:.]*\]?)"
_FLOW = re.compile(
    r"\s*(?:tcp|udp|udplite|sctp|dccp|icmp|icmpv6|ipv6-icmp|esp|ah|gre|proto \d+)\s+"
    rf"{_ADDRESS}(?::\d+)?\s*->\s*{_ADDRESS}(?::\d+)?(?:\s|$)"
)
_PROBE = re.compile(
    r"\s*(?:sudo\s+)?(?P<tool>curl|wget|ping6?|ssh|telnet|nc|ncat|dig|nslookup|traceroute6?|tracepath)\s+"
    r"(?P<rest>\S.*?)(?:\s+(?:#\s*)?\(?from\s+(?P<source>[\d.]+|[\da-fA-F:]+)\)?)?\s*$"
)
_URL = re.compile(
    r"(?:(?P<scheme>https?|ftp)://)?(?:[^@/\s]*@)?"
    r"(?P<host>\[[\da-fA-F:.]+\]|\d{1,3}(?:\.\d{1,3}){3})(?::(?P<port>\d{1,5}))?(?:/\S*)?"
)
_PORTS = {"https": 443, "ftp": 21, "http": 80}


class FlowLines(Form):
    """Lines that say who sends what to whom, without where it comes in."""

    name = "packets"

    def takes(self, place: PastePlace) -> int:
        return place.run_of(_FLOW)

    def read(self, block: Block, desk: Desk) -> Became:
        for number, line in enumerate(block.lines, block.first):
            desk.put_packets(f"{UNPLACED} {line.strip()}", number)
        return Became("packets")


class Probe(Form):
    """A command that sends a packet, from this host or ``from ADDRESS``."""

    name = "probe"

    def takes(self, place: PastePlace) -> int:
        return int(is_probe(place.line))

    def read(self, block: Block, desk: Desk) -> Became:
        return put_probe(block.lines[0], block.first, desk) or Became()


def is_probe(command: str) -> bool:
    """Does the command send something to an address that it names?"""
    found = _PROBE.match(command)
    return found is not None and _target(found) is not None


def put_probe(command: str, line: int, desk: Desk, source: str = "") -> Became | None:
    """The packet that a command sends first, from ``source`` where that is known.

    ``None``: it is no such command, or names no address.
    """
    found = _PROBE.match(command)
    target = _target(found) if found is not None else None
    if found is None or target is None:
        return None
    protocol, address, port, more = target
    source = source or found["source"] or ""
    if not source and address.is_loopback:
        source = str(address)
    way = UNPLACED if source and not address.is_loopback else OWN if not source else "local"
    ends = [f"[{end}]" if port and ":" in end else end for end in (source or "?", str(address))]
    flow = f"{protocol} {ends[0]} -> {ends[1]}{f':{port}' if port else ''} {more}".rstrip()
    desk.put_packets(f"{way} {flow}", line)
    return Became("packets", "" if way == UNPLACED else "taken as sent by this host itself")


Target = tuple[str, IPv4Address | IPv6Address, int, str]  # protocol, whom, port, the rest


def _target(found: re.Match[str]) -> Target | None:
    """What the command sends first; ``None``: nothing that names an address."""
    tool, words = found["tool"], found["rest"].split()
    url = next((one for word in words if (one := _URL.fullmatch(word.removeprefix("@")))), None)
    if url is None:
        return None
    try:
        address = ip_address(url["host"].strip("[]"))
    except ValueError:
        return None
    port = int(url["port"] or 0)
    if tool.startswith("ping"):
        six = address.version == 6
        return ("icmpv6" if six else "icmp"), address, 0, "echo-request"
    if tool in ("dig", "nslookup"):
        return "udp", address, _option(words, "-p") or 53, ""
    if tool.startswith("trace"):
        return "udp", address, 33434, "ttl 1"
    if tool in ("nc", "ncat", "telnet"):
        is_udp = any(re.fullmatch(r"-[a-zA-Z]*u[a-zA-Z]*", word) for word in words)
        numbers = [int(word) for word in words if word.isdecimal()]
        if not numbers and tool != "telnet":
            return None
        port = numbers[-1] if numbers else 23
        return ("udp", address, port, "") if is_udp else ("tcp", address, port, "syn")
    if tool == "ssh":
        return "tcp", address, _option(words, "-p") or port or 22, "syn"
    return "tcp", address, port or _PORTS.get(url["scheme"] or "http", 80), "syn"


def _option(words: list[str], flag: str) -> int:
    for at, word in enumerate(words):
        if word == flag and words[at + 1 : at + 2] and words[at + 1].isdecimal():
            return int(words[at + 1])
        if word.startswith(flag) and word[len(flag) :].isdecimal():
            return int(word[len(flag) :])
    return 0
