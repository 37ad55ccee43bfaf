"""oEmbed 1.0: a link of ours in, a frame with a size out (https://oembed.com/)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit
from xml.etree import ElementTree

from playground.embedding.options import HEIGHT
from playground.site.xmltext import xml_text

WIDTH = 800
SMALLEST = 160
PATH = re.compile(r"/[se]/(?P<pk>[1-9A-HJ-NP-Za-km-z]{9,43})(?:/(?P<number>\d{1,9}|latest))?/?")


class Unasked(ValueError):
    """The question is none; ``status`` is what HTTP says about it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """A link of this site, and how large the frame may be."""

    pk: str
    number: int | None
    width: int
    height: int
    is_xml: bool = False


def asked(values: Mapping[str, str], host: str) -> Asked:
    """Read the question from an address; ``host``: this site's. Raises ``Unasked``."""
    form, url = values.get("format", "json"), values.get("url", "")
    if form not in ("json", "xml"):
        raise Unasked(501, "only json and xml are spoken here")
    if not url:
        raise Unasked(400, "url is missing")
    try:
        parts = urlsplit(url)
        netloc = parts.netloc
    except ValueError:
        raise Unasked(400, "url is no address") from None
    found = PATH.fullmatch(parts.path)
    if parts.scheme not in ("http", "https") or netloc != host or found is None:
        raise Unasked(404, "there is no scenario of this site under that url")
    number = found["number"]
    version = int(number) if number and number != "latest" else None
    return Asked(
        found["pk"], version, _size(values, "maxwidth", WIDTH),
        _size(values, "maxheight", HEIGHT), form == "xml",
    )  # fmt: skip


def _size(values: Mapping[str, str], name: str, usual: int) -> int:
    """The usual size, or less when that is all there is room for."""
    text = values.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) <= 6 and int(text)):
        raise Unasked(400, f"{name} is a number of pixels")
    return min(usual, int(text))


def answer(question: Asked, title: str, frame: str, site: str) -> dict[str, object]:
    """The answer's fields. ``frame``: the address of the frame."""
    html = (
        f'<iframe src="{escape(frame)}" width="{question.width}" height="{question.height}" '
        f'title="{escape(title)}" loading="lazy" frameborder="0"></iframe>'
    )
    return {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": "Chainwalk",
        "provider_url": site,
        "cache_age": 3600,
        "width": question.width,
        "height": question.height,
        "html": html,
    }


def as_xml(fields: dict[str, object]) -> bytes:
    root = ElementTree.Element("oembed")
    for name, value in fields.items():
        ElementTree.SubElement(root, name).text = xml_text(str(value))
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text
