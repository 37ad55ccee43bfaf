"""Lines that the packets text reads as they are: statements of ours, and what tcpdump prints."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import ip_address

from sim.read.packets.tcpdump import is_chatter, is_dump, names_of
from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace

_OURS = re.compile(
    r"\s*(?:in\s+[\w.@:-]+\s+.*(?:->|\barp\b|\bwho-has\b|\bIP6?\s)"
    r"|local\s+.*->|reply\b(?:\s|$)|address\s+(?:add|del)\s|(?:up|down)\s+[\w.-]+\s*$"
    r"|wait\s+\d+\s?\w+\s*$)"
)


def is_packet_line(line: str) -> bool:
    return bool(_OURS.match(line)) or is_dump(line)


MOST_NAMES = 4  # to ask for: of a whole morning's names nobody knows the addresses


def _ask_names(lines: list[str], desk: Desk, first: int) -> None:
    """Ask what tcpdump's names stand for; an answer is remembered."""
    unknown = dict.fromkeys(
        name for line in lines for name in names_of(line) if name not in desk.sheet.hostnames
    )
    if len(unknown) > MOST_NAMES:
        return
    for name in unknown:
        answer = desk.ask(name, f"Which address does the name {name} stand for?")
        with suppress(ValueError):
            desk.name_address(name, ip_address(answer or ""), first)


class PacketLines(Form):
    """A run of statements, with tcpdump's detail below its lines."""

    name = "packets"

    def takes(self, place: PastePlace) -> int:
        if not is_packet_line(place.line) and not is_chatter(place.line):
            return 0
        last = 0
        for count, line in enumerate(place.rest(), 1):
            if (
                is_packet_line(line)
                or is_chatter(line)
                or (last and line[:1].isspace() and line.strip())
            ):
                last = count
            elif line.strip():
                break
        return last

    def read(self, block: Block, desk: Desk) -> Became:
        lines = [line for line in block.lines if not is_chatter(line)]
        if not any(line.strip() for line in lines):
            return Became("", "what tcpdump says of itself")
        _ask_names(lines, desk, block.first)
        desk.put_packets("\n".join(lines), block.first, desk.listening)
        return Became("packets")
