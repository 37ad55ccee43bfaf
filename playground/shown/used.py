"""A drawing of what one packet used: for places with no room for the whole network.

Places that it did not come by are left out, the tables of a stop close up, and rows with little
between them move together. It stays the same network: nothing changes its side or its order.
"""

from __future__ import annotations

import re
from dataclasses import replace

from playground.shown.diagram import Drawing, Line, Platform, Station

CHARACTER = 7.9  # px of the map's type
BOLD = 9.0  # of its names
NAME, TABLE = 24, 19  # px that a name and each table below it take
LEAST = 48  # px between two rows: two lines at 45 degrees
EDGE = (16, 34, 16, 8)  # px around it: left, above, right, below
_SHOWN = frozenset({"main", "answer"})
_PATH = re.compile(r"([MVHl])([\d.-]+)(?: ([\d.-]+))?")


def used(drawing: Drawing) -> Drawing:
    """The part of a drawing that its packet used; the whole one where it used nothing."""
    kept = [_closed(one) for one in drawing.stations if one.seq]
    if not kept:
        return drawing
    rows = _rows(kept)
    stations = tuple(_moved(one, rows[one.y] - one.y) for one in kept)
    lines = tuple(
        Line(_led(line.path, rows), line.state) for line in drawing.lines if line.state in _SHOWN
    )
    return replace(drawing, stations=stations, lines=lines, box=_box(stations))


def _closed(station: Station) -> Station:
    """Its visited tables, none under a gap."""
    visited = [one for one in station.platforms if one.seq]
    places = [one.y for one in station.platforms]
    return replace(
        station,
        platforms=tuple(replace(one, y=y) for one, y in zip(visited, places, strict=False)),
    )


def _moved(station: Station, down: int) -> Station:
    def lower(platform: Platform) -> Platform:
        return replace(platform, y=platform.y + down)

    return replace(
        station,
        y=station.y + down,
        label_y=station.label_y + down,
        platforms=tuple(map(lower, station.platforms)),
    )


def _rows(stations: list[Station]) -> dict[int, int]:
    """Where each row of the drawing goes: as near to the one above as what hangs there lets it."""
    rows: dict[int, int] = {}
    for y in sorted({one.y for one in stations}):
        place = y if not rows else 0
        for above, new in rows.items():
            for one in stations:
                if one.y == above:
                    hangs = any(_overlap(one, other) for other in stations if other.y == y)
                    need = NAME + TABLE * (len(one.platforms) + 1) if hangs else LEAST
                    place = max(place, min(new + max(need, LEAST), new + y - above))
        rows[y] = place
    return rows


def _overlap(one: Station, other: Station) -> bool:
    (left, right), (start, end) = _span(one), _span(other)
    return left < end and start < right


def _span(station: Station) -> tuple[float, float]:
    """From the left edge of a station and its words to the right one."""
    words = f"{station.label} {station.detail}".strip()
    wide = len(words) * BOLD
    left = station.label_x - {"start": 0.0, "middle": wide / 2, "end": wide}[station.anchor]
    tables = [one.x + 10 + len(one.name) * CHARACTER for one in station.platforms]
    return min(left, station.x - 8), max([left + wide, station.x + 8.0, *tables])


def _at(y: float, rows: dict[int, int]) -> float:
    """The new place of a height: its row's, or between those around it."""
    known = sorted(rows.items())
    if y in rows:
        return rows[int(y)]
    below = [pair for pair in known if pair[0] > y]
    above = [pair for pair in known if pair[0] < y]
    if not above or not below:
        nearest, place = (below or above[::-1])[0]
        return place + y - nearest
    (top, high), (bottom, low) = above[-1], below[0]
    return high + (low - high) * (y - top) / (bottom - top)


def _led(path: str, rows: dict[int, int]) -> str:
    """A line through the moved rows: what goes aslant keeps its size, what is upright gives way."""
    parts = [(kind, float(first), float(then or 0)) for kind, first, then in _PATH.findall(path)]
    said = []
    for number, (kind, first, then) in enumerate(parts):
        if kind == "M":
            said.append(f"M{first:g} {_at(then, rows):g}")
        elif kind == "V":
            drop = _drop(parts[number + 1 :])
            said.append(f"V{_at(first + drop, rows) - drop:g}")
        elif kind == "H":
            said.append(f"H{first:g}")
        else:
            said.append(f"l{first:g} {then:g}")
    return "".join(said)


def _drop(parts: list[tuple[str, float, float]]) -> float:
    """How far down a line goes aslant until it is upright again, or ends."""
    drop = 0.0
    for kind, _, down in parts:
        if kind in "VM":
            break
        drop += down if kind == "l" else 0
    return drop


def _box(stations: tuple[Station, ...]) -> tuple[int, int, int, int]:
    spans = [_span(one) for one in stations]
    left = min(start for start, _ in spans) - EDGE[0]
    right = max(end for _, end in spans) + EDGE[2]
    top = min(one.y for one in stations) - EDGE[1]
    below = [max(one.label_y, *(p.y for p in one.platforms), one.y + 12) if one.platforms
             else max(one.label_y, one.y + 12) for one in stations]  # fmt: skip
    bottom = max(below) + EDGE[3]
    return round(left), round(top), round(right - left), round(bottom - top)
