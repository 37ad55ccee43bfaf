"""Frames, pictures, oEmbed, and the page that hands out the snippets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from csp.constants import SELF
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import condition, require_safe

from playground.embedding import oembed as questions
from playground.embedding.cards import Card, card_of
from playground.embedding.frame import framed
from playground.embedding.moving import moving
from playground.embedding.options import THEMES, OptionsForm, read
from playground.embedding.png import png_of
from playground.embedding.poster import told_of
from playground.embedding.snippets import snippets
from playground.embedding.svg import svg_of
from playground.links import store
from playground.links.views import found_or_answer
from playground.site import kept, policy
from playground.site.costs import costly
from playground.site.headers import embeddable, private
from playground.walks import runs
from sim import ENGINE_VERSION

# Anybody's page may frame it (or those that the setting names); it loads only what is ours.
_framed_anywhere = policy.replacing({"frame-ancestors": settings.EMBED_ANCESTORS})


@require_safe
@xframe_options_exempt
@_framed_anywhere
@costly
def frame(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
    """A scenario to be framed: no cookie, no form, readable without script."""
    options = read(request.GET)
    context: dict[str, Any] = {"options": options}
    try:
        found = store.find(pk, number)
    except store.NotFound as error:
        context["problem"] = str(error)
        return render(request, "embedding/frame.html", context, status=404)
    except store.Gone as error:
        context["problem"] = str(error)
        return render(request, "embedding/frame.html", context, status=error.status)
    walk = runs.walk_of(found.scenario)
    context["found"] = found
    anchor = f"#step-{options.step}" if options.step else ""
    context["open"] = request.build_absolute_uri(_page_of(found)) + anchor
    if walk.refused is None:
        context["frame"] = framed(walk, options)
    response = render(request, "embedding/frame.html", context)
    response["Cache-Control"] = "public, max-age=60"
    if not found.share.is_listed:
        private(response)
    return embeddable(response)


def _page_of(found: store.Found) -> str:
    if found.is_latest:
        return reverse("scenario", args=[found.share.pk])
    return reverse("version", args=[found.share.pk, found.version.number])


@require_safe
@cache_control(public=True, max_age=3600)
def script(request: HttpRequest) -> HttpResponse:
    """The script that puts a frame where it stands; its address never changes."""
    path = finders.find("embedding/embed.js")
    if path is None:
        raise Http404("embed.js")
    text = Path(path).read_text()
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    return embeddable(response)


@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """oEmbed: 404 for what is not ours, 401 for what is not public, 501 for other formats."""
    try:
        question = questions.asked(request.GET, request.get_host())
    except questions.Unasked as unasked:
        return HttpResponse(f"{unasked}\n", "text/plain", status=unasked.status)
    found = found_or_answer(question.pk, question.number)
    if not found.share.is_listed:
        return HttpResponse("this link is not public\n", "text/plain", status=401)
    site = request.build_absolute_uri("/").rstrip("/")
    title = found.title or "What netfilter does to a packet"
    fields = questions.answer(question, title, f"{site}/e/{found.path}", site)
    if question.is_xml:
        response = HttpResponse(questions.as_xml(fields), content_type="text/xml; charset=utf-8")
    else:
        response = JsonResponse(fields)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=3600"
    return response


# ---- pictures ------------------------------------------------------------------------------


def _theme(request: HttpRequest) -> str:
    """Light where none is asked for: what shows the picture may not say which it is."""
    theme = read(request.GET).theme
    return "light" if theme == "auto" else theme


def _picture_tag(request: HttpRequest, pk: str, number: int | None = None) -> str | None:
    """A picture is another one when its version, its title or the engine is."""
    try:
        found = store.find(pk, number)
    except (store.NotFound, store.Gone):
        return None
    seen = (found.version.document_id, found.title, ENGINE_VERSION, _theme(request))
    return f'"{hashlib.sha256(repr(seen).encode()).hexdigest()[:32]}"'


def _card(found: store.Found) -> Card:
    return card_of(found.title, runs.walk_of(found.scenario))


def _as_picture(found: store.Found, response: HttpResponse, *styles: str) -> HttpResponse:
    """For READMEs and chats; of an unlisted link it is as private as the link."""
    policy.pictured(response, styles)
    response["Cache-Control"] = "public, max-age=300"
    if not found.share.is_listed:
        private(response)
    return embeddable(response)


Drawing = Callable[[Card, str], str | bytes]


def _drawn(kind: str) -> Callable[[Drawing], Callable[..., HttpResponse]]:
    """The view of a card in a theme, drawn as ``kind`` (a media type); what was drawn is kept."""

    def drawing(draw: Drawing) -> Callable[..., HttpResponse]:
        @require_safe
        @condition(etag_func=_picture_tag)
        @costly
        def picture(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
            found = found_or_answer(pk, number)
            key = f"{draw.__name__}:{_picture_tag(request, pk, number)}"
            data = kept.found(key)
            if data is None:
                data = draw(_card(found), _theme(request))
                kept.put(key, data)
            return _as_picture(found, HttpResponse(data, content_type=kind))

        return picture

    return drawing


@_drawn("image/svg+xml; charset=utf-8")
def svg(card: Card, theme: str) -> str:
    """The way and the fates as a picture for READMEs."""
    return svg_of(card, theme)


@_drawn("image/png")
def png(card: Card, theme: str) -> bytes:
    """The same, 1200 by 630, for chats that show no SVG."""
    return png_of(card, theme)


@require_safe
@condition(etag_func=_picture_tag)
@costly
def poster(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
    """The way of the packet that people ask about, moving; in the reader's colours."""
    found = found_or_answer(pk, number)
    told = told_of(found.title, runs.walk_of(found.scenario))
    picture = moving(told, read(request.GET).theme)
    response = HttpResponse(picture.text, content_type="image/svg+xml; charset=utf-8")
    return _as_picture(found, response, picture.style_source)


# ---- the chooser ---------------------------------------------------------------------------


@require_safe
@policy.adding({"frame-src": [SELF]})
@costly
def chooser(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
    """Snippets for every place, with the frame as it will look."""
    found = found_or_answer(pk, number)
    form = OptionsForm(request.GET)
    options = form.options
    site = request.build_absolute_uri("/").rstrip("/")
    card = _card(found)
    words = f"{card.title}. {card.words}"
    context = {
        "found": found,
        "options": options,
        "form": form,
        "themes": THEMES,
        "snippets": snippets(site, found.path, card.title, words, options),
        "frame": f"/e/{found.path}{options.query}",
    }
    response = render(request, "embedding/chooser.html", context)
    return response if found.share.is_listed else private(response)
