"""What is gone answers 410 or 451, what never was 404, in the form in which it was asked for."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from playground.links import answers
from playground.links.store import Gone
from playground.site import request_ids


class GoneMiddleware:
    """Turns ``Gone`` into a page; it and ``Http404`` into JSON or plain text for programs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Gone):
            return _answer(request, error.status, "gone", error) or _page(request, error)
        if isinstance(error, Http404):
            return _answer(request, 404, "unknown", error)
        return None


def _answer(
    request: HttpRequest, status: int, reason: answers.Reason, error: Exception
) -> HttpResponse | None:
    """For programs, in the form that they asked for; ``None`` for people."""
    if request.path.startswith("/api/") or request.path.endswith(".json"):
        said = answers.Refusal(reason=reason, message=str(error), request=request_ids.current())
        body = answers.Error(error=said)
        return JsonResponse({**body}, status=status)
    if request.path.endswith((".txt", ".toml", ".svg", ".png")):
        return HttpResponse(f"{error}\n", "text/plain; charset=utf-8", status=status)
    return None


def _page(request: HttpRequest, error: Gone) -> HttpResponse:
    context = {"why": str(error), "heading": error.heading}
    return render(request, "links/gone.html", context, status=error.status)
