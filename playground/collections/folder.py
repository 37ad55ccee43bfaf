"""A collection as a folder that lives well in git, and back.

``collection.toml``, ``pages/SLUG.md``, ``scenarios/NAME.toml``. The same collection always gives
the same bytes, so a commit shows what changed and nothing else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from playground.collections import pages as store_pages
from playground.collections.models import Collection, Entry
from playground.collections.pages import Draft, Problem, draft_of
from playground.links import store
from playground.links.models import Owner
from playground.site.limits import LIMITS
from playground.site.plain import is_plain
from playground.walks.runs import FIELDS
from sim.base.errors import Refused
from sim.base.toml import read_toml
from sim.model.scenario import Scenario, toml_string

_NAME = re.compile(
    r"(?P<folder>pages|scenarios)/(?P<name>[a-z0-9][a-z0-9-]{0,79})\.(?P<kind>md|toml)"
)
_HEAD = re.compile(r"---\n(?P<head>(?:[a-z]+:[^\n]*\n)*)---\n(?P<body>.*)\Z", re.S)
_TITLE = "collection.toml"


@dataclass
class Folder:
    """Everything in a collection's folder. ``ignored``: files that are not ours to read."""

    title: str
    about: str = ""
    visibility: str = Collection.Visibility.LINK
    contents: str = ""
    pages: dict[str, Draft] = field(default_factory=dict)
    scenarios: dict[str, Scenario] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)


def exported(collection: Collection) -> Folder:
    """The collection as it is now; scenarios whose link is gone are left out."""
    folder = Folder(collection.title, collection.about, collection.visibility, collection.contents)
    for page in collection.pages.order_by("slug"):
        folder.pages[page.slug] = Draft(page.title, page.body, tuple(page.tags))
    for entry in collection.entries.select_related("share"):
        try:
            folder.scenarios[entry.name] = store.find(entry.share_id, entry.number).scenario
        except (store.NotFound, store.Gone):
            continue
    return folder


def files_of(folder: Folder) -> dict[str, bytes]:
    """By path, in the order of their names."""
    keys = ("title", "about", "visibility", "contents")
    said = [(key, getattr(folder, key)) for key in keys]
    lines = [f"{key} = {toml_string(value)}\n" for key, value in said if value]
    found = {_TITLE: "".join(lines)}
    for slug, draft in folder.pages.items():
        tags = f"tags: {', '.join(draft.tags)}\n" if draft.tags else ""
        found[f"pages/{slug}.md"] = f"---\ntitle: {draft.title}\n{tags}---\n{draft.body}"
    for name, scenario in folder.scenarios.items():
        found[f"scenarios/{name}.toml"] = scenario.to_toml()
    return {path: found[path].encode() for path in sorted(found)}


def read(files: Mapping[str, bytes]) -> Folder:
    """Raises ``Problem`` that names the file."""
    if _TITLE not in files:
        raise Problem(f"There is no {_TITLE} at its top: that is what makes a folder a collection.")
    folder = _head(_text(_TITLE, files[_TITLE]))
    for path in sorted(files):
        match = _NAME.fullmatch(path)
        if match is None or (match["folder"] == "pages") != (match["kind"] == "md"):
            if path != _TITLE:
                folder.ignored.append(path)
            continue
        text = _text(path, files[path])
        if match["folder"] == "pages":
            folder.pages[match["name"]] = _page(path, text)
        else:
            folder.scenarios[match["name"]] = _scenario(path, text)
    return folder


