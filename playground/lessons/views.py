"""The lessons' gallery and pages."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from playground.lessons.shelf import lesson, lessons
from playground.lessons.walked import parts_of
from playground.page.walked import page_of, run_into
from playground.site.costs import costly


@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """Every lesson with its question and its short answer."""
    return render(request, "lessons/shelf.html", {"lessons": lessons()})


@require_safe
@costly
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One lesson with its scenarios walked."""
    found = lesson(slug)
    if found is None:
        raise Http404(f"there is no lesson called {slug}")
    order = [one.slug for one in lessons()]
    at = order.index(slug)
    context = {
        "lesson": found,
        "parts": parts_of(slug),
        "number": at + 1,
        "before": lessons()[at - 1] if at else None,
        "after": lessons()[at + 1] if at + 1 < len(order) else None,
    }
    return render(request, "lessons/page.html", context)


@ensure_csrf_cookie
@require_safe
@costly
def scenario(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """A lesson's scenario in the playground."""
    found = lesson(slug)
    if found is None or name not in found.scenarios:
        raise Http404(f"there is no scenario {name} in a lesson {slug}")
    context = page_of(found.scenarios[name])
    context["lesson"] = found
    run_into(context, found.scenarios[name])
    return render(request, "page/page.html", context)
