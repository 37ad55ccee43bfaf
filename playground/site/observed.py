"""Each request under its id: counted, and told in one line of the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from playground.site import metrics, request_ids
from playground.site.bodies import Application, Receive, Scope, Send

log = logging.getLogger(__name__)


def view_of(request: HttpRequest) -> str:
    """The name of what answered. Never the address: it may hold an unlisted link."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or "unnamed"
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"


class RequestMiddleware:
    """Stands before all others: gives the id, counts the answer, and writes one line of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        given = request_ids.begin(request.headers.get(request_ids.HEADER, ""))
        response = self.get_response(request)
        response[request_ids.HEADER] = given
        seconds = time.perf_counter() - begun
        method, view = metrics.method_of(request.method), view_of(request)
        metrics.answered(method, view, response.status_code, seconds)
        told = {"method": method, "view": view, "status": response.status_code,
                "ms": round(seconds * 1000, 1)}  # fmt: skip
        log.info("answered", extra={"told": told})
        return response


class ObservedSockets:
    """An ASGI application around the one that serves sockets: ids, and how many are open."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = request_ids.HEADER.lower().encode()
        given = next((value for name, value in scope["headers"] if name == named), b"")
        request_ids.begin(given.decode("latin-1"))
        metrics.socket_opened()
        try:
            await self.application(scope, receive, send)
        finally:
            metrics.socket_closed()
