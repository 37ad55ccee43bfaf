"""The moving picture of one packet's way: its stops, what it was at each, and its end.

A poster is a strip of the stops that this packet made, in their order, and a plate with its
addresses that goes from one to the next and says each rewrite where it happens. Where nothing may
move (``prefers-reduced-motion``, print, a viewer without CSS animation) it is the last frame: the
whole way, the addresses as they ended, the verdict.

Time is divided into equal beats: one at each stop and one for the way to the next, then as many
as ``REST`` for reading the verdict. ``frames_of`` turns beats into the percentages of keyframes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from playground.embedding.cards import MEANINGS, wrapped
from playground.shown.diagram import Tracker
from playground.shown.headers import tuple_of
from playground.shown.network import INTERCHANGES, LABELS
from playground.walks.runs import Walk
from sim.tell.render import sentence
from sim.trace import steps as t

WIDTH, HEIGHT, MARGIN = 1200, 630, 64
LINE = 430  # the height at which the stops are
MOST_STOPS = 10
BEAT = 0.75  # seconds
REST = 6  # beats
LABEL, PLATE = 22.0, 22.0  # sizes of letters
LETTER = 0.61  # width of a letter of the plate's, in sizes
# What would have come behind each stop, for a packet that ended before it.
_GOES_ON = {
    "wire in": "PREROUTING", "PREROUTING": "routing", "routing": "FORWARD",
    "FORWARD": "POSTROUTING", "ipsec fwd": "FORWARD", "INPUT": "process", "ipsec in": "process",
    "routing out": "OUTPUT", "OUTPUT": "POSTROUTING", "POSTROUTING": "wire out",
    "bridge": "wire out", "bridge out": "wire out", "ipsec out": "wire out",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stop:
    """``plate``: the packet as it leaves this stop, two lines. ``detail``: what was done here."""

    station: str
    label: str
    plate: tuple[str, str]
    detail: str = ""
    is_reached: bool = True

    @property
    def is_interchange(self) -> bool:
        return self.station in INTERCHANGES


@dataclass(frozen=True, slots=True)
class Told:
    """What a poster tells. ``meaning``: goes, stopped, unknown; no ``stops``: no packet walked."""

    title: str
    meaning: str
    sentence: str
    stops: tuple[Stop, ...]


def told_of(title: str, walk: Walk) -> Told:
    """Of the first packet that did not arrive, or of the first: it is the one people ask about."""
    title = title or "What netfilter does to a packet"
    if walk.refused is not None:
        return Told(title, "unknown", "This scenario cannot be read.", ())
    fates = [step for step in walk.steps if isinstance(step, t.Fate) and step.main]
    if not fates:
        return Told(title, "unknown", "There is no packet.", ())
    meanings = [MEANINGS.get(fate.verdict, "unknown") for fate in fates]
    number = meanings.index("stopped") if "stopped" in meanings else 0
    fate = fates[number]
    own = [step for step in walk.steps if step.line == fate.line]
    return Told(title, meanings[number], sentence(fate), _stops(own, fate))


def _stops(steps: Sequence[t.Step], fate: t.Fate) -> tuple[Stop, ...]:
    tracker, stops = Tracker(), list[Stop]()
    for step in steps:
        station = tracker.place(step)
        if step.packet.id != fate.packet.id or not station:
            continue
        plate = _plate(step)
        if not stops or stops[-1].station != station:
            stops.append(Stop(station, _label(station, step), plate))
        last, detail = stops[-1], _detail(step, stops[-1].plate, plate)
        label = _label(station, step) if isinstance(step, t.Sent) else last.label
        stops[-1] = replace(last, plate=plate, label=label, detail=detail or last.detail)
    if MEANINGS.get(fate.verdict) == "stopped" and stops:
        behind = stops[-1].station
        while (behind := _GOES_ON.get(behind, "")) and len(stops) < MOST_STOPS:
            stops.append(Stop(behind, LABELS.get(behind, behind), stops[-1].plate, "", False))
    if len(stops) > MOST_STOPS:  # its end is what counts
        stops = [stops[0], *stops[1 - MOST_STOPS :]]
    return tuple(stops)


def _plate(step: t.Step) -> tuple[str, str]:
    words = tuple_of(step.packet)
    source, arrow, destination = words.rpartition(" → ")
    return (source, f"→ {destination}") if arrow else (words, "")


def _label(station: str, step: t.Step) -> str:
    iface = {"wire in": step.where.in_iface, "wire out": step.where.out_iface}.get(station)
    if isinstance(step, t.Sent):
        iface = step.iface
    label = LABELS.get(station, station)
    return f"{label} {iface}" if iface else label


def _detail(step: t.Step, before: tuple[str, str], now: tuple[str, str]) -> str:
    """Which kind of rewrite, or the place that ended it, in two words."""
    if isinstance(step, t.NatApplied):
        return "source NAT" if before[0] != now[0] else "destination NAT"
    if isinstance(step, t.Fate) and step.where.rule:
        return f"{step.where.table_name} rule {step.where.rule}"
    return ""


# ---- as shapes ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Placed:
    """A stop with its place. ``row``: which of two rows its words stand in, so that none meet."""

    stop: Stop
    x: float
    anchor: str
    row: int
    is_end: bool

    @property
    def label_y(self) -> int:
        """The base line of its name; the lower row keeps clear of the upper one's details."""
        return 480 + 52 * self.row

    @property
    def detail_y(self) -> int:
        """The base line of what was done here."""
        return self.label_y + 26


