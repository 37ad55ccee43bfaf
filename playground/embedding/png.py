"""A card as PNG, 1200 by 630: what chats and wikis show beside a link."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from PIL import Image, ImageDraw, ImageFont

from playground.embedding.cards import THEMES, Card, wrapped
from playground.shown.diagram import Drawing

WIDTH, HEIGHT = 1200, 630
OVER = 2  # drawn larger and made smaller: Pillow draws without soft edges
MARGIN = 56
Point = tuple[float, float]


def png_of(card: Card, theme: str = "light") -> bytes:
    """The picture's bytes."""
    colours = THEMES[theme]
    image = Image.new("RGB", (WIDTH * OVER, HEIGHT * OVER), colours["paper"])
    pen = _Pen(ImageDraw.Draw(image), colours)
    y = pen.text(MARGIN, 48, wrapped(card.title, 50, 2), 42, "ink") + 18
    for verdict in card.verdicts[:3]:
        pen.mark(MARGIN, y + 4, verdict.meaning)
        y = pen.text(MARGIN + 44, y, wrapped(verdict.sentence, 78, 2), 26, "ink") + 12
    if card.problem:
        y = pen.text(MARGIN, y, [card.problem], 26, "stopped") + 12
    if card.way is not None and y < HEIGHT - 150:
        pen.way(card.way, y + 28, min(1.1, (HEIGHT - y - 130) / 190))
    pen.text(MARGIN, HEIGHT - 44, ["Chainwalk: what netfilter does to a packet"], 20, "quiet")
    small = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


class _Pen:
    def __init__(self, draw: ImageDraw.ImageDraw, colours: dict[str, str]) -> None:
        self.draw, self.colours = draw, colours

    def text(self, x: float, y: float, lines: list[str], size: int, colour: str) -> float:
        """Lines of text; where the next thing may begin."""
        font = ImageFont.load_default(size * OVER)
        for line in lines:
            plain = line.replace("→", "to").replace("–", "-").replace("…", "...")
            self.draw.text((x * OVER, y * OVER), plain, fill=self.colours[colour], font=font)
            y += size * 1.32
        return y

    def line(self, points: list[Point], colour: str, width: float) -> None:
        scaled = [(x * OVER, y * OVER) for x, y in points]
        self.draw.line(scaled, fill=self.colours[colour], width=round(width * OVER), joint="curve")

    def mark(self, x: float, y: float, meaning: str) -> None:
        """The tick, the cross or the question mark of a fate."""
        if meaning == "goes":
            self.line([(x, y + 13), (x + 9, y + 22), (x + 26, y + 2)], "goes", 5)
        elif meaning == "stopped":
            self.line([(x + 2, y + 2), (x + 22, y + 22)], "stopped", 5)
            self.line([(x + 22, y + 2), (x + 2, y + 22)], "stopped", 5)
        else:
            self.text(x, y - 4, ["?"], 30, "unknown")

    def dot(self, x: float, y: float, radius: float, fill: str, edge: str) -> None:
        box = [(x - radius) * OVER, (y - radius) * OVER, (x + radius) * OVER, (y + radius) * OVER]
        self.draw.ellipse(box, fill=self.colours[fill], outline=self.colours[edge], width=3 * OVER)

    def way(self, drawing: Drawing, top: float, scale: float) -> None:
        """The map: lines, then stations with their names. As wide as the picture, less high."""
        stretch = (WIDTH - 2 * MARGIN) / drawing.shape.width

        def place(x: float, y: float) -> Point:
            return MARGIN + x * stretch, top + (y - 20) * scale

        for line in drawing.lines:
            if line.state == "absent":
                continue
            colour = {"main": "accent", "answer": "rewritten"}.get(line.state, "hair")
            for part in points_of(line.path):
                self.line([place(*point) for point in part], colour, 7 if line.state else 4)
        for station in drawing.stations:
            if not station.is_there:
                continue
            x, y = place(station.x, station.y)
            edge = station.ends if station.ends else "accent" if station.seq else "hair"
            fill = "goes" if station.ends == "goes" else "paper"
            self.dot(x, y, 11 if station.is_hook else 9, fill, edge)
            if station.ends == "stopped":
                self.line([(x - 12, y - 12), (x + 12, y + 12)], "stopped", 6)
                self.line([(x + 12, y - 12), (x - 12, y + 12)], "stopped", 6)
            label_x, label_y = place(station.label_x, station.label_y)
            label = f"{station.label} {station.detail}".strip()
            if station.anchor != "start":
                length = ImageFont.load_default(20).getlength(label)
                label_x -= length if station.anchor == "end" else length / 2
            self.text(
                label_x, label_y - 12 * scale - 4, [label], 20, "ink" if station.seq else "quiet"
            )


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
