"""The pages of a collection: reading, writing, how they were."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from playground.collections import pages, people
from playground.collections.asking import answering
from playground.collections.contents import sections
from playground.collections.forms import PageForm
from playground.collections.models import Collection, Page
from playground.collections.people import Role
from playground.collections.rendering import parts_of
from playground.links import keys
from playground.links.differences import lines_between
from playground.links.views import may_save
from playground.site.costs import costly, importing
from playground.site.forms import problem_of, typed_in


def _page_of(collection: Collection, slug: str) -> Page:
    page = collection.pages.filter(slug=slug).first()
    if page is None:
        raise Http404("this collection has no such page")
    page.collection = collection
    return page


@ensure_csrf_cookie
@require_safe
@answering
@costly
def read(request: HttpRequest, pk: str, slug: str) -> HttpResponse:
    """A page with its scenarios walked; what does not hold any more stands at its top."""
    collection, role = people.readable(pk, keys.owner_of(request))
    page = _page_of(collection, slug)
    pages.check_page(page)
    order = [
        one for part in sections(collection.contents, collection.pages.all()) for one in part.pages
    ]
    at = next(n for n, one in enumerate(order) if one.pk == page.pk)
    context = {
        "collection": collection,
        "page": page,
        "parts": parts_of(page),
        "may_edit": people.RANK[role] >= people.RANK[Role.EDITOR],
        "before": order[at - 1] if at else None,
        "after": order[at + 1] if at + 1 < len(order) else None,
    }
    response = render(request, "collections/page.html", context)
    if collection.visibility != Collection.Visibility.PUBLIC:
        response["X-Robots-Tag"] = "noindex"
    return response


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
@answering
@importing
def write(request: HttpRequest, pk: str, slug: str = "") -> HttpResponse:
    """A new page, or another state of one. Whatever goes wrong, what was typed comes back."""
    owner = keys.owner_of(request)
    collection, role = people.readable(pk, owner)
    people.require(role, Role.EDITOR)
    page = collection.pages.filter(slug=slug).first() if slug else None
    if page is None and slug and request.method != "POST":
        raise Http404("this collection has no such page")
    context: dict[str, Any] = {
        "collection": collection,
        "slug": slug,
        "entries": collection.entries.all()[:200],
        "draft": page or {},
        "tags": ", ".join(page.tags) if page else "",
        "number": page.number if page else 0,
    }
    if request.method != "POST":
        return render(request, "collections/write.html", context)
    form = PageForm(request.POST)
    is_valid, typed = form.is_valid(), typed_in(form)
    context |= {"draft": typed, "tags": typed["tags"], "number": typed["number"]}
    if not is_valid:
        context["problem"] = problem_of(form)
        return render(request, "collections/write.html", context, status=400)
    typed = form.cleaned_data
    if page is not None and typed["action"] == "delete":
        if typed["number"] != page.number:
            context |= {"draft": page, "tags": ", ".join(page.tags), "number": page.number}
            context["problem"] = "Somebody else saved this page meanwhile: look at it once more."
            return render(request, "collections/write.html", context, status=409)
        pages.delete_page(page)
        return HttpResponseRedirect(reverse("collection", args=[pk]))
    draft = pages.draft_of(typed["title"], typed["body"], typed["tags"], typed["number"])
    try:
        if not may_save(request):
            raise pages.Problem("Too many saves in a minute from your address: wait a minute.")
        saved = pages.save_page(collection, draft, owner, slug)
    except pages.Problem as problem:
        context["problem"] = problem
        return render(request, "collections/write.html", context, status=400)
    except pages.Conflict as conflict:
        context |= {
            "theirs": conflict.page,
            "number": conflict.page.number,
            "difference": lines_between(conflict.page.body, draft.body),
        }
        return render(request, "collections/write.html", context, status=409)
    return HttpResponseRedirect(reverse("collection-page", args=[pk, saved.slug]))


@ensure_csrf_cookie
@require_safe
@answering
def history(request: HttpRequest, pk: str, slug: str) -> HttpResponse:
    """Every state of a page, with what each changed, newest first."""
    collection, role = people.readable(pk, keys.owner_of(request))
    page = _page_of(collection, slug)
    revisions = list(page.revisions.select_related("by")[:51])
    names = dict(collection.members.values_list("owner_id", "name"))
    found = []
    for newer, older in zip(revisions, [*revisions[1:], None], strict=True):
        before = older.body if older else ""
        found.append(
            {
                "revision": newer,
                "by": names.get(newer.by_id, "") if newer.by_id else "",
                "lines": lines_between(before, newer.body),
            }
        )
    context = {
        "collection": collection,
        "page": page,
        "revisions": found[:50],
        "may_edit": people.RANK[role] >= people.RANK[Role.EDITOR],
    }
    return render(request, "collections/history.html", context)
