"""Packets as people write them down: ``tcp A -> B:80``, or the command that sends one.

The interface is not said. It follows from the route to the sender, once all of the host is known
(``finish``); what an address of the host itself sends is ``local``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import pairwise

from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace
from sim.read.paste.placed import OWN, UNPLACED
from sim.read.paste.prompts import is_prose

_ADDRESS = r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[\da-fA-F]*:[\da-fA-F:.]*\]?)"
_FLOW = re.compile(
    r"\s*(?:tcp|udp|udplite|sctp|dccp|icmp|icmpv6|ipv6-icmp|esp|ah|gre|proto \d+)\s+"
    rf"{_ADDRESS}(?::\d+)?\s*->\s*{_ADDRESS}(?::\d+)?(?:\s|$)"
)
_PROBE = re.compile(
    r"\s*(?:sudo\s+)?(?P<tool>curl|wget|ping6?|ssh|scp|sftp|telnet|nc|ncat|netcat|dig|nslookup|host"
    r"|traceroute6?|tracepath|mtr|nmap|hping3|iperf3?|mysql|psql|redis-cli|snmpwalk|snmpget|ntpdate"
    r"|ftp|tftp|openssl\s+s_client)\s+"
    r"(?P<rest>\S.*?)(?:\s+(?:#\s*)?\(?from\s+(?P<source>[\d.]+|[\da-fA-F:]+)\)?)?\s*$"
)
_URL = re.compile(
    r"(?:(?P<scheme>https?|ftp)://)?(?:[^@/\s]*@)?"
    r"(?P<host>\[[\da-fA-F:.]+\]|\d{1,3}(?:\.\d{1,3}){3}|(?:[\da-fA-F]*:){2,7}[\da-fA-F]*)"
    r"(?::(?P<port>\d{1,5}))?(?::?/\S*)?"
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
        return int(is_probe(place.line) and not is_prose(place.line))

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
    source = source or found["source"] or ""
    way = UNPLACED if source else OWN
    if not source:
        address = target[1]
        source = str(address) if address.is_loopback else _own_address(found)
        way = "local" if source else OWN
    desk.put_packets(f"{way} {_flow(source or '?', target)}", line)
    return Became("packets", "" if way == UNPLACED else "taken as sent by this host itself")


def spoken_probe(command: str, source: str) -> str:
    """The statement for what a command sends from ``source``, an address of any host.

    The command is one of which ``is_probe`` is true.
    """
    found = _PROBE.match(command)
    target = _target(found) if found is not None else None
    if target is None:
        raise ValueError(f"{command!r} sends nothing to an address that it names")
    return f"{UNPLACED} {_flow(source, target)}"


Target = tuple[str, IPv4Address | IPv6Address, int, str]  # protocol, whom, port, the rest


def _flow(source: str, target: Target) -> str:
    protocol, address, port, more = target
    ends = [f"[{end}]" if port and ":" in end else end for end in (source, str(address))]
    return f"{protocol} {ends[0]} -> {ends[1]}{f':{port}' if port else ''} {more}".rstrip()


# Options with an address behind them that is not the one that is asked.
_OTHERS = frozenset(
    {"--interface", "-x", "--proxy", "--resolve", "--connect-to", "-e", "--referer", "-H",
     "--header", "-A", "--user-agent", "-b", "--dns-servers", "-I", "-S", "-s", "--source",
     "--bind-address", "-B", "--bind", "-L", "-R", "-D", "-W", "-J", "-o"}
)  # fmt: skip
_OWN_ADDRESS = {
    "curl": ("--interface",), "wget": ("--bind-address",), "ping": ("-I",), "nc": ("-s",),
    "ssh": ("-b",), "dig": ("-b",), "traceroute": ("-s",), "mtr": ("-a",), "iperf3": ("-B",),
}  # fmt: skip
_OF_TCP = {"ssh": 22, "scp": 22, "sftp": 22, "telnet": 23, "ftp": 21, "mysql": 3306, "psql": 5432,
           "redis-cli": 6379, "openssl": 443}  # fmt: skip
_OF_UDP = {"dig": 53, "nslookup": 53, "host": 53, "snmpwalk": 161, "snmpget": 161, "ntpdate": 123,
           "tftp": 69}  # fmt: skip
_PORT_OPTION = {"scp": "-P", "sftp": "-P", "mysql": "-P"}


def _target(found: re.Match[str]) -> Target | None:
    """What the command sends first; ``None``: nothing that names an address."""
    tool, words = found["tool"].split()[0].removesuffix("6"), found["rest"].split()
    listens = {"nc": "l", "ncat": "l", "netcat": "l", "iperf": "s", "iperf3": "s"}.get(tool)
    if listens is not None and _has(words, listens):
        return None
    url = next((one for _, one in _addresses(tool, words)), None)
    if url is None:
        return None
    try:
        address = ip_address(url["host"].strip("[]"))
    except ValueError:
        return None
    port = int(url["port"] or 0)
    named = _option(words, _PORT_OPTION.get(tool, "-p"))
    ping = ("icmpv6" if address.version == 6 else "icmp"), address, 0
    if tool == "ping":
        return *ping, "echo-request"
    if tool in ("traceroute", "tracepath", "mtr"):
        if _has(words, "T") or "--tcp" in words:
            return "tcp", address, named or 80, "syn ttl 1"
        if tool == "mtr" or _has(words, "I"):
            return *ping, "echo-request ttl 1"
        return "udp", address, named or 33434, "ttl 1"
    if tool == "hping3":
        if _has(words, "1") or "--icmp" in words:
            return *ping, "echo-request"
        if _has(words, "2") or "--udp" in words:
            return "udp", address, named, ""
        return "tcp", address, named, "syn" if _has(words, "S") else "none"
    if tool in ("nc", "ncat", "netcat"):
        numbers = [int(word) for word in words if word.isdecimal()]
        if not numbers:
            return None
        udp = _has(words, "u") or "--udp" in words
        return ("udp", address, numbers[-1], "") if udp else ("tcp", address, numbers[-1], "syn")
    if tool == "nmap":
        ports = re.findall(r"(?:^|\s)-p\s*(\d+)", found["rest"])
        if not ports:
            return None
        udp = "-sU" in words
        return (
            ("udp", address, int(ports[0]), "") if udp else ("tcp", address, int(ports[0]), "syn")
        )
    if tool.startswith("iperf"):
        port = named or (5201 if tool == "iperf3" else 5001)
        is_udp = tool == "iperf" and _has(words, "u")  # iperf3 begins with TCP whatever it sends
        return ("udp", address, port, "") if is_udp else ("tcp", address, port, "syn")
    if tool in _OF_UDP:
        if "+tcp" in words:
            return "tcp", address, named or 53, "syn"
        return "udp", address, named or port or _OF_UDP[tool], ""
    if tool == "telnet":
        numbers = [int(word) for word in words if word.isdecimal()]
        return "tcp", address, numbers[-1] if numbers else 23, "syn"
    if tool in _OF_TCP:
        return "tcp", address, named or port or _OF_TCP[tool], "syn"
    return "tcp", address, port or _PORTS.get(url["scheme"] or "http", 80), "syn"


def _has(words: list[str], letter: str) -> bool:
    """A one-letter option, alone or with others: ``-vzu``."""
    return any(letter in word[1:] for word in words if re.fullmatch(r"-[a-zA-Z\d]+", word))


def _addresses(tool: str, words: list[str]) -> Iterator[tuple[str, re.Match[str]]]:
    """The addresses among the words that may be the one that is asked."""
    before = ""
    asks = [word for word in words if word.startswith("@")] if tool == "dig" else []
    for word in words:
        one = _URL.fullmatch(word.removeprefix("@").strip("'\""))
        if one is not None and before not in _OTHERS and word in (asks or words):
            yield before, one
        before = word


def _own_address(found: re.Match[str]) -> str:
    """The address of its own that an option names: ``ping -I 192.0.2.1``."""
    tool, words = found["tool"].split()[0].removesuffix("6"), found["rest"].split()
    own = _OWN_ADDRESS.get(tool, ())
    for flag, word in pairwise(words):
        if flag in own and re.fullmatch(r"[\d.]+|[\da-fA-F:]+:[\da-fA-F:]*", word):
            return str(word)
    return ""


def _option(words: list[str], flag: str) -> int:
    for at, word in enumerate(words):
        if word == flag and words[at + 1 : at + 2] and words[at + 1].isdecimal():
            return int(words[at + 1])
        if word.startswith(flag) and word[len(flag) :].isdecimal():
            return int(word[len(flag) :])
    return 0
