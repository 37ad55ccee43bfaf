"""Lines that the host text reads as they are: our own short form, and what ip, ss, sysctl print."""

from __future__ import annotations

import re

from sim.read.host.facts import FACTS
from sim.read.host.text import SHAPES, HostReading
from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace

# Shapes that say too little to tell a line of a listing from prose, or have a form of their own.
_WEAK = {
    HostReading.indented,
    HostReading.member,
    HostReading.json,
    HostReading.ignored,
    HostReading.flow,
}
_STRONG = [pattern for pattern, act in SHAPES if act not in _WEAK]
_IGNORED = re.compile(
    r"\s*(Netid\s+State|State\s+Recv-Q|Proto\s+Recv-Q|Active Internet|Kernel IP)"
    r"|\s*(tcp|udp)\s+(ESTAB|TIME-WAIT|CLOSE-WAIT|SYN-SENT|FIN-WAIT-\d)\s"
)
_OWN = re.compile(
    rf"(?:{'|'.join(sorted(word.replace('_', '.') for word in FACTS))}|ipsec|hostname)\s+\S"
)
_OWN_SHAPES = re.compile(
    r"(interface\s+[\w.@:-]+(\s+(\S+/\d+|mac|mtu|up|down|master|group|alias|index|kind|vlan)\b.*)?$"
    r"|bridge\s+\S+|fdb\s+\S+\s+dev\s|neighbour\s+\S+|route\s+(default|blackhole|unreachable"
    r"|prohibit|[\da-fA-F.:/]+)(\s|$)|rule\s+(from|to|fwmark|iif|oif|pref|\d)|sysctl\s+[\w./-]+\s*="
    r"|listen\s+\w+|user\s+\S+\s+\d|group\s+\S+\s+\d|(host)?name\s+\S+\s+[\da-fA-F.:]+\s*$"
    r"|kernel\s+\d|backend\s+\w|clock\s+\d|uptime\s+\d|fingerprints\s+none|nfacct\s+\S+"
    r"|ipsec\s+\w|nftables\s+\w+\s+\S+\s+\S+\s+hook\s)"
)
_CONTINUES = re.compile(r"\s+\S|[0-9a-fA-F]")
_DETAIL = re.compile(
    r"\s+(?:(?:inet6?|link/|valid_lft|altname|bridge|bond|vlan|nexthop|cache|RX|TX)\b|[\d\s]+$)"
)
_SAVED = re.compile(r"(create|add)\s+\S+\s+\S")


def is_host_line(line: str) -> bool:
    """Does this line, without any other, tell something of a host?"""
    return bool(
        _OWN_SHAPES.match(line)
        or _IGNORED.match(line)
        or _SAVED_SET.match(line)
        or any(pattern.match(line) for pattern in _STRONG)
    )


_SAVED_SET = re.compile(
    r"create\s+\S+\s+(hash|bitmap|list):\S+|add\s+\S+\s+[\da-fA-F][\w.:/,-]*\s*"
)


class HostLines(Form):
    """A run of lines that the host text takes."""

    name = "host"

    def takes(self, place: PastePlace) -> int:
        if not is_host_line(place.line):
            return 0
        count, in_members = 0, False
        for line in place.rest():
            if count and line.strip() == "Members:":
                in_members = True
            elif in_members and re.match(r"[\da-fA-F.:/]+", line):
                pass
            elif not (is_host_line(line) or (count and _DETAIL.match(line))):
                break
            else:
                in_members = False
            count += 1
        return count

    def read(self, block: Block, desk: Desk) -> Became:
        lines, terse = _without_terse([_fact(line) for line in block.lines])
        head = _family_line(block)
        note = ""
        if terse:
            note = (
                f"the members of {', '.join(terse)} are not listed: `sudo ipset save` prints them"
            )
        if any(line.strip() for line in lines):
            desk.put_host("\n".join([*head, *lines]), block.first)
            return Became("host", note)
        return Became("", note)


_SET_HEAD = re.compile(
    r"(?:Name|Type|Revision|Header|Size in memory|References|Number of entries):(?:\s|$)"
)


def _without_terse(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines without sets that ``ipset list -terse`` printed, and the names of these.

    They stay as blank lines, so that each line keeps its number.
    """
    if not any(line.startswith("Number of entries:") for line in lines):
        return lines, []
    made, names, at = list(lines), [], 0
    while at < len(lines):
        end = at
        while end < len(lines) and _SET_HEAD.match(lines[end]) and (
            end == at or not lines[end].startswith("Name:")
        ):  # fmt: skip
            end += 1
        has_members = end < len(lines) and lines[end].strip() == "Members:"
        counts = [line.split(":")[1].strip() for line in lines[at:end]
                  if line.startswith("Number of entries:")]  # fmt: skip
        if lines[at].startswith("Name:") and not has_members and counts and counts[0] != "0":
            names.append(lines[at].partition(":")[2].strip())
            made[at:end] = [""] * (end - at)
        at = max(end, at + 1)
    return made, names


def _fact(line: str) -> str:
    """``hostname NAME ADDRESS`` says what ``name`` says."""
    return re.sub(r"^hostname(?=\s+\S+\s+[\da-fA-F.:]+\s*$)", "name", line)


def _family_line(block: Block) -> list[str]:
    """``ip -6 route``'s listing is told apart only by the command above it."""
    said = block.said.text if block.said is not None else ""
    found = re.search(r"\bip\s+(?:-\w+\s+)*-(?:f\s+|family\s+)?(?:6|inet6)\b[^|;&]*", said)
    return [found[0].strip()] if found else []
