"""The picture of a card as shapes: laid out once, whatever it is drawn with afterwards.

``svg`` writes these shapes as elements, ``png`` draws them as dots; neither places anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playground.embedding.cards import Card, Verdict, wrapped
from playground.shown.diagram import Drawing, Line, Platform, Station

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Text:
    """One line of words. ``y`` is its base line; ``anchor``: start, middle or end."""

    at: Point
    words: str
    size: float
    colour: str
    anchor: str = "start"
    is_bold: bool = False
    is_mono: bool = False
    is_faint: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """Lines through points; closed and filled if there is a ``fill``."""

    parts: tuple[tuple[Point, ...], ...]
    colour: str
    width: float
    fill: str = ""
    is_dotted: bool = False
    is_faint: bool = False


@dataclass(frozen=True, slots=True)
class Disc:
    at: Point
    radius: float
    fill: str
    edge: str = ""
    width: float = 0
    is_faint: bool = False


Shape = Text | Stroke | Disc


@dataclass(frozen=True, slots=True)
class Lines:
    """How words are set: their size, characters in a line, lines at most, from line to line."""

    size: float
    characters: int
    most: int
    step: float


@dataclass(frozen=True, slots=True)
class Form:
    """What differs between the pictures, in pixels. ``height`` 0: as high as it becomes.

    ``has_tables``: the map shows the tables at its hooks. ``label``: the size of its words.
    """

    width: int
    height: int
    margin: int
    title: Lines
    sentence: Lines
    verdicts: int
    label: float
    has_tables: bool
    signed: str = ""


README = Form(864, 0, 24, Lines(21, 66, 2, 28), Lines(15, 92, 2, 22), 4, 13, True)
CHAT = Form(1200, 630, 56, Lines(42, 50, 2, 55), Lines(26, 78, 2, 34), 3, 20, False,
            "Chainwalk: what netfilter does to a packet")  # fmt: skip
MAP_HEIGHT = 400  # of a map with the tables at its hooks
LOWEST = 232  # where its lowest station is


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    shapes: tuple[Shape, ...]


def laid_out(card: Card, form: Form) -> Picture:
    """Title, the packets' fates, and the way of the first one below them."""
    shapes: list[Shape] = []
    y = form.margin + form.title.size
    for words in wrapped(card.title, form.title.characters, form.title.most):
        shapes.append(Text((form.margin, y), words, form.title.size, "ink", is_bold=True))
        y += form.title.step
    y += form.sentence.size * 0.6
    for verdict in card.verdicts[: form.verdicts]:
        more, y = _verdict(verdict, y, form)
        shapes += more
    if card.problem:
        shapes.append(Text((form.margin, y), card.problem, form.sentence.size, "stopped"))
        y += form.sentence.step
    left = card.more + len(card.verdicts[form.verdicts :])
    if left:
        words = f"and {left} more packet{'s' if left > 1 else ''}"
        at = (form.width - form.margin, y)
        shapes.append(Text(at, words, form.sentence.size * 0.87, "quiet", "end"))
    height = form.height or round(y + (MAP_HEIGHT if card.way else 16))
    if card.way is not None and y < height - 150:
        shapes += _way(card.way, y, form)
    if form.signed:
        at = (form.margin, height - form.margin / 2)
        shapes.append(Text(at, form.signed, form.label, "quiet"))
    return Picture(form.width, height, tuple(shapes))


# The mark of a fate, in sizes of its sentence's letters, from its base line.
_MARKS: dict[str, tuple[tuple[Point, ...], ...]] = {
    "goes": (((0, -0.33), (0.33, 0), (0.93, -0.67)),),
    "stopped": (((0.07, -0.67), (0.73, 0)), ((0.73, -0.67), (0.07, 0))),
}


def _verdict(verdict: Verdict, y: float, form: Form) -> tuple[list[Shape], float]:
    """Its mark and its sentence; where the next one begins."""
    size = form.sentence.size
    shapes: list[Shape] = []
    if verdict.meaning in _MARKS:
        parts = tuple(
            tuple((form.margin + x * size, y + down * size) for x, down in part)
            for part in _MARKS[verdict.meaning]
        )
        shapes.append(Stroke(parts, verdict.meaning, size / 6))
    else:
        shapes.append(Text((form.margin, y), "?", size, "unknown", is_bold=True))
    for words in wrapped(verdict.sentence, form.sentence.characters, form.sentence.most):
        shapes.append(Text((form.margin + size * 1.8, y), words, size, "ink"))
        y += form.sentence.step
    return shapes, y + size / 2


