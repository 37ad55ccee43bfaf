"""A card as SVG: for READMEs, in light and dark, with its words in title and desc."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import render_to_string

from playground.embedding.cards import THEMES, Card, wrapped
from playground.site.xmltext import xml_text

WIDTH, MARGIN, LINE = 864, 24, 24
MAP_SCALE_HEIGHT = 400


@dataclass(frozen=True, slots=True)
class TextLine:
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    meaning: str
    mark_y: int
    lines: tuple[TextLine, ...]


def svg_of(card: Card, theme: str) -> str:
    """The whole document. ``theme``: light or dark."""
    y = MARGIN + LINE
    title = [TextLine(y + number * 28, text) for number, text in
             enumerate(wrapped(card.title, 66, 2))]  # fmt: skip
    y = title[-1].y + LINE + 12
    paragraphs = []
    for verdict in card.verdicts:
        lines = wrapped(verdict.sentence, 92, 2)
        placed = tuple(TextLine(y + number * 22, text) for number, text in enumerate(lines))
        paragraphs.append(Paragraph(verdict.meaning, y, placed))
        y = placed[-1].y + 30
    height = y + (MAP_SCALE_HEIGHT if card.way else 16)
    context = {
        "card": card, "c": THEMES[theme], "title": title, "paragraphs": paragraphs,
        "width": WIDTH, "height": height, "map_y": y, "margin": MARGIN, "more_y": y,
    }  # fmt: skip
    return xml_text(render_to_string("embedding/card.svg", context))
