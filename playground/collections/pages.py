"""What is done to collections and their pages; permissions are asked for before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.db import IntegrityError, transaction

from playground.collections import search
from playground.collections.contents import slug_of, tidy
from playground.collections.models import Collection, Entry, Event, Membership, Page, Revision
from playground.collections.rendering import (
    Verdict,
    broken,
    entries_of,
    names_in,
    prepared_texts,
)
from playground.links import ids, store
from playground.links.models import Owner
from playground.site.limits import LIMITS
from playground.site.plain import plain_text

# A link on a line of its own: with a host, or as a path.
_LINK = re.compile(
    r"^[ \t]*<?(?:https?://[^\s/]+)?/s/(?P<pk>[1-9A-HJ-NP-Za-km-z]{8,43})(?:/(?P<number>\d{1,9}))?"
    r"(?:#\S*)?>?[ \t]*$",
    re.M,
)
_FENCED = re.compile(
    r"(^[ \t]*(?:```|~~~)[^\n]*\n.*?(?:^[ \t]*(?:```|~~~)[ \t]*$|\Z))", re.M | re.S
)
_KEPT_EVENTS = LIMITS.events_kept


class Problem(Exception):
    """What was given cannot be kept; the message says why. Nothing is changed."""


class Conflict(Exception):
    """Somebody else saved the page meanwhile."""

    def __init__(self, page: Page) -> None:
        super().__init__("somebody else saved this page while you were writing")
        self.page = page


@dataclass(frozen=True, slots=True)
class Draft:
    """A page as it was written. ``number``: of the revision it was begun from, 0 for a new one."""

    title: str
    body: str
    tags: tuple[str, ...] = ()
    number: int = 0


def draft_of(title: str, body: str, tags: str, number: int = 0) -> Draft:
    """Line ends and blanks put right, tags sorted."""
    title, body, tags = plain_text(title), plain_text(body), plain_text(tags)
    text = body.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    text = f"{text.rstrip()}\n" if text.strip() else ""
    names = {" ".join(tag.lower().split())[:40] for tag in tags.split(",")}
    return Draft(
        " ".join(title.split())[: LIMITS.title_characters],
        text,
        tuple(sorted(names - {""}))[:20],
        number,
    )


def create(owner: Owner, title: str, about: str, visibility: str, name: str = "") -> Collection:
    """A new collection, with its first owner. Raises ``Problem``."""
    mine = owner.memberships.filter(role=Membership.Role.OWNER).count()
    if mine >= LIMITS.collections_an_owner:
        raise Problem(f"At most {LIMITS.collections_an_owner} collections for one owner.")
    collection = Collection(id=ids.unlisted_id())
    with transaction.atomic():
        describe(collection, title, about, visibility, "")
        Membership.objects.create(
            collection=collection, owner=owner, role=Membership.Role.OWNER, name=name.strip()[:60]
        )
    return collection


def describe(
    collection: Collection, title: str, about: str, visibility: str, contents: str
) -> None:
    """Everything of a collection but its pages. Raises ``Problem``."""
    title, about, contents = plain_text(title), plain_text(about), plain_text(contents)
    plain = " ".join(title.split())[: LIMITS.title_characters]
    if not plain:
        raise Problem("A collection needs a title.")
    if visibility not in Collection.Visibility.values:
        raise Problem("Who may read it: everybody, who has the link, or members only.")
    collection.title, collection.visibility = plain, Collection.Visibility(visibility)
    collection.about = about.replace("\r\n", "\n").strip()[: LIMITS.description_characters]
    collection.contents = tidy(contents)[: LIMITS.page_bytes]
    collection.save()


def save_page(
    collection: Collection,
    draft: Draft,
    by: Owner | None,
    slug: str = "",
    *,
    is_checked: bool = True,
) -> Page:
    """A page as it is now, its scenarios' expectations checked once it is stored.

    ``is_checked`` false: whoever calls does that, for many pages or outside a transaction.

    Without ``slug`` it is a new one. Raises ``Problem``, ``Conflict``.
    """
    if not draft.title:
        raise Problem("A page needs a title.")
    if len(draft.body.encode()) > LIMITS.page_bytes:
        raise Problem(f"A page has at most {LIMITS.page_bytes} bytes.")
    try:
        page = _saved(collection, draft, by, slug)
    except IntegrityError:
        raise Problem("Somebody made a page of that name just now: save once more.") from None
    if is_checked:  # walking takes its time: the database is not locked meanwhile
        check_page(page, is_told=False)
    return page


def _saved(collection: Collection, draft: Draft, by: Owner | None, slug: str) -> Page:
    with transaction.atomic():
        page = _locked(collection, draft, slug)
        body = with_entries(collection, draft.body)
        names = names_in(body)
        _check_names(collection, names)
        page.title, page.tags, page.body = draft.title, list(draft.tags), body
        page.save()
        Revision.objects.create(
            page=page, number=page.number, title=page.title, tags=page.tags, body=body, by=by
        )
        reindex(page)
        note(collection, page, "New" if page.number == 1 else "Changed")
        collection.save()  # it has changed
    return page


def _locked(collection: Collection, draft: Draft, slug: str) -> Page:
    """The page to write, its number already the next one."""
    if not slug:
        taken = set(collection.pages.values_list("slug", flat=True))
        if len(taken) >= LIMITS.pages_a_collection:
            raise Problem(f"A collection has at most {LIMITS.pages_a_collection} pages.")
        return Page(collection=collection, slug=slug_of(draft.title, taken))
    page = collection.pages.select_for_update().filter(slug=slug).first()
    if page is None:
        return Page(collection=collection, slug=slug)
    if page.number != draft.number:
        raise Conflict(page)
    page.number += 1
    return page


def with_entries(collection: Collection, body: str) -> str:
    """Links on lines of their own become scenarios of the collection, by a name."""

    def named(match: re.Match[str]) -> str:
        number = int(match["number"]) if match["number"] else None
        try:
            found = store.find(match["pk"], number)
        except (store.NotFound, store.Gone) as error:
            raise Problem(f"{match[0].strip()}: {error}.") from None
        entry = collection.entries.filter(share=found.share, number=number).first()
        if entry is None:
            taken = collection.entries.values_list("name", flat=True)
            name = slug_of(found.title or found.share.pk, taken)
            entry = add_entry(collection, name, found, number)
        return f"{{{{ {entry.name} }}}}"

    parts = _FENCED.split(body)  # every second one is code, where a link is only text
    return "".join(part if at % 2 else _LINK.sub(named, part) for at, part in enumerate(parts))


def add_entry(
    collection: Collection, name: str, found: store.Found, number: int | None = None
) -> Entry:
    """Raises ``Problem`` when there are too many."""
    if collection.entries.count() >= LIMITS.pages_a_collection:
        raise Problem(f"A collection has at most {LIMITS.pages_a_collection} scenarios.")
    return Entry.objects.create(collection=collection, name=name, share=found.share, number=number)


def _check_names(collection: Collection, names: list[str]) -> None:
    if len(names) > LIMITS.scenarios_a_page:
        raise Problem(f"A page shows at most {LIMITS.scenarios_a_page} scenarios.")
    missing = sorted(set(names) - set(entries_of(collection, names)))
    if missing:
        raise Problem(
            f"There is no scenario {missing[0]} in this collection. To take one up, put its link "
            "(/s/…) on a line of its own."
        )


def reindex(page: Page) -> None:
    entries = entries_of(page.collection, names_in(page.body)).values()
    texts = []
    for entry in entries:
        try:
            texts.append(prepared_texts(store.find(entry.share_id, entry.number).scenario))
        except (store.NotFound, store.Gone):
            continue
    search.index(page, texts)


def check_page(
    page: Page,
    deadline: float | None = None,
    *,
    is_told: bool = True,
    known: Mapping[str, Verdict] = MappingProxyType({}),
) -> bool:
    """Run its scenarios' expectations; true when all hold. A change is an event (``is_told``).

    ``known``: verdicts that are there already, as ``broken`` has them.
    """
    found = list(broken(page.collection, names_in(page.body), deadline, known))
    if found != page.broken:
        if is_told and bool(found) != bool(page.broken):
            what = "No longer true" if found else "True again"
            note(page.collection, page, what, "\n".join(found))
        page.broken = found
        Page.objects.filter(pk=page.pk).update(broken=found)
    return not found


def delete_page(page: Page) -> None:
    with transaction.atomic():
        Event.objects.create(collection=page.collection, title=f"Deleted: {page.title}")
        page.delete()


def note(collection: Collection, page: Page, what: str, text: str = "") -> None:
    """For the feed, which goes back some hundred changes."""
    Event.objects.create(
        collection=collection, slug=page.slug, title=f"{what}: {page.title}", text=text[:5000]
    )
    old = collection.events.values_list("pk", flat=True)[_KEPT_EVENTS:]
    Event.objects.filter(pk__in=list(old)).delete()


def by_tag(pages: Iterable[Page], tag: str) -> list[Page]:
    return [page for page in pages if tag in page.tags]
