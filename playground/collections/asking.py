"""What the views of collections share: who asks, and what is answered to who may not."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from playground.collections.people import Denied
from playground.links import keys
from playground.links.models import Owner

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class NeedsLogin(Exception):
    """There are accounts here, and nobody is logged in."""


def answering(view: View[P]) -> View[P]:
    """What is not allowed gets a page that says why; who must log in is led there."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NeedsLogin:
            return redirect_to_login(request.get_full_path())
        except Denied as denied:
            user = getattr(request, "user", None)
            if settings.ACCOUNTS and not (user and user.is_authenticated):
                return redirect_to_login(request.get_full_path())
            return render(request, "links/refused.html", {"why": str(denied)}, status=403)

    return answered


def somebody(request: HttpRequest) -> tuple[Owner, str]:
    """Who asks, made known now if need be, and the new key. Raises ``NeedsLogin``."""
    user = getattr(request, "user", None)
    if settings.ACCOUNTS and not (user is not None and user.is_authenticated):
        raise NeedsLogin
    owner = keys.owner_of(request)
    return (owner, "") if owner is not None else keys.new_owner()


def key_link(request: HttpRequest) -> str:
    """The key as a link, on the first page after it was made."""
    if not request.COOKIES.get(keys.FRESH) or not keys.key_of(request):
        return ""
    return f"{request.build_absolute_uri(reverse('own'))}#{keys.key_of(request)}"


def name_of(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    return user.get_username() if user is not None and user.is_authenticated else ""
