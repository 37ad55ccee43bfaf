"""What people write for a packet before they know our words for it.

Each pattern is a whole line, and what stands for it is a line that is read. It is offered where the
line itself was refused: nothing is taken for something else without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address

from sim.model.host import Host
from sim.packet.packet import Address
from sim.read.packets.way_in import way_in

_A = r"(?:(?:\d{1,3}\.){3}\d{1,3}|\[?[\da-fA-F]*:[\da-fA-F:.]+\]?)"
_END = rf"({_A}(?::\d+)?)"
_ARROW = r"(?:->|=>|→|>|to)"
_PROTOCOL = r"(tcp|udp|icmp|icmpv6|sctp|gre|esp|ah)"
_PORTS = {"http": 80, "https": 443, "ssh": 22, "smtp": 25, "imap": 143, "mysql": 3306, "rdp": 3389}
_SERVICE = f"({'|'.join(_PORTS)})"
_START = r"(in \S+|local)"
_UNITS = {"second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h"}

# Lines, and what of ours they stand for; {own} is an address of this host, {way} where a packet
# from the first address begins.
_LINES: tuple[tuple[str, str], ...] = (
    (rf"{_START} {_PROTOCOL} {_END} {_ARROW} ({_A}) (?:d?port )?(\d+)", r"\1 \2 \3 -> \4:\5"),
    (rf"{_START} {_PROTOCOL} {_END} to {_END}", r"\1 \2 \3 -> \4"),
    (rf"{_START} {_PROTOCOL} {_END} {_END}", r"\1 \2 \3 -> \4"),
    (rf"{_START} {_PROTOCOL} (?:src|from) ({_A}) (?:dst|to) ({_A}) (?:dport|port) (\d+)",
     r"\1 \2 \3 -> \4:\5"),
    (rf"{_START} {_PROTOCOL} (?:src|from) ({_A}) sport (\d+) (?:dst|to) ({_A}) d?port (\d+)",
     r"\1 \2 \3:\4 -> \5:\6"),
    (rf"{_START} ({_A}) {_ARROW} ({_A}) {_PROTOCOL} (?:d?port )?(\d+)", r"\1 \4 \2 -> \3:\5"),
    (rf"{_START} {_END} {_ARROW} {_END} {_PROTOCOL}", r"\1 \4 \2 -> \3"),
    (rf"{_START} {_PROTOCOL} ({_A})[,.](\d+) {_ARROW} ({_A})[,.](\d+)", r"\1 \2 \3:\4 -> \5:\6"),
    (rf"{_START} {_PROTOCOL} ({_A}):(?:any|\*) {_ARROW} {_END}", r"\1 \2 \3 -> \4"),
    (rf"{_START} ping ({_A}) {_ARROW} ({_A})", r"\1 icmp \2 -> \3 echo-request"),
    (rf"{_START} {_SERVICE} ({_A}) {_ARROW} ({_A})", r"\1 tcp \3 -> \4:{port}"),
    (rf"{_START} dns ({_A}) {_ARROW} ({_A})", r"\1 udp \2 -> \3:53"),
    (rf"{_START} {_PROTOCOL} {_END} {_ARROW} {_END} (?:flags )?\[S\]", r"\1 \2 \3 -> \4 syn"),
    (rf"{_START} {_PROTOCOL} {_END} {_ARROW} {_END} new", r"\1 \2 \3 -> \4"),
    (rf"{_START} {_PROTOCOL} {_END} {_ARROW} {_END} established", r"\1 \2 \3 -> \4 ack"),
    (rf"{_START} {_PROTOCOL} {_END} {_ARROW} {_END} proto(?:col)? \S+", r"\1 \2 \3 -> \4"),
    (rf"(?!in |out |local |to |from )(\S+) {_PROTOCOL} {_END} {_ARROW} {_END}( .*)?",
     r"in \1 \2 \3 -> \4\5"),
    (rf"out(?: \S+)? {_PROTOCOL} {_END} {_ARROW} {_END}( .*)?", r"local \1 \2 -> \3\4"),
    (rf"local {_PROTOCOL} (?:{_ARROW} )?{_END}", r"local \1 {own} -> \2"),
    (rf"ping ({_A})", r"local icmp {own} -> \1 echo-request"),
    (rf"(?:curl|wget) (?:-\S+ )*(?:http://)?({_A})(?:/\S*)?", r"local tcp {own} -> \1:80"),
    (rf"(?:curl|wget) (?:-\S+ )*http://({_A}):(\d+)(?:/\S*)?", r"local tcp {own} -> \1:\2"),
    (rf"(?:curl|wget) (?:-\S+ )*https://({_A})(?:/\S*)?", r"local tcp {own} -> \1:443"),
    (rf"(?:curl|wget) (?:-\S+ )*https://({_A}):(\d+)(?:/\S*)?", r"local tcp {own} -> \1:\2"),
    (rf"({_A}) {_ARROW} ({_A})", r"{way} icmp \1 -> \2 echo-request"),
    (rf"{_END} {_ARROW} ({_A}:\d+)", r"{way} tcp \1 -> \2"),
    (rf"(?:telnet|nc|ncat|netcat) (?:-[vzw]+ )*({_A}) (\d+)", r"local tcp {own} -> \1:\2"),
    (rf"ssh (?:\S+@)?({_A})", r"local tcp {own} -> \1:22"),
    (r"(?:answer|answers|replies|response)( .*)?", r"reply\1"),
    (r"(?:wait|sleep) (\d+)", r"wait \1s"),
    (rf"(?:wait|sleep) (\d+) ?({'|'.join(_UNITS)})s?", r"wait \1{unit}"),
    (r"sleep (\d+(?:ms|[smh]))", r"wait \1"),
    (r"ifdown (\S+)", r"down \1"),
    (r"ifup (\S+)", r"up \1"),
)  # fmt: skip
_HABITS = tuple((re.compile(pattern, re.IGNORECASE), ours) for pattern, ours in _LINES)


def meant(line: str, host: Host) -> str:
    """The line that says in our words what this one seems to say; empty: it is no known habit."""
    plain = " ".join(line.split())
    for pattern, ours in _HABITS:
        found = pattern.fullmatch(plain)
        if found is None:
            continue
        made = found.expand(ours)
        words = {word.lower() for word in found.groups() if word}
        if "{own}" in made:
            own = _own(host, [word for word in words if ":" in word or word[0].isdigit()])
            if not own:
                return ""
            made = made.replace("{own}", own)
        if "{way}" in made:
            source = _address(found[1])
            if source is None:
                return ""
            made = made.replace("{way}", _way(host, source))
            if source.version == 6:
                made = made.replace(" icmp ", " icmpv6 ")
        made = made.replace("{port}", str(next((_PORTS[w] for w in words if w in _PORTS), 0)))
        return made.replace("{unit}", next((_UNITS[w] for w in words if w in _UNITS), "s"))
    return ""


def _way(host: Host, source: Address) -> str:
    """``local`` of an address of the host, else ``in DEVICE``; ``in`` where none is known."""
    own = (each.address.ip for one in host.interfaces.values() for each in one.addresses)
    return "local" if source in own else f"in {way_in(host, source)}".strip()


def _address(end: str) -> Address | None:
    """Of ``192.0.2.1``, ``192.0.2.1:80``, ``[2001:db8::1]:80``."""
    bare = end[1:].partition("]")[0] if end.startswith("[") else end
    with suppress(ValueError):
        return ip_address(bare.partition(":")[0] if bare.count(":") == 1 else bare)
    return None


def _own(host: Host, others: Iterable[str]) -> str:
    """An address of the host, of the family in which the packet is."""
    family = 6 if any(word.count(":") > 1 for word in others) else 4
    for name, interface in host.interfaces.items():
        for each in interface.addresses:
            if name != "lo" and each.address.version == family and not each.address.is_link_local:
                return str(each.address.ip)
    return ""
