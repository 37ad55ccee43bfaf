"""Markdown of people's pages: what it adds to CommonMark, and what it never lets through."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.site.markdown import to_html
from tests.environment import draws


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("[a](https://x.test)",
         '<p><a rel="nofollow noopener" href="https://x.test">a</a></p>\n'),
        ("<https://x.test>",
         '<p><a rel="nofollow noopener" href="https://x.test">https://x.test</a></p>\n'),
        ("    -A INPUT\n", '<pre tabindex="0"><code>-A INPUT\n</code></pre>\n'),
        ("```sh set\n<b>\n```",
         '<pre tabindex="0"><code class="language-sh">&lt;b&gt;\n</code></pre>\n'),
        ("```\n[a](b)\n```", '<pre tabindex="0"><code>[a](b)\n</code></pre>\n'),
        ("`<a href=`", "<p><code>&lt;a href=</code></p>\n"),
        ("[a](javascript:b)", "<p>[a](javascript:b)</p>\n"),
    ],
)  # fmt: skip
def test_links_give_nothing_away_and_what_is_wide_scrolls(text: str, html: str) -> None:
    """A link has rel; code and tables can have the focus; text that looks like either has none."""
    assert to_html(text) == html


def test_a_table_scrolls() -> None:
    """It has the focus, in whatever it stands."""
    assert to_html("> |a|\n> |-|\n> |b|\n").count('<table tabindex="0">') == 1


@settings(deadline=None, max_examples=draws(200, 50))
@given(st.text(alphabet="<>\"'`[]()!|-#* \nabi:/&;=", max_size=60))
def test_no_element_comes_from_the_text_itself(text: str) -> None:
    """Whatever is typed, the only elements are those of Markdown."""
    html = to_html(text)
    for forbidden in ("<script", "<img", "<b>", "<i>", "javascript:"):
        assert forbidden not in html
