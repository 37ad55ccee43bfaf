"""Full text over the pages: FTS5 in SQLite, a ``tsvector`` in PostgreSQL, one meaning.

Every phrase must be there, its words in a row, the last one perhaps going on. A word in the
title counts most, then in the text, then in the scenarios.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet

from playground.collections.models import Collection, Page
from playground.collections.words import phrases, words
from playground.links.models import Owner
from playground.site.limits import LIMITS

MOST = LIMITS.search_hits
_SIGNS = re.compile(r"[`*{}]+|^#+ *", re.M)
_VECTOR_POSITIONS = 16_000  # PostgreSQL numbers no further


@dataclass(frozen=True, slots=True)
class Hit:
    page: Page
    excerpt: str


def index(page: Page, scenarios: Iterable[str]) -> None:
    """Take up a page as it is now. ``scenarios``: the texts of those that it shows."""
    texts = (
        words(page.title),
        words(f"{page.body} {' '.join(page.tags)}"),
        words(" ".join(scenarios)),
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "UPDATE playground_page SET vector = %s::tsvector WHERE id = %s",
                [_vector(texts), page.pk],
            )
            return
        cursor.execute("DELETE FROM playground_search WHERE rowid = %s", [page.pk])
        cursor.execute(
            "INSERT INTO playground_search (rowid, title, body, scenarios) VALUES (%s, %s, %s, %s)",
            [page.pk, *(" ".join(found) for found in texts)],
        )


def _vector(texts: tuple[list[str], ...]) -> str:
    """The literal of a ``tsvector``: words with their places and weights."""
    places: dict[str, list[str]] = {}
    at = 0
    for found, weight in zip(texts, "ABC", strict=True):
        for word in found:
            at += 1
            if at > _VECTOR_POSITIONS:
                break
            known = places.setdefault(word, [])
            if len(known) < 250:
                known.append(f"{at}{weight}")
        at += 1  # a phrase does not go from one text into the next
    return " ".join(f"'{word}':{','.join(found)}" for word, found in places.items())


def search(asked: str, owner: Owner | None, collection: Collection | None = None) -> list[Hit]:
    """The pages that one may read, best first."""
    wanted = phrases(asked)
    if not wanted:
        return []
    seen = visible(owner)
    if collection is not None:
        seen = Collection.objects.filter(pk=collection.pk)
    ranked = _ranked(wanted, Page.objects.filter(collection__in=seen))
    by_pk = Page.objects.select_related("collection").in_bulk(ranked)
    found = [by_pk[pk] for pk in ranked if pk in by_pk]
    return [Hit(page, excerpt(page.body, wanted)) for page in found]


def visible(owner: Owner | None) -> QuerySet[Collection]:
    """What is public, and what one is a member of."""
    seen = Q(visibility=Collection.Visibility.PUBLIC)
    if owner is not None:
        seen |= Q(members__owner=owner)
    return Collection.objects.filter(seen).distinct()


def _ranked(wanted: list[list[str]], among: QuerySet[Page]) -> list[int]:
    """The best of these pages, by their keys."""
    readable, parameters = among.values("pk").query.sql_with_params()
    if connection.vendor == "postgresql":
        query = " & ".join(
            f"({' <-> '.join([*phrase[:-1], phrase[-1] + ':*'])})" for phrase in wanted
        )
        statement = (
            "SELECT id FROM playground_page, to_tsquery('simple', %s) asked "
            f"WHERE vector @@ asked AND id IN ({readable}) "
            f"ORDER BY ts_rank(vector, asked) DESC, title LIMIT {MOST}"
        )
    else:
        query = " AND ".join(f'"{" ".join(phrase)}" *' for phrase in wanted)
        statement = (
            "SELECT rowid FROM playground_search WHERE playground_search MATCH %s "
            f"AND rowid IN ({readable}) "
            f"ORDER BY bm25(playground_search, 8.0, 2.0, 1.0), title LIMIT {MOST}"
        )
    with connection.cursor() as cursor:
        cursor.execute(statement, [query, *parameters])
        return [pk for (pk,) in cursor.fetchall()]


def excerpt(body: str, wanted: list[list[str]], length: int = 200) -> str:
    """A stretch of the text around the first phrase that is in it, without Markdown's signs."""
    body = _SIGNS.sub("", body)
    for phrase in wanted:
        found = re.search(r"[\W_]+".join(map(re.escape, phrase)), body, re.I)
        if found:
            start = max(0, found.start() - length // 3)
            cut = " ".join(body[start : start + length].split())
            return ("…" if start else "") + cut + ("…" if start + length < len(body) else "")
    return " ".join(body[:length].split()) + ("…" if len(body) > length else "")
