"""A card as SVG: for READMEs, in light and dark, with its words in title and desc."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from playground.embedding.cards import THEMES, Card
from playground.embedding.layout import README, Disc, Point, Shape, Stroke, Text, laid_out
from playground.site.xmltext import xml_text


def svg_of(card: Card, theme: str) -> str:
    """The whole document. ``theme``: light or dark."""
    picture = laid_out(card, README)
    colours = THEMES[theme]
    shapes = [_element(shape, colours) for shape in picture.shapes]
    context = {"card": card, "c": colours, "picture": picture, "shapes": shapes}
    return xml_text(render_to_string("embedding/card.svg", context))


def _element(shape: Shape, colours: dict[str, str]) -> SafeString:
    faint = SafeString(' opacity="0.45"' if shape.is_faint else "")
    match shape:
        case Text():
            kind = " ".join(["mono"] * shape.is_mono + ["bold"] * shape.is_bold)
            return format_html(
                '<text x="{}" y="{}" font-size="{}" text-anchor="{}" fill="{}"{}{}>{}</text>',
                *_point(shape.at), f"{shape.size:g}", shape.anchor, colours[shape.colour],
                _FONTS[kind], faint, shape.words,
            )  # fmt: skip
        case Stroke():
            fill = colours[shape.fill] if shape.fill else "none"
            dots = SafeString(' stroke-dasharray="2 8"' if shape.is_dotted else "")
            return format_html(
                '<path d="{}" fill="{}" stroke="{}" stroke-width="{}" stroke-linecap="round"'
                ' stroke-linejoin="round"{}{}/>',
                _path(shape), fill, colours[shape.colour], f"{shape.width:g}", dots, faint,
            )  # fmt: skip
        case Disc():
            edge = colours[shape.edge] if shape.edge else "none"
            return format_html(
                '<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="{}" stroke-width="{}"{}/>',
                *_point(shape.at), f"{shape.radius:g}", colours[shape.fill], edge,
                f"{shape.width:g}", faint,
            )  # fmt: skip


_MONO = " font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, monospace\""
_BOLD = ' font-weight="600"'
_FONTS = {
    "": SafeString(""),
    "bold": SafeString(_BOLD),
    "mono": SafeString(_MONO),
    "mono bold": SafeString(_MONO + _BOLD),
}


def _point(point: Point) -> tuple[str, str]:
    return f"{round(point[0], 1):g}", f"{round(point[1], 1):g}"


def _path(stroke: Stroke) -> str:
    close = "z" if stroke.fill else ""
    return "".join(
        "M" + "L".join(" ".join(_point(point)) for point in part) + close for part in stroke.parts
    )
