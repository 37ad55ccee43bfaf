"""``{% load shown %}``: the parts of a trace that are made in Python, for templates."""

from __future__ import annotations

from django.template import Library

from playground.shown.changed import marked_lines
from playground.shown.markup import pieces_html, rows_html, steps_html
from playground.shown.svg import map_html, picture_html

register = Library()
register.filter("marked_lines", marked_lines)
register.filter("as_map", map_html)
register.filter("as_picture", picture_html)
register.simple_tag(rows_html, name="rows")
register.simple_tag(steps_html, name="steps")
register.simple_tag(pieces_html, name="pieces")
