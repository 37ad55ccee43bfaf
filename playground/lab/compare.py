"""Two accounts of one statement, side by side: where do they differ first?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playground.lab.account import Account, Datagram, Line, Wire
from playground.lab.chances import Chances, is_equal, masked
from playground.lab.errors import NotComparable
from sim.packet.headers import IPPROTO_ICMP, IPPROTO_ICMPV6
from sim.packet.icmp import is_icmp_error
from sim.packet.packet import Packet
from sim.tell.render import details_text, packet_text


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that is not the same. Empty text: that side has nothing more."""

    statement: int
    what: str  # "trace" or "wire"
    place: int  # which line or frame of it, from 1
    simulation: str
    kernel: str
    before: tuple[str, ...] = ()  # what still agreed

    def __str__(self) -> str:
        lines = [f"packet {self.statement}, {self.what} {self.place}:"]
        lines += [f"    both        {text}" for text in self.before[-6:]]
        lines += [
            f"    simulation  {self.simulation or '(nothing)'}",
            f"    kernel      {self.kernel or '(nothing)'}",
        ]
        return "\n".join(lines)


def first_line_that_differs(ours: str, theirs: str) -> Difference:
    """Two printed rulesets that are not equal."""
    mine, kernel = ours.split("\n"), theirs.split("\n")
    place = next(
        (at for at, pair in enumerate(zip(mine, kernel, strict=False)) if pair[0] != pair[1]),
        min(len(mine), len(kernel)),
    )
    return Difference(
        0,
        "saved line",
        place + 1,
        mine[place] if place < len(mine) else "",
        kernel[place] if place < len(kernel) else "",
        tuple(mine[:place]),
    )


def first_difference(ours: Account, theirs: Account, chances: Chances) -> Difference | None:
    """Compare in the kernel's order: first what was logged, then what left."""
    limit = len(ours.trace) if ours.undetermined else None
    found = _lines(ours, theirs, chances, limit)
    if found is not None and chances.is_touched:
        raise NotComparable("a rule that sees what the kernel picks at random")
    if found is not None and ours.recounted is not None and found.place > ours.recounted:
        raise NotComparable(COUNTED)
    if found is not None or ours.undetermined:
        return found
    return wires_differ(ours, theirs, chances)


LIMITED = (
    "an ICMP error on the edge of its limit: whether it is sent depends on the time that passed"
)
COUNTED = (
    "a connlimit rule that ran twice: what it counts depends on whether the kernel's tick fell "
    "between the two"
)
REDIRECT = (
    "a redirect: whether one is sent depends on the time that passed, and a neighbour discovery "
    "one holds a MAC more here"
)


def _lines(
    ours: Account, theirs: Account, chances: Chances, limit: int | None
) -> Difference | None:
    agreed: list[str] = []
    count = max(len(ours.trace), len(theirs.trace)) if limit is None else limit
    for place in range(count):
        mine = ours.trace[place] if place < len(ours.trace) else None
        kernel = theirs.trace[place] if place < len(theirs.trace) else None
        if mine is not None and kernel is not None:
            kernel = _as_ours(mine, kernel, chances)
            same = is_equal(mine.packet, kernel.packet, bool(mine.made_here), on_wire=False)
            if _place(mine) == _place(kernel) and same and _as_known(mine, kernel):
                agreed.append(mine.label)
                continue
        if any(line is not None and _tells_redirect(line.packet) for line in (mine, kernel)):
            raise NotComparable(REDIRECT)
        if kernel is not None and ours.is_limited and _is_icmp_error(kernel.packet):
            raise NotComparable(LIMITED)
        return Difference(
            ours.line, "trace", place + 1, _line_text(mine), _line_text(kernel), tuple(agreed)
        )
    return None


def _as_known(mine: Line, kernel: Line) -> bool:
    """Are all bits the same that the simulation does not say the kernel draws?"""
    if not mine.made_here or _tells_redirect(mine.packet):
        return True
    mask = mine.unknown.ljust(len(mine.packet), b"\0")
    one, other = masked(mine.packet, False, False), masked(kernel.packet, False, False)
    return len(one) == len(other) and all(
        not (a ^ b) & ~hidden for a, b, hidden in zip(one, other, mask, strict=False)
    )