def _way(drawing: Drawing, top: float, form: Form) -> Iterator[Shape]:
    """The map: lines, then stations with their names. As wide as the picture allows."""
    stretch = (form.width - 2 * form.margin) / drawing.shape.width
    scale = stretch if form.has_tables else min(1.1, (form.height - top - 100) / LOWEST)

    def place(x: float, y: float) -> Point:
        return form.margin + x * stretch, top + y * scale

    for line in drawing.lines:
        if form.has_tables or line.state != "absent":
            yield _line(line, place, form)
    for station in drawing.stations:
        if form.has_tables or station.is_there:
            yield from _station(station, place, form)
            if form.has_tables:
                for platform in station.platforms:
                    yield from _platform(platform, place, form)


Placing = Callable[[float, float], Point]


def _line(line: Line, place: Placing, form: Form) -> Stroke:
    colour = {"main": "accent", "answer": "rewritten"}.get(line.state, "hair")
    width = form.label * (0.38 if line.state == "main" else 0.3)
    parts = tuple(tuple(place(*point) for point in part) for part in points_of(line.path))
    return Stroke(parts, colour, width, "", line.state == "answer", line.state == "absent")


def _station(station: Station, place: Placing, form: Form) -> Iterator[Shape]:
    unit, faint = form.label / 13, not station.is_there
    x, y = place(station.x, station.y)
    edge = station.ends if station.ends in ("goes", "stopped") else ""
    edge = edge or ("accent" if station.seq else "hair")
    if station.is_passed:
        yield Disc((x, y), 3 * unit, "paper", is_faint=faint)
    elif station.is_interchange:
        reach = 8 * unit
        corners = ((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y))
        yield Stroke((corners,), edge, 3 * unit, "paper", is_faint=faint)
    else:
        fill = "goes" if station.ends == "goes" else "paper"
        yield Disc((x, y), (8 if station.is_hook else 6) * unit, fill, edge, 3 * unit, faint)
    if station.ends == "stopped":
        reach = 9 * unit
        down = ((x - reach, y - reach), (x + reach, y + reach))
        up = ((x + reach, y - reach), (x - reach, y + reach))
        yield Stroke((down, up), "stopped", 4 * unit)
    words = f"{station.label} {station.detail}".strip()
    colour = "ink" if station.seq else "quiet"
    # A map that is less high keeps its words as far from the stations.
    at = x + (station.label_x - station.x) * unit, y + (station.label_y - station.y) * unit
    yield Text(at, words, form.label, colour, station.anchor, True, True, faint)


def _platform(platform: Platform, place: Placing, form: Form) -> Iterator[Shape]:
    faint, unit = not platform.is_there, form.label / 13
    fill, edge = ("accent", "accent") if platform.seq else ("paper", "quiet")
    yield Disc(place(platform.x, platform.y - 4), 4 * unit, fill, edge, 1.5 * unit, faint)
    colour = "ink" if platform.seq else "quiet"
    at = place(platform.x + 10, platform.y)
    yield Text(at, platform.name, form.label, colour, is_mono=True, is_faint=faint)


def points_of(path: str) -> Iterator[list[Point]]:
    """The corners of an SVG path that has only the commands M, H, V, L and l."""
    x = y = 0.0
    part: list[Point] = []
    for command, said in re.findall(r"([MHVLl])([^MHVLl]*)", path):
        numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", said)]
        if command == "H":
            x = numbers[0]
        elif command == "V":
            y = numbers[0]
        elif command == "l":
            x, y = x + numbers[0], y + numbers[1]
        else:
            x, y = numbers[0], numbers[1]
        if command == "M" and part:
            yield part
            part = []
        part.append((x, y))
        for dx, dy in zip(numbers[2::2], numbers[3::2], strict=False):
            x, y = (x + dx, y + dy) if command == "l" else (dx, dy)
            part.append((x, y))
    if part:
        yield part
