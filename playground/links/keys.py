"""Owner keys: made at the first save, kept in a cookie, known here by their hash only."""

from __future__ import annotations

import hashlib
import secrets

from django.http import HttpRequest, HttpResponse

from playground.links import models

COOKIE = "chainwalk_owner"
FRESH = "chainwalk_owner_is_new"  # the next page shows the key once, as a link
_YEARS = 5 * 365 * 24 * 3600
SHORTEST, LONGEST = 20, 100


def hashed(key: str) -> str:
    return hashlib.sha256(b"chainwalk owner\0" + key.encode()).hexdigest()


def key_of(request: HttpRequest) -> str:
    """The key that the browser keeps, or nothing."""
    key = request.COOKIES.get(COOKIE, "")
    return key if SHORTEST <= len(key) <= LONGEST and key.isascii() else ""


def owner_of(request: HttpRequest) -> models.Owner | None:
    """Who asks, if that is somebody who saved something here, or who is logged in. Looking up a
    hash tells nothing about a key that is nearly right."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        unknown = {"key_hash": hashed(secrets.token_urlsafe(32))}  # a key that nobody has
        return models.Owner.objects.get_or_create(user=user, defaults=unknown)[0]
    key = key_of(request)
    return models.Owner.objects.filter(key_hash=hashed(key)).first() if key else None


def with_key(key: str) -> models.Owner | None:
    return models.Owner.objects.filter(key_hash=hashed(key)).first()


def new_owner() -> tuple[models.Owner, str]:
    """An owner and the key, which nobody will tell again."""
    key = secrets.token_urlsafe(24)
    return models.Owner.objects.create(key_hash=hashed(key)), key


def remember(request: HttpRequest, response: HttpResponse, key: str, *, is_new: bool) -> None:
    """Let the browser keep the key, out of any script's reach. Who is logged in needs none."""
    if not key:
        return
    kept = [(COOKIE, key, _YEARS)]
    if is_new:
        kept.append((FRESH, "1", 300))
    for name, value, seconds in kept:
        response.set_cookie(
            name, value, seconds, httponly=True, samesite="Lax", secure=request.is_secure()
        )
