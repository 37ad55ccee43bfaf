"""A conversation as a ladder: the peers and the host as uprights, each packet as a rung."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sim.base.values import address_text
from sim.packet.arp import arp_text
from sim.packet.packet import Packet
from sim.tell.render import flags_text, protocol_text
from sim.trace import steps as t

HOST = "this host"
ROWS = {"wide": 52, "tall": 40}  # a wide one has the ends below the arrow
TOP = 48  # px: below the names and their devices
CHARACTER = {"wide": 9.4, "tall": 8.2}  # px of a name's type, at most
PLAIN = 7.8  # px of the type of what stands below an arrow
MOST_PEERS = {"wide": 3, "tall": 2}  # so many have an upright each; of more, each device has one


@dataclass(frozen=True, slots=True)
class Upright:
    """A peer by its address, and the device that leads to it; or the host."""

    name: str
    device: str
    x: int
    anchor: str  # where the name begins from: one that is too long for the middle stays in sight
    text_x: int


@dataclass(frozen=True, slots=True)
class Rung:
    """From ``x1`` to ``x2``; ``ends`` as on the map; ``seq`` is the step to go to."""

    x1: int
    x2: int
    y: int
    label: str
    between: str  # from whom to whom
    drawn: str  # what of it is drawn: nothing on a narrow screen, not the peer's address twice
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
    peer: str  # whose packet came, or for whom one left; of ARP none is known
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
    return _shape("wide", 800, events), _shape("tall", 340, events)


def _columns(events: list[_Event], most: int) -> dict[tuple[str, str], tuple[str, str]]:
    """The name and the device of each upright, by the (device, peer) of its packets, in order.

    The host stands between what is behind the first device and the others, as people draw it.
    """
    peers = dict.fromkeys((event.device, event.peer) for event in events)
    devices = list(dict.fromkeys(device for device, _ in peers))
    names: dict[tuple[str, str], tuple[str, str]] = {}
    for device in devices:
        behind = list(dict.fromkeys(peer for at, peer in peers if at == device and peer))
        for at, peer in peers:
            if at != device:
                continue
            if not behind:
                names[at, peer] = (device, "")
            elif len(peers) <= most or len(behind) == 1:
                names[at, peer] = (peer or behind[0], device)
            else:
                names[at, peer] = (f"{len(behind)} peers", device)
    return names


def _events(steps: list[t.Step]) -> Iterable[_Event]:
    fates = {s.packet.id: s for s in steps if isinstance(s, t.Fate)}
    answers = {s.packet.id for s in steps if isinstance(s, t.Emitted)}
    for step in steps:
        if isinstance(step, t.Arrived):
            fate = fates.get(step.packet.id)
            stopped = fate is not None and fate.verdict not in ("forwarded", "delivered", "sent")
            ends = "" if fate is None else "stopped" if stopped else "goes"
            yield _Event(
                _peer(step.packet, inward=True), step.where.in_iface, True, step.packet,
                step.line, step.seq, False,
                ends if fate is None or fate.verdict != "forwarded" else "",
            )  # fmt: skip
        elif isinstance(step, t.Sent):
            is_answer = step.packet.id in answers
            yield _Event(
                _peer(step.packet, inward=False), step.iface, False, step.packet, step.line,
                step.seq, is_answer, "",
            )  # fmt: skip


def _peer(packet: Packet, *, inward: bool) -> str:
    if packet.is_arp:
        return ""
    return address_text(packet.headers.src if inward else packet.headers.dst)


def _shape(name: str, width: int, events: list[_Event]) -> Ladder:
    margin = 76 if name == "wide" else 48
    columns = _columns(events, MOST_PEERS[name])
    order = list(dict.fromkeys(columns.values()))
    first = [one for one in order if one == order[0] or (one[1] and one[1] == order[0][1])]
    uprights = [*first, (HOST, ""), *(one for one in order if one not in first)]
    gap = (width - 2 * margin) // max(1, len(uprights) - 1)
    places = {upright: margin + gap * number for number, upright in enumerate(uprights)}
    rungs = []
    row = ROWS[name]
    for number, event in enumerate(events, 1):
        there, here = places[columns[event.device, event.peer]], places[HOST, ""]
        x1, x2 = (there, here) if event.inward else (here, there)
        rungs.append(
            Rung(
                x1, x2, TOP + number * row, f"{event.line} {_what(event)}",
                _between(event), _drawn(event, abs(x2 - x1)) if name == "wide" else "",
                event.seq, event.is_answer, event.ends,
            )
        )  # fmt: skip
    return Ladder(
        width,
        TOP + (len(events) + 1) * row,
        name,
        tuple(_upright(*upright, x, width, CHARACTER[name]) for upright, x in places.items()),
        tuple(rungs),
    )


def _upright(name: str, device: str, x: int, width: int, character: float) -> Upright:
    half = len(name) * character / 2
    if half > x:
        return Upright(name, device, x, "start", 2)
    if half > width - x:
        return Upright(name, device, x, "end", width - 2)
    return Upright(name, device, x, "middle", x)


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


def _drawn(event: _Event, room: int) -> str:
    """Both ends; where they are wider than the arrow, of the peer's, whose name stands above, the
    port alone."""
    text = _between(event)
    if event.packet.is_arp or event.packet.headers.sport is None or len(text) * PLAIN <= room:
        return text
    source, arrow, target = text.partition(" → ")
    if event.inward:
        return f":{source.rpartition(':')[2]}{arrow}{target}"
    return f"{source}{arrow}:{target.rpartition(':')[2]}"


def _between(event: _Event) -> str:
    if event.packet.is_arp:
        return arp_text(event.packet)
    headers = event.packet.headers
    if headers.sport is None:
        return f"{headers.src} → {headers.dst}"
    if headers.family == 6:
        return f"[{headers.src}]:{headers.sport} → [{headers.dst}]:{headers.dport}"
    return f"{headers.src}:{headers.sport} → {headers.dst}:{headers.dport}"
