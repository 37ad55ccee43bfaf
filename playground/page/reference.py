"""What the editors complete and explain."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import condition, require_safe

from playground.walks import reference as words
from sim import ENGINE_VERSION


@condition(etag_func=lambda request: f'"{ENGINE_VERSION}"')
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """What the editors complete and explain."""
    return JsonResponse(words.reference())
