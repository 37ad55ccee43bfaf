"""What ``conntrack -L`` prints, beside what the simulation says it prints."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from ipaddress import ip_address

from playground.lab.chances import Chances, Port
from sim.trace import steps as t

TOOL = "conntrack"
_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
TOLERANCE = 1  # seconds: the kernel's ticks, and where a second begins
_HEAD = re.compile(r"^(\S+ +(\d+)) (\d+)")
_ENDS = re.compile(r"src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)")
_PING = re.compile(r"(type=\d+ code=\d+ id=)(\d+)")


def is_there() -> bool:
    """Without the tool the table is not compared."""
    return shutil.which(TOOL, path=_PATH) is not None


def listed(steps: Iterable[t.Step]) -> tuple[str, ...] | None:
    """The simulation's table behind a statement; ``None``: conntrack does not run."""
    found = None
    for step in steps:
        if isinstance(step, t.FlowsListed):
            found = step.lines
    return found


def differing(
    ours: Sequence[str], theirs: Sequence[str], late: float, chances: Chances
) -> tuple[int, str, str] | None:
    """The first entry that is another one: its place from 1, ours, theirs.

    ``late``: the seconds that passed here and not in the simulation.
    """
    if not any(map(_is_report, ours)):
        theirs = [line for line in theirs if not _is_report(line)]
    _learn(ours, theirs, chances)
    mine = sorted(map(_parted, ours))
    kernel = sorted(
        _picked_twice(ours, [_parted(_with_our_picks(line, chances)) for line in theirs], chances)
    )
    for place in range(max(len(mine), len(kernel))):
        one = mine[place] if place < len(mine) else None
        other = kernel[place] if place < len(kernel) else None
        if one is not None and other is not None and one[0] == other[0]:
            gone = one[1] - other[1]
            if -TOLERANCE <= gone <= late + TOLERANCE:
                continue
        return place + 1, _joined(one), _joined(other)
    return None


def _parted(line: str) -> tuple[str, int]:
    """A line without its seconds (and how often it is held just now), and those."""
    line = re.sub(r" use=\d+$", "", line.strip())
    head = _HEAD.match(line)
    if head is None:
        return line, 0
    rest = re.sub(r" +", " ", line[head.end() :])
    return re.sub(r" +", " ", head[1]) + " T" + rest, int(head[3])


def _joined(parted: tuple[str, int] | None) -> str:
    return "" if parted is None else parted[0].replace(" T", f" {parted[1]}", 1)


def _is_report(line: str) -> bool:
    """Did a device report the IPv4 groups that it joined, which is the laboratory's own?"""
    return re.match(r"unknown +2 .* dst=224\.0\.0\.22 \[UNREPLIED\]", line) is not None


def _learn(ours: Sequence[str], theirs: Sequence[str], chances: Chances) -> None:
    """Picks at random that no packet has shown yet: an entry that is the same but for them."""
    for line in ours:
        wild, keys = _wild(line, chances)
        for other in theirs if keys else ():
            found = wild.match(_parted(_with_our_picks(other, chances))[0])
            if found is not None:
                for key, port in zip(keys, found.groups(), strict=True):
                    chances.ports.setdefault(key, int(port))
                break


def _picked_twice(
    ours: Sequence[str], theirs: list[tuple[str, int]], chances: Chances
) -> list[tuple[str, int]]:
    """The simulation may pick for two connections one port, where the kernel picks two."""
    told = {text for text, _ in theirs}
    count = Counter(key for line in ours for key in _wild(line, chances, True)[1])
    for line in ours:
        text, _ = _parted(line)
        wild, keys = _wild(line, chances, True)
        if text in told or all(count[key] < 2 for key in keys):
            continue
        for place, (other, seconds) in enumerate(theirs):
            if wild.match(other):
                theirs[place] = text, seconds
                break
    return theirs


def _wild(
    line: str, chances: Chances, of_known: bool = False
) -> tuple[re.Pattern[str], list[Port]]:
    """A pattern of the entry with any number for each pick that is not known, and those picks."""
    text, _ = _parted(line)
    head = _HEAD.match(line)
    protocol = int(head[2]) if head is not None else 0
    places: list[tuple[int, int, Port]] = []
    for found in _ENDS.finditer(text):
        for whose, port in ((1, 3), (2, 4)):
            key = (protocol, ip_address(found[whose]), int(found[port]))
            places.append((*found.span(port), key))
    places += [(*found.span(2), (protocol, None, int(found[2]))) for found in _PING.finditer(text)]
    unknown = [
        one
        for one in places
        if one[2] in chances.random and (of_known or one[2] not in chances.ports)
    ]
    pattern, at = "", 0
    for start, end, _ in unknown:
        pattern += re.escape(text[at:start]) + r"(\d+)"
        at = end
    return re.compile(pattern + re.escape(text[at:]) + r"\Z"), [key for _, _, key in unknown]


def _with_our_picks(line: str, chances: Chances) -> str:
    """The simulation's ports where the kernel picked others at random."""
    head = _HEAD.match(line)
    if head is None or not chances.ports:
        return line
    protocol = int(head[2])
    picks = {
        (str(address) if address is not None else "", kernel): own
        for (number, address, own), kernel in chances.ports.items()
        if number == protocol
    }

    def ends(found: re.Match[str]) -> str:
        source, target, sport, dport = found.groups()
        sport = str(picks.get((source, int(sport)), sport))
        dport = str(picks.get((target, int(dport)), dport))
        return f"src={source} dst={target} sport={sport} dport={dport}"

    def ping(found: re.Match[str]) -> str:
        return found[1] + str(picks.get(("", int(found[2])), found[2]))

    return _PING.sub(ping, _ENDS.sub(ends, line))
