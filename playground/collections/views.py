"""Collections: the shelf, a front page, what its owners set, its folder, its feed."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from playground.collections import folder, pages, people, search, zipped
from playground.collections.asking import answering, key_link, name_of, somebody
from playground.collections.contents import sections, slug_of
from playground.collections.forms import CollectionForm, SearchForm, SettingsForm, TagForm
from playground.collections.models import Collection, Event
from playground.collections.people import Role
from playground.collections.rendering import names_in
from playground.links import keys
from playground.links.models import Owner
from playground.links.views import may_save
from playground.site.costs import importing
from playground.site.forms import problem_of, typed_in
from playground.site.htmx import REFUSED, answered
from playground.site.markdown import to_html
from playground.site.xmltext import xml_text

SAID = ("title", "about", "visibility", "contents")  # what an editor says of a collection
CHANGED = (
    "Somebody else changed this meanwhile. What you wrote is below; what it is now is on "
    "the collection's page. Save again to put yours in its place."
)


@ensure_csrf_cookie
@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """What one is a member of, and what is public."""
    owner = keys.owner_of(request)
    mine = Collection.objects.filter(members__owner=owner) if owner else Collection.objects.none()
    public = Collection.objects.filter(visibility=Collection.Visibility.PUBLIC)
    context = {
        "mine": mine.order_by("-changed")[:200],
        "public": public.exclude(pk__in=mine.values("pk")).order_by("-changed")[:200],
    }
    return render(request, "collections/shelf.html", context)


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
@answering
@importing
def new(request: HttpRequest) -> HttpResponse:
    """A collection from nothing, or from a folder as a zip file."""
    context: dict[str, Any] = {"choices": Collection.Visibility.choices, "visibility": "link"}
    owner, key = somebody(request) if request.method == "POST" else (None, "")
    if owner is None:
        return render(request, "collections/new.html", context)
    form = CollectionForm(request.POST, request.FILES)
    is_valid = form.is_valid()
    context |= typed_in(form)
    try:
        if not is_valid:
            raise pages.Problem(problem_of(form))
        if not may_save(request):
            raise pages.Problem("Too many saves in a minute from your address: wait a minute.")
        made = _made(form, owner, name_of(request))
    except pages.Problem as problem:
        return render(request, "collections/new.html", context | {"problem": problem}, status=400)
    response = HttpResponseRedirect(reverse("collection", args=[made.pk]))
    keys.remember(request, response, key, is_new=bool(key))
    return response


def _made(form: CollectionForm, owner: Owner, name: str) -> Collection:
    """``name``: what its first owner is called."""
    given, typed = form.data_of_zip, form.cleaned_data
    found = folder.read(zipped.unpacked(given)) if given else None
    title = typed["title"] or (found.title if found else "")
    made = pages.create(owner, title, typed["about"], typed["visibility"], name)
    if found is not None:
        # What the form says goes before the file: above all, who may read it.
        found.title, found.visibility = title, made.visibility
        found.about = made.about or found.about
        try:
            folder.take(made, found, owner)
        except pages.Problem:
            made.delete()
            raise
    return made


@ensure_csrf_cookie
@require_safe
@answering
def front(request: HttpRequest, pk: str) -> HttpResponse:
    """Its pages by sections, those that are not true any more first of all."""
    collection, role = people.readable(pk, keys.owner_of(request))
    found = list(collection.pages.all())
    tag = TagForm(request.GET)["tag"].data or ""
    tags = sorted({one for page in found for one in page.tags})
    context = {
        "collection": collection,
        "role": role,
        "may_edit": people.RANK[role] >= people.RANK[Role.EDITOR],
        "is_owner": role == Role.OWNER,
        "about": to_html(collection.about),
        "sections": sections(collection.contents, pages.by_tag(found, tag) if tag else found),
        "broken": [page for page in found if page.broken],
        "tags": tags,
        "tag": tag,
        "events": collection.events.all()[:8],
        "key_link": key_link(request),
    }
    response = render(request, "collections/front.html", context)
    if context["key_link"]:
        response.delete_cookie(keys.FRESH, samesite="Lax")
    return _private(collection, response)


def _private(collection: Collection, response: HttpResponse) -> HttpResponse:
    """What is not public is in no index. (No page here tells other sites its address.)"""
    if collection.visibility != Collection.Visibility.PUBLIC:
        response["X-Robots-Tag"] = "noindex"
    return response


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
@answering
@importing
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """Title, order and sections for editors; who may read it, and its end, for owners."""
    collection, role = people.readable(pk, keys.owner_of(request))
    people.require(role, Role.EDITOR)
    form = SettingsForm(request.POST) if request.method == "POST" else None
    problem = "" if form is None or form.is_valid() else problem_of(form)
    seen = _state_of(collection)
    if form is not None:
        typed = typed_in(form)
        if typed["action"] == "delete":
            people.require(role, Role.OWNER)
            collection.delete()
            return HttpResponseRedirect(reverse("collections"))
        if not problem and typed["seen"] != seen:
            problem = CHANGED
        if not problem and typed["visibility"] != collection.visibility:
            people.require(role, Role.OWNER)
        if not problem:
            try:
                pages.describe(collection, **{name: form.cleaned_data[name] for name in SAID})
                return HttpResponseRedirect(reverse("collection", args=[pk]))
            except pages.Problem as error:
                problem = str(error)
        for name in SAID:
            setattr(collection, name, typed[name])  # shown again, not stored
    shown = {name for page in collection.pages.all() for name in names_in(page.body)}
    context = {
        "collection": collection,
        "choices": Collection.Visibility.choices,
        "is_owner": role == Role.OWNER,
        "problem": problem,
        "seen": seen,
        "slugs": [
            f"{page.slug}: {page.title}"
            for section in sections(collection.contents, collection.pages.all())
            for page in section.pages
        ],
        "contents": collection.contents or _first_contents(collection),
        "unused": [entry for entry in collection.entries.all() if entry.name not in shown],
    }
    return render(request, "collections/edit.html", context, status=400 if problem else 200)


def _state_of(collection: Collection) -> str:
    """Changes when anything of the form does, so that two who write at once are told."""
    said = (collection.title, collection.about, collection.contents, collection.visibility)
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:16]


def _first_contents(collection: Collection) -> str:
    return "".join(f"{page.slug}\n" for page in collection.pages.order_by("pk"))


@require_safe
@answering
def export(request: HttpRequest, pk: str) -> HttpResponse:
    """Its folder as a zip file, for git or for another Chainwalk."""
    collection, _ = people.readable(pk, keys.owner_of(request))
    data = zipped.packed(folder.files_of(folder.exported(collection)))
    response = HttpResponse(data, content_type="application/zip")
    name = slug_of(collection.title)
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return _private(collection, response)


@require_POST
@answering
@importing
def take(request: HttpRequest, pk: str) -> HttpResponse:
    """Replace its contents: pages and scenarios that aren't in the folder are deleted."""
    owner = keys.owner_of(request)
    collection, role = people.readable(pk, owner)
    people.require(role, Role.OWNER)
    assert owner is not None
    context: dict[str, Any] = {"collection": collection}
    try:
        form = CollectionForm(request.POST, request.FILES)
        form.full_clean()
        found = folder.read(zipped.unpacked(form.data_of_zip))
        found.visibility = collection.visibility  # who may read it is not a file's to say
        context |= {"changes": folder.take(collection, found, owner), "ignored": found.ignored}
    except pages.Problem as problem:
        context["problem"] = problem
    status = 400 if "problem" in context else 200
    return render(request, "collections/taken.html", context, status=status)


