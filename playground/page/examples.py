"""The gallery of shipped scenarios, each with its picture, and one of them walked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from playground.page import gallery
from playground.page.walked import page_of, run_into
from playground.shown.diagram import Map
from playground.shown.headlines import Headline
from playground.shown.trace import Whole
from playground.site.costs import costly, working
from playground.site.markdown import to_html
from playground.walks import runs


@dataclass(frozen=True, slots=True)
class Card:
    """An example as the gallery shows it. ``map``: of its first packet."""

    name: str
    title: str
    sentence: str
    map: Map | None
    fates: tuple[Headline, ...]


@cache
def cards() -> tuple[Card, ...]:
    """A function of the shipped files: made once."""
    return tuple(_card(example) for example in gallery.everything())


def _card(example: gallery.Example) -> Card:
    walk = runs.walk_of(example.scenario)
    assert walk.prepared is not None, f"{example.name} does not compile"
    trace = Whole(walk)
    fates = trace.own_fates
    first = fates[0].line if fates else 0
    way = next((group.map for group in trace.groups if group.line == first), None)
    sentence = " ".join(example.scenario.description.split())
    return Card(example.name, example.scenario.title, sentence, way, fates[:4])


@require_safe
@working
def examples(request: HttpRequest) -> HttpResponse:
    return render(request, "page/gallery.html", {"cards": cards()})


@ensure_csrf_cookie
@require_safe
@costly
def example(request: HttpRequest, name: str) -> HttpResponse:
    """One of the shipped scenarios, with its trace."""
    found = gallery.by_name(name)
    if found is None:
        raise Http404(f"there is no example called {name}")
    context = page_of(found.scenario)
    context["example"] = found
    context["read"] = to_html(found.scenario.description)
    run_into(context, found.scenario)
    return render(request, "page/page.html", context)
