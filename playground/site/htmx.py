"""One fragment for what htmx swaps in, the whole page for everybody else."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


def is_swap(request: HttpRequest) -> bool:
    """Whether only a part of the page is asked for (django-htmx's middleware says it)."""
    return bool(cast("HtmxDetails", cast("Any", request).htmx))


def answered(
    request: HttpRequest, whole: str, fragment: str, context: dict[str, Any]
) -> HttpResponse:
    """The same context in one of two templates."""
    response = render(request, fragment if is_swap(request) else whole, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
