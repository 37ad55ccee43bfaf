"""The last check of a reading: what the host or packets text would refuse is left aside, by name.

A listing of routes names interfaces that no line describes: those are put in front, with the
address that the kernel's own route tells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sim.base.errors import Refused, SourceError
from sim.model.host import Host
from sim.read.commands import Session
from sim.read.host.text import parse_host
from sim.read.packets.alike import doubtful
from sim.read.packets.text import parse_packets
from sim.read.paste.desk import Desk, Put
from sim.read.paste.placed import (
    OWN,
    heard,
    is_unplaced,
    own,
    placed,
    put_in,
    sender_of,
    without_way,
)

Note = tuple[int, str]  # a line of the paste, and what is to be said of it
Lines = list[tuple[str, int]]  # lines of a text that came out, and the line that each is from
MOST_ROUNDS = 4
MOST_IMPLIED = 50

_OWN_ROUTE = re.compile(
    r"\s*[\da-fA-F.:]+/(\d+) dev (\S+)\b.* proto kernel\b.* src ([\da-fA-F.:]+)"
)


def checked_host(puts: Sequence[Put]) -> tuple[str, list[Note], list[Note]]:
    """The host text that can be read, what was left aside, and what was put in front."""
    lines = _lines(puts)
    notes: list[Note] = []
    implied: list[Note] = []
    for _ in range(MOST_ROUNDS):
        try:
            parse_host(_text(lines))
            break
        except Refused as refused:
            missing = _missing(lines, refused.errors)
            if missing and not implied:
                added = [(text, line) for text, line, _ in missing]
                implied = [(line, f"{text} follows from its routes") for text, line, _ in missing]
                lines = added + lines
            else:
                lines = _without(lines, refused.errors, notes)
    return _text(lines), notes, implied


def checked_packets(desk: Desk, host: str, rules: str) -> tuple[str, list[Note], list[Note]]:
    """The packets text that can be read on this host, what was left aside, what was told."""
    puts = [*desk.packets, *desk.spoken]
    lines = _lines(puts)
    notes: list[Note] = []
    try:
        known = parse_host(host)
    except Refused:
        known = Host()
    if not known.interfaces.keys() - {"lo"}:
        known = Host()  # whose packets may come in anywhere
    told: list[Note] = []
    heard_on = {
        put.line + at: put.heard_on for put in puts for at in range(put.text.count("\n") + 1)
    }
    lines = [_heard(text, line, heard_on.get(line, ""), known, told) for text, line in lines]
    lines = _with_ways(lines, known, rules, desk, told)
    lines = [_placed(text, line, known, notes, told) for text, line in lines]
    lines = _well(lines, known, rules, host, notes)
    told += _unheard(lines, known)
    text = _text(lines)
    return text if text.strip() else "", notes, told


def _well(lines: Lines, known: Host, rules: str, host: str, notes: list[Note]) -> Lines:
    """The lines without those that the packets text refuses."""
    places = doubtful([text for text, _ in lines], known)
    doubted = [lines[place] for place in places]
    kept = doubted
    for _ in range(MOST_ROUNDS):
        try:
            parse_packets(_text(kept), known, Session(rules, host, known))
            break
        except Refused as refused:
            kept = _without(kept, refused.errors, notes)
    if kept == doubted:
        return lines
    stay, at = {id(pair) for pair in kept}, set(places)
    return [pair for place, pair in enumerate(lines) if place not in at or id(pair) in stay]


MOST_SENDERS = 3  # whose way in is asked: of a morning's capture nobody knows it
_NAMED = re.compile(r"\s(?:-[io]|--(?:in|out)-interface)\s+([A-Za-z][\w.@-]*)(?=\s|$)")


def _with_ways(lines: Lines, host: Host, rules: str, desk: Desk, told: list[Note]) -> Lines:
    """The lines with the interfaces that no route tells and the person does, when asked."""
    shown = [sender_of(text) for text, _ in lines]
    found = {sender: without_way(sender, host) for sender in dict.fromkeys(shown) if sender}
    senders = {address for address in found.values() if address}
    names = [name for name in host.interfaces if name != "lo"] or [
        name for name in dict.fromkeys(_NAMED.findall(rules)) if name != "lo"
    ]
    if not names or not senders or len(senders) > MOST_SENDERS:
        return lines
    made: Lines = []
    for (text, line), said in zip(lines, shown, strict=True):
        dev, sender = None, found.get(said, "")
        if sender and len(names) == 1:
            dev = names[0]
            told.append((line, f"it comes in on {dev}, the only interface that the rules name"))
        elif sender:
            question = f"On which interface does the packet from {sender} come in (line {line})?"
            dev = desk.ask(f"in {sender}", question, tuple(names[:MOST_IMPLIED]),
                           optional=any(not found.get(one) for one in shown))  # fmt: skip
        made.append((put_in(text, dev) if dev else text, line))
    return made


_PORT = re.compile(r"(?:->|>)\s+(?:\[(?P<six>[^\]\s]+)\]|(?P<four>\d+(?:\.\d+){3}))[:.]\d")


def _unheard(lines: Lines, host: Host) -> list[Note]:
    """Said once, where a port of this host is asked and nothing that listens was shown."""
    if host.sockets:
        return []
    own = {
        str(entry.address.ip)
        for interface in host.interfaces.values()
        for entry in interface.addresses
    }
    for text, line in lines if own else ():
        found = _PORT.search(text)
        if found is not None and (found["six"] or found["four"]) in own:
            return [(line, "what listens is not shown, so every port of this host is taken as "
                     "closed: paste what `ss -lntu` prints")]  # fmt: skip
    return []


def _placed(
    text: str, line: int, host: Host, notes: list[Note], told: list[Note]
) -> tuple[str, int]:
    """The line with the interface that its sender's route tells, if nobody said one."""
    if not is_unplaced(text):
        return text, line
    if text.startswith(OWN):
        made, said = own(text, host)
        if said:
            notes.append((line, said))
        return made, line
    made, said = placed(text, host)
    if said:
        told.append((line, said))
        return made, line
    notes.append((line, "which interface it comes in on cannot be told: put `in IFACE` in front"))
    return "", line


