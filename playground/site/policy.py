"""What a page's Content-Security-Policy says differently from the settings': one place for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar, cast

from csp import decorators
from csp.constants import NONE
from django.http import HttpResponse

View = TypeVar("View", bound=Callable[..., HttpResponse])
Directives = Mapping[str, Iterable[str]]

# django-csp types a view as one that takes nothing but the request.


def replacing(directives: Directives) -> Callable[[View], View]:
    """These directives, in place of those of the settings."""
    return cast("Callable[[View], View]", decorators.csp_replace({**directives}))


def adding(directives: Directives) -> Callable[[View], View]:
    """These sources, beside those of the settings."""
    return cast("Callable[[View], View]", decorators.csp_update({**directives}))


def pictured(response: HttpResponse, styles: Iterable[str] = ()) -> HttpResponse:
    """An answer that is a picture: it loads nothing, and no style holds but these (CSP sources)."""
    directives = {
        "default-src": [NONE],
        "style-src": list(styles) or [NONE],
        "frame-ancestors": [NONE],
    }
    return replacing(directives)(lambda: response)()
