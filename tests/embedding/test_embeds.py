"""Frames, pictures and oEmbed: what they answer, what they allow, what they weigh."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from playground.embedding.cards import wrapped
from playground.embedding.layout import points_of
from playground.embedding.options import HIGHEST, Options, read
from playground.links import keys, store
from playground.page import gallery
from sim.kernel.traversal import run
from sim.read.scenario import compile_scenario
from sim.tell.render import sentence
from tests.browsing import read_aloud

pytestmark = pytest.mark.django_db
FIRST = gallery.first().scenario


@pytest.fixture
def pk() -> str:
    return str(store.save(FIRST).share.pk)


def text_of(path: str) -> str:
    return Path(str(finders.find(path))).read_text()


def test_a_frame_may_be_framed_and_nothing_else_may(client: Client, pk: str) -> None:
    """The policy of its own is for /e/ alone."""
    frame = client.get(f"/e/{pk}")
    assert "frame-ancestors *" in frame["Content-Security-Policy"]
    assert "X-Frame-Options" not in frame
    for path in ("/", f"/s/{pk}", f"/s/{pk}/embed", "/mine", "/api/"):
        answer = client.get(path)
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"


def test_a_frame_sets_no_cookie_and_holds_the_whole_trace(client: Client, pk: str) -> None:
    """Every step's words are in the page, with the verdict first, and no form."""
    answer = client.get(f"/e/{pk}")
    page = answer.content.decode()
    assert not answer.cookies
    assert "<form" not in page
    assert "csrf" not in page
    words = read_aloud(page)
    for step in run(compile_scenario(FIRST), flows=True):
        assert sentence(step) in words
    assert page.index("Forwarded out eth0") < page.index("Arrived on eth1")


def test_a_frame_weighs_little(client: Client, pk: str) -> None:
    """At most 40 KB compressed in at most four requests: the page, two styles, one script."""
    page = client.get(f"/e/{pk}").content
    parts = ["site/theme.css", "embedding/frame.css", "embedding/frame.js"]
    weight = sum(len(gzip.compress(text_of(part).encode())) for part in parts)
    assert len(gzip.compress(page)) + weight < 40_000
    assert page.count(b"<script") + page.count(b'rel="stylesheet"') == 3


def test_a_long_trace_is_cut_and_says_so(client: Client) -> None:
    """Ten thousand rules do not make a heavy frame."""
    rules = "".join(
        f"iptables -A FORWARD -s 10.{i // 250}.{i % 250}.1 -j LOG\n" for i in range(900)
    )
    packets = "in eth1 tcp 192.168.100.10:1 -> 198.51.100.7:2 syn\n" * 8
    found = store.save(replace(FIRST, rules=rules, packets=packets, expect=""))
    page = client.get(f"/e/{found.share.pk}").content
    assert b"more steps" in page
    assert len(gzip.compress(page)) < 20_000


def test_options_bound_what_is_shown(client: Client, pk: str) -> None:
    """A step is marked, a range is kept, the theme is forced, and the way out carries the step."""
    page = client.get(f"/e/{pk}?step=5&from=3&to=9&theme=dark").content.decode()
    assert 'id="step-3"' in page
    assert 'id="step-10"' not in page
    assert 'data-theme="dark"' in page
    assert f"/s/{pk}#step-5" in page
    assert "?step=6#step-6" in page
    bare = client.get(f"/e/{pk}?chrome=none").content.decode()
    assert "<header>" not in bare


def test_options_that_make_no_sense_are_as_if_not_there() -> None:
    """A frame in a wiki never breaks."""
    assert read({"step": "²", "theme": "pink", "h": "9" * 5000, "from": "-1"}) == Options()
    assert read({"h": "99999"}).height == HIGHEST


def test_a_frame_of_nothing_is_small_and_says_so(client: Client, pk: str) -> None:
    """404 for what never was, 410 for what is gone, framed all the same."""
    answer = client.get("/e/nothing12")
    assert answer.status_code == 404
    assert "frame-ancestors *" in answer["Content-Security-Policy"]
    owner, _ = keys.new_owner()
    share = store.save(replace(FIRST, title="To be deleted"), owner).share
    assert store.let_go(share, owner)
    assert client.get(f"/e/{share.pk}").status_code == 410


def ask(client: Client, **values: str) -> tuple[int, str]:
    answer = client.get("/oembed", values)
    return answer.status_code, answer.content.decode()