@dataclass(frozen=True, slots=True)
class Plate:
    """One pair of lines, seen between two points of the whole time, in percent."""

    lines: tuple[str, str]
    is_changed: bool
    first: float
    last: float
    is_last: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """At ``at`` percent the packet is at ``x``, its plate's left edge at ``left``."""

    at: float
    x: float
    left: float


@dataclass(frozen=True, slots=True)
class Poster:
    """Everything that the template writes. ``verdict``: base lines and words; ``seconds``: of one
    round; ``shown_at``: percent at which the verdict is said."""

    told: Told
    title: str
    verdict: tuple[tuple[int, str], ...]
    stops: tuple[Placed, ...]
    plates: tuple[Plate, ...]
    frames: tuple[Frame, ...]
    plate_width: float
    plate_size: float
    label_size: float
    seconds: float
    shown_at: float

    @property
    def reached(self) -> float:
        """Where the packet's line ends."""
        return self.frames[-1].x if self.frames else MARGIN

    @property
    def end(self) -> float:
        """Where the whole line ends."""
        return self.stops[-1].x if self.stops else MARGIN


def laid_out(told: Told) -> Poster:
    """Where everything stands, and when."""
    size, width = _plate_size(told.stops)
    places = _places(len(told.stops))
    ends = sum(stop.is_reached for stop in told.stops) - 1
    stops = tuple(
        Placed(stop, x, _anchor(number, len(places)), number % 2 if len(places) > 5 else 0,
               number == ends)
        for number, (stop, x) in enumerate(zip(told.stops, places, strict=True))
    )  # fmt: skip
    beats = max(1, 2 * ends + 1 + REST)
    frames = frames_of(places[: ends + 1], width, beats)
    return Poster(
        told, wrapped(told.title, 70, 1)[0],
        tuple((146 + 40 * n, words) for n, words in enumerate(wrapped(told.sentence, 56, 3))),
        stops,
        _plates([stop for stop in told.stops if stop.is_reached], beats), frames, width, size,
        LABEL if len(places) <= 8 else LABEL * 0.85, round(beats * BEAT, 2),
        round(100 * (2 * ends + 1) / beats, 2),
    )  # fmt: skip


def _plate_size(stops: Sequence[Stop]) -> tuple[float, float]:
    """The letters' size and the plate's width: as large as the longest line allows."""
    longest = max((len(line) for stop in stops for line in stop.plate), default=1)
    size = min(PLATE, (WIDTH - 2 * MARGIN - 32) / (longest * LETTER))
    return round(size, 1), round(longest * size * LETTER + 32, 1)


def _places(count: int) -> list[float]:
    left, right = MARGIN + 15, WIDTH - MARGIN - 15
    if count < 2:
        return [float(left)] * count
    return [round(left + (right - left) * number / (count - 1), 1) for number in range(count)]


def _anchor(number: int, count: int) -> str:
    return "start" if number == 0 else "end" if number == count - 1 else "middle"


def frames_of(places: Sequence[float], width: float, beats: int) -> tuple[Frame, ...]:
    """A beat at each place and one on the way to the next; the plate never leaves the picture."""
    frames = []
    for number, x in enumerate(places):
        left = min(max(x - 15, MARGIN), WIDTH - MARGIN - width)
        for beat in (2 * number, 2 * number + 1):
            frames.append(Frame(round(100 * beat / beats, 2), x, round(left, 1)))
    return tuple(frames)


def _plates(stops: Sequence[Stop], beats: int) -> tuple[Plate, ...]:
    """The plate as it arrives at a stop gives way, halfway through its beat, to what it became."""
    plates: list[Plate] = []
    for number, stop in enumerate(stops):
        begins = 0.0 if not plates else round(100 * (2 * number + 0.5) / beats, 2)
        if plates and plates[-1].lines == stop.plate:
            continue
        if plates:
            plates[-1] = replace(plates[-1], last=begins, is_last=False)
        plates.append(Plate(stop.plate, bool(plates), begins, 100.0, True))
    return tuple(plates)
