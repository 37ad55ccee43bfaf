"""A conversation as a ladder: devices and the host as uprights, each packet as a rung."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sim.packet.arp import arp_text
from sim.packet.packet import Packet
from sim.tell.render import flags_text, protocol_text
from sim.trace import steps as t

HOST = "this host"
ROWS = {"wide": 52, "tall": 40}  # a wide one has the ends below the arrow
TOP = 34


@dataclass(frozen=True, slots=True)
class Upright:
    name: str
    x: int


@dataclass(frozen=True, slots=True)
class Rung:
    """From ``x1`` to ``x2``; ``ends`` as on the map; ``seq`` is the step to go to."""

    x1: int
    x2: int
    y: int
    label: str
    between: str  # from whom to whom; empty on a narrow screen
    seq: int
    is_answer: bool
    ends: str

    @property
    def words(self) -> str:
        """What is seen, for who does not: the packet, its ends, what became of it."""
        fate = {
            "stopped": "stopped here",
            "goes": "delivered",
            "unknown": "its verdict is not known",
        }
        return ", ".join(filter(None, (self.label, self.between, fate.get(self.ends, ""))))

    @property
    def middle(self) -> int:
        return (self.x1 + self.x2) // 2

    @property
    def head(self) -> str:
        """The arrow's head, as a path."""
        back = -9 if self.x2 > self.x1 else 9
        return f"M{self.x2} {self.y}l{back} -5v10z"


@dataclass(frozen=True, slots=True)
class Ladder:
    width: int
    height: int
    name: str
    uprights: tuple[Upright, ...]
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class _Event:
    device: str
    inward: bool
    packet: Packet
    line: int
    seq: int
    is_answer: bool
    ends: str


def draw(steps: Iterable[t.Step]) -> tuple[Ladder, ...]:
    """The ladder for a wide and for a narrow screen; none for a single packet."""
    events = list(_events(list(steps)))
    if len({event.line for event in events}) < 2:
        return ()
    devices = list(dict.fromkeys(event.device for event in events))
    # The host stands between the first device and the others, as people draw it.
    names = [*devices[:1], HOST, *devices[1:]]
    return _shape("wide", 800, names, events), _shape("tall", 340, names, events)


def _events(steps: list[t.Step]) -> Iterable[_Event]:
    fates = {s.packet.id: s for s in steps if isinstance(s, t.Fate)}
    answers = {s.packet.id for s in steps if isinstance(s, t.Emitted)}
    for step in steps:
        if isinstance(step, t.Arrived):
            fate = fates.get(step.packet.id)
            stopped = fate is not None and fate.verdict not in ("forwarded", "delivered", "sent")
            ends = "" if fate is None else "stopped" if stopped else "goes"
            yield _Event(
                step.where.in_iface, True, step.packet, step.line, step.seq, False,
                ends if fate is None or fate.verdict != "forwarded" else "",
            )  # fmt: skip
        elif isinstance(step, t.Sent):
            is_answer = step.packet.id in answers
            yield _Event(step.iface, False, step.packet, step.line, step.seq, is_answer, "")


def _shape(name: str, width: int, names: list[str], events: list[_Event]) -> Ladder:
    margin = 60 if name == "wide" else 36
    gap = (width - 2 * margin) // max(1, len(names) - 1)
    places = {upright: margin + gap * number for number, upright in enumerate(names)}
    rungs = []
    row = ROWS[name]
    for number, event in enumerate(events, 1):
        there, here = places[event.device], places[HOST]
        x1, x2 = (there, here) if event.inward else (here, there)
        rungs.append(
            Rung(
                x1, x2, TOP + number * row, f"{event.line} {_what(event)}",
                _between(event) if name == "wide" else "", event.seq, event.is_answer, event.ends,
            )
        )  # fmt: skip
    return Ladder(
        width,
        TOP + (len(events) + 1) * row,
        name,
        tuple(Upright(upright, x) for upright, x in places.items()),
        tuple(rungs),
    )


def _what(event: _Event) -> str:
    if event.packet.is_arp:
        return "arp"
    headers = event.packet.headers
    what = protocol_text(headers.protocol)
    if headers.tcp:
        return f"{what} {flags_text(headers.tcp.flags)}"
    if headers.icmp:
        return f"{what} {headers.icmp.type}/{headers.icmp.code}"
    return what


def _between(event: _Event) -> str:
    if event.packet.is_arp:
        return arp_text(event.packet)
    headers = event.packet.headers
    if headers.sport is None:
        return f"{headers.src} → {headers.dst}"
    if headers.family == 6:
        return f"[{headers.src}]:{headers.sport} → [{headers.dst}]:{headers.dport}"
    return f"{headers.src}:{headers.sport} → {headers.dst}:{headers.dport}"
