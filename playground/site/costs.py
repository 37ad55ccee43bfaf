"""What costs a walk is asked for so often from one network, and not more often."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse

from playground.site import failures
from playground.site.limits import LIMITS
from playground.site.rates import within

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
MINUTE = 60
_MARK = "work_seconds"


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

    return working(counted)


W = TypeVar("W", bound=Callable[..., HttpResponse])


def working(view: W, seconds: int = LIMITS.answer_seconds) -> W:
    """Mark a view as work: where there are worker processes, one of them answers.

    ``seconds`` of a core it may take there.
    """
    vars(view)[_MARK] = seconds
    return view


def importing(view: W) -> W:
    """The same for what takes many scenarios at once, and walks them as far as the time goes."""
    return working(view, LIMITS.answer_seconds + LIMITS.page_seconds)


def work_seconds(view: object) -> int:
    """What the view may take; 0: it is no work. Wrappers keep the mark (``functools.wraps``)."""
    return int(getattr(view, "__dict__", {}).get(_MARK, 0))


def _often() -> failures.Failure:
    return failures.Failure(
        429,
        "rate",
        "Too many pages in a minute",
        f"More than {LIMITS.walks_a_minute} pages that walk a scenario were asked for from your "
        "address in a minute. Wait a minute and try again.",
    )
