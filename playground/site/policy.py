"""What a page's Content-Security-Policy says differently from the settings': one place for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar, cast

from csp import decorators
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
