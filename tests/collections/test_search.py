"""Search means the same in SQLite and in PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from playground.collections import pages, search
from playground.collections.pages import draft_of
from playground.collections.words import phrases, words
from playground.links import store
from playground.models import Collection
from playground.page import gallery
from tests.collections.conftest import Person, somebody
from tests.web.test_postgres import database

__all__ = ["database"]
ROOT = Path(__file__).parents[2]

# Questions and the slugs of the pages that answer them, best first.
ANSWERS = {
    "resolver": ["resolver", "names"],
    "RESOLVER names": ["names"],
    "resol": ["resolver", "names"],
    "203.0.113.1": ["router"],
    "203.0.113": ["router"],
    "0.203": [],
    "--dport": ["router"],
    "--sport": [],
    "masquerade": ["router"],
    "café": ["names"],
    "cafe": ["names"],
    "urgent": ["resolver"],
    "' OR 1=1 --": [],
    '" NEAR(x': [],
    "title:resolver": [],
    "": [],
    "   ": [],
    "%": [],
}


def fill(collection: Collection, person: Person) -> None:
    found = store.save(gallery.first().scenario)
    for title, body, tags in (
        ("Resolver", "Where it is.\n", "urgent"),
        ("Names", "The resolver of the Café answers names.\n", ""),
        ("Router", f"How it goes out.\n\n/s/{found.share.pk}\n", ""),
    ):
        pages.save_page(collection, draft_of(title, body, tags), person.owner)


@pytest.mark.parametrize("asked", ANSWERS)
def test_pages_are_found(person: Person, collection: Collection, asked: str) -> None:
    """By title, text, tags and rules; nothing in a question is an operator."""
    fill(collection, person)
    assert [hit.page.slug for hit in search.search(asked, person.owner)] == ANSWERS[asked]


def test_nobody_finds_what_they_may_not_read(person: Person, collection: Collection) -> None:
    """A link's collection is for who has the link; a public one is for all."""
    fill(collection, person)
    assert search.search("resolver", None) == []
    assert search.search("resolver", somebody().owner) == []
    assert len(search.search("resolver", None, collection)) == 2
    collection.visibility = "public"
    collection.save()
    assert len(search.search("resolver", None)) == 2


def test_what_one_may_not_read_crowds_nothing_out(
    person: Person, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best are counted among the readable ones."""
    monkeypatch.setattr(search, "MOST", 1)
    stranger = somebody()
    hidden = pages.create(stranger.owner, "Theirs", "", "link")
    for title in ("Resolver", "Resolver resolver"):
        pages.save_page(hidden, draft_of(title, "resolver\n" * 9, ""), stranger.owner)
    fill(collection, person)
    assert [hit.page.slug for hit in search.search("resolver", person.owner)] == ["resolver"]
    assert [hit.page.collection for hit in search.search("resolver", person.owner)] == [collection]


def test_a_deleted_page_is_found_no_more(person: Person, collection: Collection) -> None:
    """Nor what a changed one said before."""
    fill(collection, person)
    pages.delete_page(collection.pages.get(slug="names"))
    page = collection.pages.get(slug="resolver")
    pages.save_page(collection, draft_of("Other", "x\n", "", 1), person.owner, page.slug)
    assert search.search("resolver", person.owner) == []


def test_an_excerpt_shows_the_place(person: Person, collection: Collection) -> None:
    """With dots where text is left out."""
    body = "word " * 100 + "needle " + "word " * 100
    pages.save_page(collection, draft_of("A", body, ""), person.owner)
    (hit,) = search.search("needle", person.owner)
    assert "needle" in hit.excerpt
    assert hit.excerpt.startswith("…")
    assert hit.excerpt.endswith("…")
    page = person.client.get("/k/search?q=needle").content.decode()
    assert "1 page with" in page


def test_words() -> None:
    """Letters and digits; an address is several in a row."""
    found = words("-A INPUT -s 10.0.0.1/8 Über_x")
    assert found == ["a", "input", "s", "10", "0", "0", "1", "8", "uber", "x"]
    assert phrases("10.0.0.1 ... drop") == [["10", "0", "0", "1"], ["drop"]]


SCRIPT = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.db import connection
from playground.collections import pages, search
from tests.collections.conftest import somebody
from tests.collections.test_search import ANSWERS, fill
person = somebody()
collection = pages.create(person.owner, "Ours", "", "link")
fill(collection, person)
for asked, wanted in ANSWERS.items():
    found = [hit.page.slug for hit in search.search(asked, person.owner)]
    assert found == wanted, (asked, found, wanted)
pages.delete_page(collection.pages.get(slug="names"))
assert [hit.page.slug for hit in search.search("resolver", person.owner)] == ["resolver"]
print(connection.vendor)
"""


@pytest.mark.postgres
def test_the_same_answers_from_postgresql(database: str) -> None:
    """Every question above, asked of a real one."""
    environment = {
        **os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "playground.settings",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["postgresql"]