def test_oembed_answers_with_a_frame_that_fits(client: Client, pk: str) -> None:
    """Rich, in JSON and XML, never larger than there is room for."""
    url = f"http://testserver/s/{pk}"
    status, body = ask(client, url=url, maxwidth="300", maxheight="200")
    found = json.loads(body)
    assert (status, found["type"], found["width"], found["height"]) == (200, "rich", 300, 200)
    assert f'src="http://testserver/e/{pk}"' in found["html"]
    assert json.loads(ask(client, url=f"{url}/1")[1])["width"] == 800
    status, body = ask(client, url=url, format="xml")
    assert ElementTree.fromstring(body).findtext("type") == "rich"


def test_oembed_refuses_with_the_right_word(client: Client, pk: str) -> None:
    """404 unknown, 401 private, 501 format, 400 what is no question, 410 gone."""
    hidden = store.save(FIRST, is_listed=False).share.pk
    here = "http://testserver"
    for values, status in (
        ({"url": f"{here}/s/nothing12"}, 404),
        ({"url": f"http://elsewhere/s/{pk}"}, 404),
        ({"url": f"{here}/api/"}, 404),
        ({"url": f"{here}/s/{hidden}"}, 401),
        ({"url": f"{here}/s/{pk}", "format": "yaml"}, 501),
        ({"url": f"{here}/s/{pk}", "maxwidth": "wide"}, 400),
        ({"url": f"{here}/s/{pk}", "maxwidth": "0"}, 400),
        ({"url": "http://[::1"}, 400),
        ({}, 400),
    ):
        assert ask(client, **values)[0] == status, values


def test_a_public_page_is_found_by_those_who_look(client: Client, pk: str) -> None:
    """Discovery links and card tags; an unlisted page has no discovery link."""
    page = client.get(f"/s/{pk}").content.decode()
    assert 'type="application/json+oembed"' in page
    assert 'type="text/xml+oembed"' in page
    assert f'og:image" content="http://testserver/s/{pk}/1.png"' in page
    hidden = store.save(FIRST, is_listed=False).share.pk
    assert "oembed" not in client.get(f"/s/{hidden}").content.decode()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_says_the_fates(client: Client, pk: str, theme: str) -> None:
    """As SVG with its words, under a policy that loads nothing; the same tag twice is 304."""
    answer = client.get(f"/s/{pk}.svg?theme={theme}")
    assert answer["Content-Type"].startswith("image/svg+xml")
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    root = ElementTree.fromstring(answer.content)
    words = root.findtext("{http://www.w3.org/2000/svg}desc") or ""
    assert "Packet 1: Forwarded out eth0" in words
    again = client.get(f"/s/{pk}.svg?theme={theme}", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_the_card_is_as_large_as_cards_are(client: Client, pk: str) -> None:
    """PNG, 1200 by 630, not one plain colour."""
    answer = client.get(f"/s/{pk}.png")
    assert answer["Content-Type"] == "image/png"
    image = Image.open(io.BytesIO(answer.content))
    assert image.size == (1200, 630)
    assert len(image.convert("RGB").getcolors(1 << 20) or []) > 100


def test_a_refused_scenario_has_a_picture_too(client: Client) -> None:
    """Whatever is saved has every form."""
    pk = store.save(replace(FIRST, rules="nonsense", title="<x>&\x07" * 30)).share.pk
    for form in ("svg", "png", "json", "txt", "toml"):
        assert client.get(f"/s/{pk}.{form}").status_code == 200
    ElementTree.fromstring(client.get(f"/s/{pk}.svg").content)
    assert client.get(f"/e/{pk}").status_code == 200


def test_there_is_a_snippet_for_every_place(client: Client, pk: str) -> None:
    """The chooser names them all, escaped, with the options that were chosen."""
    page = client.get(f"/s/{pk}/embed?theme=dark&step=4").content.decode()
    for name in ("Markdown", "GitHub README", "MediaWiki", "BookStack", "Confluence", "Notion",
                 "Outline", "Docusaurus", "Obsidian"):  # fmt: skip
        assert f">{name}</h2>" in page
    assert f"/e/{pk}?step=4&amp;amp;theme=dark" in page


def test_the_script_checks_who_speaks(client: Client) -> None:
    """Its address is for ever; it believes only its own frame, of its own site."""
    answer = client.get("/embed.js")
    text = answer.content.decode()
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "event.source !== frame.contentWindow || event.origin !== site" in text


def test_paths_become_corners() -> None:
    """The commands that the map's drawings have."""
    assert list(points_of("M1 2H5V9l3 3L0 0")) == [[(1, 2), (5, 2), (5, 9), (8, 12), (0, 0)]]
    assert list(points_of("M0 0l1 1l2 2M9 9H1")) == [[(0, 0), (1, 1), (3, 3)], [(9, 9), (1, 9)]]


def test_long_words_are_cut_with_dots() -> None:
    """A title of any length fits its lines."""
    lines = wrapped("word " * 100, 20, 2)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert all(len(line) <= 20 for line in lines)
