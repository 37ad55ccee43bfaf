"""What is typed into the forms of links and collections comes back when it cannot be kept."""

from __future__ import annotations

import pytest
from django.test import Client

from playground.links import store
from playground.page import gallery
from playground.site.limits import LIMITS

pytestmark = pytest.mark.django_db
LONG = "x" * (LIMITS.title_characters + 1)


def test_what_an_author_says_of_a_link_is_kept_or_comes_back(client: Client) -> None:
    """Too long a title: the page with the reason and all that was typed; the link as it was."""
    texts = gallery.first().scenario.as_json()
    at = client.post("/save", {**texts, "as": "unlisted"})["Location"]
    typed = {"action": "edit", "title": LONG, "description": "why <b>", "tags": "home, nat"}
    answer = client.post(f"{at}/edit", typed)
    html = answer.content.decode()
    assert answer.status_code == 400
    assert f"A title has at most {LIMITS.title_characters} characters." in html
    assert LONG in html
    assert "why &lt;b&gt;" in html
    assert 'value="home, nat"' in html
    assert store.find(at.rpartition("/")[2]).share.tags == []
    assert client.post(f"{at}/edit", typed | {"title": "  A   title "}).status_code == 302
    assert store.find(at.rpartition("/")[2]).share.title == "A title"


def test_a_collection_that_cannot_be_made_comes_back_as_typed(client: Client) -> None:
    """The first thing that is wrong is said; title, text and choice are still there."""
    typed = {"title": LONG, "about": "of <us>", "visibility": "members"}
    answer = client.post("/k/new", typed)
    html = answer.content.decode()
    assert answer.status_code == 400
    assert f"A title has at most {LIMITS.title_characters} characters." in html
    assert LONG in html
    assert "of &lt;us&gt;" in html
    assert 'value="members" checked' in html
    for wrong in ({"title": " "}, {"visibility": "all"}, {"about": "a" * 30_000}):
        assert client.post("/k/new", typed | {"title": "t"} | wrong).status_code == 400
    assert client.post("/k/new", typed | {"title": "t"}).status_code == 302


@pytest.mark.parametrize("typed", ["", "short", "#" + "k" * 32, "\0" * 40, "é" * 40])
def test_a_key_that_is_none_comes_back(client: Client, typed: str) -> None:
    """Nobody's key: said so, and still in the field."""
    answer = client.post("/own", {"key": typed})
    assert answer.status_code == 404
    assert "Nobody here has this key" in answer.content.decode()
