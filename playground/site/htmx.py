"""One fragment for what htmx swaps in, the whole page for everybody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.http import retarget
from django_htmx.middleware import HtmxDetails

REFUSED = 422  # what was typed cannot be taken; htmx swaps it (``templates/site/base.html``)


def is_swap(request: HttpRequest) -> bool:
    """Whether only a part of the page is asked for (django-htmx's middleware says it).

    Somebody who goes back to an address has no page around the part: they get all of it.
    """
    htmx = cast("HtmxDetails | None", getattr(request, "htmx", None))  # none: a middleware broke
    return htmx is not None and bool(htmx) and not htmx.history_restore_request


def answered(
    request: HttpRequest,
    whole: str,
    fragment: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    target: str = "",
) -> HttpResponse:
    """The same context in one of two templates.

    ``target``: where in the page the fragment goes (a CSS selector), if not where its button said.
    """
    template = fragment if is_swap(request) else whole
    response = varied(render(request, template, {**context}, status=status))
    return retarget(response, target) if target and is_swap(request) else response


def varied(response: HttpResponse) -> HttpResponse:
    """An answer that is another one for htmx; caches are told."""
    patch_vary_headers(response, ["HX-Request"])
    return response
