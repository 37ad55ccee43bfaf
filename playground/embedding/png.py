"""A card as PNG, 1200 by 630: what chats and wikis show beside a link."""

from __future__ import annotations

import io

from PIL import Image, ImageColor, ImageDraw, ImageFont

from playground.embedding.cards import THEMES, Card
from playground.embedding.layout import CHAT, Disc, Point, Stroke, Text, laid_out

OVER = 2  # drawn larger and made smaller: Pillow draws without soft edges
FAINT = 0.45
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
# What Pillow's own font lacks.
_PLAIN = str.maketrans({"→": "to", "–": "-", "…": "..."})
Colour = tuple[int, ...]


def png_of(card: Card, theme: str = "light") -> bytes:
    """The picture's bytes."""
    picture = laid_out(card, CHAT)
    colours = THEMES[theme]
    size = picture.width * OVER, picture.height * OVER
    image = Image.new("RGB", size, colours["paper"])
    pen = _Pen(ImageDraw.Draw(image), colours)
    for shape in picture.shapes:
        match shape:
            case Text():
                pen.text(shape)
            case Stroke():
                pen.stroke(shape)
            case Disc():
                pen.disc(shape)
    small = image.resize((picture.width, picture.height), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


class _Pen:
    def __init__(self, draw: ImageDraw.ImageDraw, colours: dict[str, str]) -> None:
        self.draw, self.colours = draw, colours

    def colour(self, name: str, is_faint: bool) -> Colour:
        """What is faint is mixed with the paper: the picture has no alpha."""
        ink = ImageColor.getrgb(self.colours[name])
        if not is_faint:
            return ink
        paper = ImageColor.getrgb(self.colours["paper"])
        return tuple(round(a * FAINT + b * (1 - FAINT)) for a, b in zip(ink, paper, strict=True))

    def text(self, text: Text) -> None:
        x, y = _over(text.at)
        words, font = text.words.translate(_PLAIN), ImageFont.load_default(text.size * OVER)
        fill = self.colour(text.colour, text.is_faint)
        self.draw.text((x, y), words, fill=fill, font=font, anchor=_ANCHORS[text.anchor])

    def stroke(self, stroke: Stroke) -> None:
        colour, width = self.colour(stroke.colour, stroke.is_faint), round(stroke.width * OVER)
        for part in stroke.parts:
            points = [_over(point) for point in part]
            if stroke.fill:
                fill = self.colour(stroke.fill, stroke.is_faint)
                self.draw.polygon(points, fill=fill, outline=colour, width=width)
            else:
                self.draw.line(points, fill=colour, width=width, joint="curve")

    def disc(self, disc: Disc) -> None:
        x, y = _over(disc.at)
        reach = disc.radius * OVER
        edge = self.colour(disc.edge, disc.is_faint) if disc.edge else None
        self.draw.ellipse(
            (x - reach, y - reach, x + reach, y + reach),
            fill=self.colour(disc.fill, disc.is_faint),
            outline=edge,
            width=round(disc.width * OVER),
        )


def _over(point: Point) -> Point:
    return point[0] * OVER, point[1] * OVER
