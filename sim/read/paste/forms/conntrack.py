"""What ``conntrack -L`` and ``conntrack -E`` print."""

from __future__ import annotations

import re

from sim.read.host.flows import ENTRY
from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace
from sim.read.paste.placed import UNPLACED

_EVENT = re.compile(r"\s*(?:\[\d+\.\d+\]\s*)?\[(?P<kind>NEW|UPDATE|DESTROY)\]\s+(?P<rest>\S.*)")
_SAID = re.compile(r"\s*conntrack v[\d.]+ \(conntrack-tools\):")
_LINE = re.compile(rf"{_EVENT.pattern}|{_SAID.pattern}|{ENTRY.pattern}")
_HEAD = re.compile(
    r"(?P<name>[a-z][\w-]*)\s+(?P<number>\d+)\s+.*?src=(?P<src>\S+) dst=(?P<dst>\S+)"
    r"(?: sport=(?P<sport>\d+) dport=(?P<dport>\d+))?"
    r"(?: type=(?P<type>\d+) code=(?P<code>\d+) id=(?P<id>\d+))?"
)


class ConntrackTable(Form):
    """Connections that exist already, and events of which the new ones are packets."""

    name = "conntrack"

    def takes(self, place: PastePlace) -> int:
        return place.run_of(_LINE)

    def read(self, block: Block, desk: Desk) -> Became:
        entries = [(number, line) for number, line in enumerate(block.lines, block.first)
                   if ENTRY.match(line)]  # fmt: skip
        events = [(number, found) for number, line in enumerate(block.lines, block.first)
                  if (found := _EVENT.match(line))]  # fmt: skip
        notes, became = [], []
        if entries:
            one = len(entries) == 1
            count = "1 connection" if one else f"{len(entries)} connections"
            if desk.packets:
                notes.append(f"{count} as they were after the packets above: left aside")
                desk.aside += 1
            else:
                for number, line in entries:
                    desk.put_host(line.strip(), number)
                desk.has_flows = True
                became.append("host")
                verb = "exists" if one else "exist"
                notes.append(f"{count} that {verb} already: the table to begin with")
        if events:
            new = [_packet(found["rest"]) for _, found in events if found["kind"] == "NEW"]
            for (number, _), packet in zip(
                [one for one in events if one[1]["kind"] == "NEW"], new, strict=True
            ):
                if packet:
                    desk.put_packets(f"{UNPLACED} {packet}", number)
            if any(new):
                became.append("packets")
                notes.append("the first packet of each new connection")
            else:
                notes.append("updates and ends of connections whose beginning is not told")
        if not notes:
            return Became("", "what conntrack says of itself")
        return Became(", ".join(became), "; ".join(notes))


def _packet(rest: str) -> str:
    """The first packet of the connection of a ``[NEW]`` line; nothing where it cannot be told."""
    found = _HEAD.match(rest)
    if found is None:
        return ""
    src, dst = found["src"], found["dst"]
    if found["sport"]:
        six = ":" in src
        ends = [f"[{end}]" if six else end for end in (src, dst)]
        flag = " syn" if found["number"] == "6" else ""
        return f"{found['name']} {ends[0]}:{found['sport']} -> {ends[1]}:{found['dport']}{flag}"
    if found["type"]:
        name = "icmpv6" if found["number"] == "58" else "icmp"
        return f"{name} {src} -> {dst} type {found['type']} code {found['code']} id {found['id']}"
    return f"proto {found['number']} {src} -> {dst}"