def left_to_chance(ours: Account, theirs: Account) -> str:
    """Why what left cannot be compared on this occasion: what the laboratory's time decides."""
    left = [wire.packet for wire in (*ours.wires, *theirs.wires)]
    if any(_tells_redirect(packet) for packet in left):
        return REDIRECT
    return LIMITED if ours.is_limited and any(map(_is_icmp_error, left)) else ""


def _is_icmp_error(data: bytes) -> bool:
    try:
        return is_icmp_error(Packet(data))
    except ValueError:
        return False


def _tells_redirect(data: bytes) -> bool:
    """Is it an ICMP redirect, or an ICMP error about one?"""
    while len(data) > 20:
        size, protocol, kind = 20, IPPROTO_ICMP, 5
        if data[0] >> 4 == 6:
            size, protocol, kind = 40, IPPROTO_ICMPV6, 137
        if len(data) <= size + 8 or data[9 if size == 20 else 6] != protocol:
            return False
        if data[size] == kind:
            return True
        data = data[size + 8 :]
    return False


def _as_ours(mine: Line, kernel: Line, chances: Chances) -> Line:
    packet = chances.from_kernel(mine.packet, kernel.packet, mine.made_here)
    return Line(
        kernel.label, kernel.in_iface, kernel.out_iface, kernel.mark, packet,
        kernel.physin, kernel.physout, mine.made_here,
    )  # fmt: skip


def _place(line: Line) -> tuple[object, ...]:
    return (
        line.label, line.in_iface, line.out_iface, line.mark, line.physin, line.physout,
    )  # fmt: skip


def wires_differ(ours: Account, theirs: Account, chances: Chances) -> Difference | None:
    """The first packet that left otherwise."""
    agreed: list[str] = []
    for place in range(max(len(ours.wires), len(theirs.wires))):
        mine = ours.wires[place] if place < len(ours.wires) else None
        kernel = theirs.wires[place] if place < len(theirs.wires) else None
        if mine is not None and kernel is not None:
            packet = chances.from_kernel(mine.packet, kernel.packet, mine.made_here)
            made = bool(mine.made_here)
            same_macs = mine.macs is None or kernel.macs is None or mine.macs == kernel.macs
            same_place = mine.iface == kernel.iface and same_macs
            if same_place and is_equal(mine.packet, packet, made, on_wire=True):
                agreed.append(_wire_text(mine))
                continue
            kernel = Wire(kernel.iface, packet, macs=kernel.macs if mine.macs else None)
        if any(wire is not None and _tells_redirect(wire.packet) for wire in (mine, kernel)):
            raise NotComparable(REDIRECT)
        if kernel is not None and ours.is_limited and _is_icmp_error(kernel.packet):
            raise NotComparable(LIMITED)
        return Difference(
            ours.line, "wire", place + 1, _wire_text(mine), _wire_text(kernel), tuple(agreed)
        )
    return None


def reads_differ(statement: int, ours: list[Datagram], theirs: list[Datagram]) -> Difference | None:
    """What processes read from their sockets, each once: a group may have several."""
    mine, kernel = sorted(set(ours)), sorted(set(theirs))
    if mine == kernel:
        return None
    place = next(
        (at for at, pair in enumerate(zip(mine, kernel, strict=False)) if pair[0] != pair[1]),
        min(len(mine), len(kernel)),
    )
    one, other = (str(side[place]) if place < len(side) else "" for side in (mine, kernel))
    return Difference(statement, "datagram", place + 1, one, other)


def _described(data: bytes) -> str:
    return _tried(lambda: f"{packet_text(Packet(data))} ({details_text(Packet(data))})") + (
        f"\n                {data.hex()}"
    )


def _tried(text: Callable[[], str]) -> str:
    try:
        return text()
    except ValueError as error:
        return f"not an IP packet: {error}"


def _line_text(line: Line | None) -> str:
    if line is None:
        return ""
    devices = f"in={line.in_iface} out={line.out_iface}"
    if line.physin or line.physout:
        devices += f" physin={line.physin} physout={line.physout}"
    return f"{line.label} {devices} mark={line.mark:#x} {_described(line.packet)}"


def _wire_text(wire: Wire | None) -> str:
    if wire is None:
        return ""
    frame = f" {wire.macs[0]} > {wire.macs[1]}" if wire.macs else ""
    return f"{wire.iface}:{frame} {_described(wire.packet)}"
