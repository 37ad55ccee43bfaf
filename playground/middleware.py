"""What is gone answers 410, wherever in the site it was asked for."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from playground.sharing.store import Gone


class GoneMiddleware:
    """Turns ``Gone`` into a page, or into JSON for addresses that speak it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Gone):
            return None
        if request.path.startswith("/api/") or request.path.endswith(".json"):
            return JsonResponse({"error": {"reason": "gone", "message": str(error)}}, status=410)
        context = {"why": str(error), "heading": error.heading}
        return render(request, "share/gone.html", context, status=410)
