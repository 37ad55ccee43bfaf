"""Markdown as people write it, to HTML that may stand in our pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml, unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from playground.site.limits import LIMITS

MOST_CHARACTERS = LIMITS.markdown_characters

# What is too wide scrolls, by keyboard as well; links give nothing away.
_ADDED: dict[str, dict[str, str | int | float]] = {
    "link_open": {"rel": "nofollow noopener"},
    "table_open": {"tabindex": "0"},
    "code_block": {"tabindex": "0"},
}


def for_our_pages(reader: MarkdownIt) -> None:
    """A markdown-it plugin: what elements of our pages have beside CommonMark's attributes."""
    reader.core.ruler.push("attributes", _add_attributes)
    reader.add_render_rule("fence", _fence)


def _add_attributes(state: StateCore) -> None:
    for token in _every(state.tokens):
        token.attrs = {**_ADDED.get(token.type, {}), **token.attrs}


def _every(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _every(token.children or ())


def _fence(
    renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    """As markdown-it has it, whose attributes would stand on ``code``: here ``pre`` scrolls."""
    token = tokens[at]
    language = unescapeAll(token.info).strip().split(maxsplit=1)[:1]
    named = f' class="{options.langPrefix}{escapeHtml(language[0])}"' if language else ""
    return f'<pre tabindex="0"><code{named}>{escapeHtml(token.content)}</code></pre>\n'


@cache
def _reader() -> MarkdownIt:
    """No raw HTML and no pictures from elsewhere; links only to the web and to mail."""
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
    return reader.enable(["table", "strikethrough"]).disable(["image"]).use(for_our_pages)


def to_html(text: str) -> SafeString:
    """Everything that is not Markdown comes out as text (markdown-it escapes it).

    ``javascript:`` and the like are no links for markdown-it.
    """
    return SafeString(_reader().render(text[:MOST_CHARACTERS]))