def _heard(text: str, line: int, dev: str, host: Host, told: list[Note]) -> tuple[str, int]:
    """The line with the interface that tcpdump was typed with, where no route tells another."""
    made, said = heard(text, dev, host) if dev else (text, "")
    if said:
        told.append((line, said))
    return made, line


def _lines(puts: Sequence[Put]) -> Lines:
    return [(line, put.line + at) for put in puts for at, line in enumerate(put.text.split("\n"))]


def _text(lines: Lines) -> str:
    return "".join(f"{line}\n" for line, _ in lines)


def _missing(lines: Lines, errors: Sequence[SourceError]) -> list[tuple[str, int, str]]:
    """``interface`` lines for the devices that only routes name."""
    wanted: dict[str, int] = {}
    for error in errors:
        if error.lacks and 1 <= error.span.line <= len(lines):
            wanted.setdefault(error.lacks, lines[error.span.line - 1][1])
    addresses: dict[str, list[str]] = {}
    for text, _ in lines:
        route = _OWN_ROUTE.match(text)
        if route:
            address = f"{route[3]}/{route[1]}"
            if address not in addresses.setdefault(route[2], []):
                addresses[route[2]].append(address)
    made = []
    for name, line in list(wanted.items())[:MOST_IMPLIED]:
        made.append((" ".join(["interface", name, *addresses.get(name, [])]), line, name))
    return made


def _without(lines: Lines, errors: Sequence[SourceError], notes: list[Note]) -> Lines:
    """The lines without those that are refused."""
    gone: set[int] = set()
    for error in errors:
        for number in range(error.span.line, error.span.end_line + 1):
            if 1 <= number <= len(lines) and number not in gone:
                gone.add(number)
                line = lines[number - 1][1]
                hint = f" ({error.hint})" if error.hint else ""
                notes.append((line, f"line {line} left aside: {error.message}{hint}"))
    return [pair for number, pair in enumerate(lines, 1) if number not in gone]
