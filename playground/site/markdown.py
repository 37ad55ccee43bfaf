"""Markdown as people write it, to HTML that may stand in our pages."""

from __future__ import annotations

from functools import cache

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

MOST_CHARACTERS = 200_000


@cache
def _reader() -> MarkdownIt:
    """No raw HTML and no pictures from elsewhere; links only to the web and to mail."""
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
    return reader.enable(["table", "strikethrough"]).disable(["image"])


def to_html(text: str) -> SafeString:
    """Everything that is not Markdown comes out as text (markdown-it escapes it).

    Links get ``rel`` so that they give nothing away; ``javascript:`` and the like are no links
    for markdown-it.
    """
    html = _reader().render(text[:MOST_CHARACTERS])
    html = html.replace("<a href=", '<a rel="nofollow noopener" href=')
    for wide in ("pre", "table"):  # what is too wide scrolls, by keyboard as well
        html = html.replace(f"<{wide}>", f'<{wide} tabindex="0">')
    return mark_safe(html)
