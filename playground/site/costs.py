"""What costs a walk is asked for so often from one network, and not more often."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse

from playground.site import failures
from playground.site.limits import LIMITS
from playground.site.rates import within

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
MINUTE = 60


def costly(view: View[P]) -> View[P]:
    """The view, or 429 in the form that was asked for; a form comes back with what it held."""

    @wraps(view)
    def counted(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        address = str(request.META.get("REMOTE_ADDR", ""))
        if within("walks", address, LIMITS.walks_a_minute):
            return view(request, *args, **kwargs)
        response = failures.answer(request, _often())
        response["Retry-After"] = str(MINUTE)
        return response

    return counted


def _often() -> failures.Failure:
    return failures.Failure(
        429,
        "rate",
        "Too many pages in a minute",
        f"More than {LIMITS.walks_a_minute} pages that walk a scenario were asked for from your "
        "address in a minute. Wait a minute and try again.",
    )
