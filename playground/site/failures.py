"""What failed, said in the form that was asked for: JSON, plain text, or a page.

The page keeps what a form held: its button sends it once more. It asks the database for nothing.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from playground.site import request_ids
from playground.site.htmx import is_swap, varied
from playground.site.limits import LIMITS

RETRY_SECONDS = 5  # after which a busy database is asked again
UNUSABLE = (OperationalError, InterfaceError)  # busy, full or down; not: asked something wrong

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """``reason`` is for programs, ``heading`` and ``told`` are for people."""

    status: int
    reason: str
    heading: str
    told: str


BUSY = Failure(
    503,
    "busy",
    "The database does not answer",
    "The database is busy or down. Nothing was changed. Try again in a few seconds.",
)
BROKEN = Failure(
    500,
    "broken",
    "Something broke here",
    "This is a fault of Chainwalk's, not of what you sent. Try once more, or report it.",
)
BAD = Failure(
    400,
    "bad",
    "The request cannot be read",
    "It is damaged, or it has too many fields.",
)
# For answers that other parts of Django gave, by their status.
_OTHERS = {
    400: BAD,
    401: Failure(401, "key", "Not allowed", "A key is missing."),
    403: Failure(403, "forbidden", "Not allowed", "This is not allowed."),
    404: Failure(404, "unknown", "Not found", "There is nothing under this address."),
    405: Failure(405, "method", "Not this way", "This address does not take that method."),
    410: Failure(410, "gone", "Gone", "It was here, but it was deleted."),
    451: Failure(451, "gone", "Taken down", "The host of this site took it down."),
    413: Failure(413, "size", "Too large", "The request is too large."),
    415: Failure(415, "type", "Another type", "Send JSON: Content-Type: application/json."),
    429: Failure(429, "rate", "Too often", "Too many calls in a minute from your address."),
    500: BROKEN,
    503: BUSY,
}


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks: by the address, or because it takes JSON and no page."""
    if request.path.startswith("/api/") or request.path.endswith(".json"):
        return request.path != "/api/" or "text/html" not in request.headers.get("Accept", "")
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def wants_plain(request: HttpRequest) -> bool:
    """Whether a text or a picture is asked for: what fails is told in one line."""
    return request.path.endswith((".txt", ".toml", ".svg", ".png", ".js", ".atom", "/oembed"))


def answer(request: HttpRequest, failure: Failure) -> HttpResponse:
    """The failure in the form that was asked for."""
    response: HttpResponse
    if wants_json(request):
        response = as_json(failure)
    elif wants_plain(request):
        response = HttpResponse(
            f"{failure.told}\n", "text/plain; charset=utf-8", status=failure.status
        )
    elif is_swap(request):
        said = render_to_string("site/_problem.html", {"problem": failure.told})
        response = varied(HttpResponse(said, status=failure.status))
    else:
        response = varied(HttpResponse(_page(request, failure), status=failure.status))
    if failure.status == 503:
        response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def as_json(failure: Failure) -> JsonResponse:
    """The shape that every refusal of the API has."""
    said: dict[str, object] = {"reason": failure.reason, "message": failure.told}
    if request_ids.current():
        said["request"] = request_ids.current()
    if failure.status == 503:
        said["retry_after"] = RETRY_SECONDS
    return JsonResponse({"error": said}, status=failure.status)


def _page(request: HttpRequest, failure: Failure) -> str:
    """Rendered without the request: what looks at it may ask the database who that is."""
    typed = _typed(request)
    context = {
        "failure": failure,
        "request_id": request_ids.current(),
        "typed": typed,
        "address": request.get_full_path(),
        "file": next(iter(request.FILES), "") if typed else "",
        "csrf_token": get_token(request) if typed else "",
    }
    return render_to_string("site/failed.html", context)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What the form held, without secrets."""
    if request.method != "POST":
        return []
    try:
        fields = request.POST
    except Exception:  # the body itself is what could not be read
        return []
    return [
        (name, value)
        for name, values in fields.lists()
        for value in values
        if isinstance(value, str)
        and name not in ("csrfmiddlewaretoken", "key")
        and not name.startswith("password")
    ]


# For what ``walks.offload`` puts into a request's scope: why no process answered.
LOST = {
    "time": Failure(
        422,
        "cost",
        "This takes too long",
        f"It takes more than {LIMITS.answer_seconds} s of one core. "
        "Leave out what the packets do not need, and send it again.",
    ),
    "memory": Failure(
        422,
        "cost",
        "This takes too much memory",
        f"It takes more than {LIMITS.worker_megabytes} MB. "
        "Leave out what the packets do not need, and send it again.",
    ),
    "busy": Failure(
        503,
        "busy",
        "Too many people are asking",
        "No process was free in time. Nothing was changed. Try again in a few seconds.",
    ),
}


class FailureMiddleware:
    """An unusable database is said; programs that ask for JSON get it, whatever failed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or response.streaming or not wants_json(request):
            return response
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return response
        failure = _OTHERS.get(response.status_code)
        if failure is not None:
            response.content = as_json(failure).content
            response["Content-Type"] = "application/json"
        return response

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """A request whose work was lost goes no further."""
        lost = getattr(request, "scope", {}).get("chainwalk.lost")
        return None if lost is None else answer(request, LOST.get(lost, BROKEN))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, UNUSABLE):
            return unusable(request, error)
        return None


def unusable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """503, and a line for the operator: the kind of error, without what was stored or asked."""
    log.error("the database cannot be used: %s", type(error).__name__)
    return answer(request, BUSY)


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``. An unusable database is one in middleware, too."""
    error = sys.exc_info()[1]
    if isinstance(error, UNUSABLE):
        return unusable(request, error)
    return answer(request, BROKEN)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler400``"""
    is_large = isinstance(exception, RequestDataTooBig)
    return answer(request, _OTHERS[413] if is_large else BAD)