def _text(path: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Problem(f"{path}: byte {error.start + 1} is not UTF-8.") from None


def _head(text: str) -> Folder:
    try:
        table = read_toml(text)
    except ValueError as error:
        raise Problem(f"{_TITLE}: {error}") from None
    values = {key: table.get(key, "") for key in ("title", "about", "visibility", "contents")}
    for key, value in values.items():
        if not isinstance(value, str):
            raise Problem(f"{_TITLE}: {key} is a text.")
    if not values["title"].strip():
        raise Problem(f"{_TITLE}: a collection needs a title.")
    visibility = values.pop("visibility") or Collection.Visibility.LINK
    return Folder(visibility=visibility, **values)


def _page(path: str, text: str) -> Draft:
    match = _HEAD.match(text)
    if match is None:
        raise Problem(f"{path}: it begins with lines ---, title: …, ---, and then its Markdown.")
    lines = (line.partition(":") for line in match["head"].split("\n"))
    said = {name.strip(): value.strip() for name, _, value in lines}
    draft = draft_of(said.get("title", ""), match["body"], said.get("tags", ""))
    if not draft.title:
        raise Problem(f"{path}: a page needs a line title: …")
    return draft


def _scenario(path: str, text: str) -> Scenario:
    try:
        found = Scenario.from_toml(text)
    except Refused as refused:
        raise Problem(f"{path}: {refused.errors[0].message}") from None
    if not all(is_plain(getattr(found, name)) for name in FIELDS):
        raise Problem(f"{path}: it holds a NUL character, which no database keeps: remove it.")
    return found


def take(collection: Collection, folder: Folder, owner: Owner) -> list[str]:
    """Make the collection what the folder is; what it does not have any more goes.

    Returns what changed, a line each. Raises ``Problem``: then nothing is changed.
    """
    if max(len(folder.pages), len(folder.scenarios)) > LIMITS.pages_a_collection:
        raise Problem(f"A collection has at most {LIMITS.pages_a_collection} pages.")
    said: list[str] = []
    for name, scenario in folder.scenarios.items():
        try:
            store.kept(scenario)  # walks it: nothing slow while the database is locked
        except store.Barred as barred:
            raise Problem(f"scenarios/{name}.toml: {barred}.") from None
    written: list[str] = []
    with transaction.atomic():
        store_pages.describe(
            collection, folder.title, folder.about, folder.visibility, folder.contents
        )
        for page in collection.pages.exclude(slug__in=folder.pages):
            store_pages.delete_page(page)
            said.append(f"page {page.slug} deleted")
        gone = collection.entries.exclude(name__in=folder.scenarios)
        said += [f"scenario {entry.name} deleted" for entry in gone]
        gone.delete()
        said += [
            f"scenario {name}"
            for name, scenario in folder.scenarios.items()
            if _put(collection, name, scenario, owner)
        ]
        written = [
            slug for slug, draft in folder.pages.items() if _write(collection, slug, draft, owner)
        ]
        said += [f"page {slug}" for slug in written]
        for page in collection.pages.all():
            store_pages.reindex(page)
    deadline = time.monotonic() + LIMITS.run_seconds  # of all; what is left a reader checks
    for page in collection.pages.all():
        store_pages.check_page(page, deadline, is_told=page.slug not in written)
    return said


def _put(collection: Collection, name: str, scenario: Scenario, owner: Owner) -> bool:
    """True when the collection had another one, or none, under this name."""
    entry = collection.entries.filter(name=name).select_related("share").first()
    if entry is not None:
        try:
            if store.find(entry.share_id, entry.number).scenario == scenario:
                return False
        except (store.NotFound, store.Gone):
            pass
    is_listed = collection.visibility == Collection.Visibility.PUBLIC
    found = store.save(scenario, owner, is_listed=is_listed)
    Entry.objects.update_or_create(
        collection=collection, name=name, defaults={"share": found.share, "number": None}
    )
    return True


def _write(collection: Collection, slug: str, draft: Draft, owner: Owner) -> bool:
    page = collection.pages.filter(slug=slug).first()
    if page is not None:
        if (page.title, page.body, tuple(page.tags)) == (draft.title, draft.body, draft.tags):
            return False
        draft = Draft(draft.title, draft.body, draft.tags, page.number)
    try:
        store_pages.save_page(collection, draft, owner, slug, is_checked=False)
    except Problem as problem:
        raise Problem(f"pages/{slug}.md: {problem}") from None
    return True