@ensure_csrf_cookie
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Full text over everything that one may read, or over one collection."""
    owner = keys.owner_of(request)
    form = SearchForm(request.GET)
    is_valid, typed = form.is_valid(), typed_in(form)
    collection = people.readable(typed["in"], owner)[0] if typed["in"] else None
    context = {
        "asked": typed["q"],
        "collection": collection,
        "problem": problem_of(form),
        "hits": search.search(form.cleaned_data["q"], owner, collection) if is_valid else [],
    }
    status = 200 if is_valid else REFUSED
    page, part = "collections/found.html", "collections/_found_swap.html"
    return answered(request, page, part, context, status=status)


@require_safe
def feed(request: HttpRequest, pk: str) -> HttpResponse:
    """What happened, as Atom (RFC 4287)."""
    collection, _ = people.readable(pk, keys.owner_of(request))
    site = request.build_absolute_uri(reverse("collection", args=[pk]))
    made = Atom1Feed(
        title=xml_text(collection.title),
        author_name="Chainwalk",
        link=site,
        description="",
        feed_url=request.build_absolute_uri(),
        feed_guid=f"urn:chainwalk:{pk}",
    )
    for event in collection.events.all()[:50]:
        made.add_item(
            title=xml_text(event.title),
            link=request.build_absolute_uri(_address(pk, event)),
            description=xml_text(event.text),
            unique_id=f"urn:chainwalk:{pk}:{event.pk}",
            pubdate=event.created,
            updateddate=event.created,
        )
    return _private(
        collection, HttpResponse(made.writeString("utf-8"), content_type=made.content_type)
    )


def _address(pk: str, event: Event) -> str:
    if event.slug and event.collection.pages.filter(slug=event.slug).exists():
        return reverse("collection-page", args=[pk, event.slug])
    return reverse("collection", args=[pk])
