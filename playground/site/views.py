"""What is looked for at fixed addresses: robots.txt, security.txt, the icon, the limits."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from playground.site.published import published

ICON = "icon.svg"
# Forms and answers are no pages to be found; each page says itself if it is not, too.
ROBOTS = """User-agent: *
Disallow: /api/
Disallow: /w/
Disallow: /mine
Disallow: /own
Disallow: /k/join/
Disallow: /s/*/report
"""


@require_safe
@cache_control(public=True, max_age=86400)
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ROBOTS, "text/plain; charset=utf-8")


@require_safe
def limits(request: HttpRequest) -> HttpResponse:
    """Every limit, for people."""
    return render(request, "site/limits.html", {"limits": published()})


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a hole (RFC 9116). Raises ``Http404`` where the setting names nobody."""
    if not settings.SECURITY_CONTACT:
        raise Http404("this instance names nobody to tell: set CHAINWALK_SECURITY_CONTACT")
    expires = (timezone.now() + timedelta(days=180)).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = [f"Contact: {one}\n" for one in settings.SECURITY_CONTACT]
    text = f"{''.join(lines)}Expires: {expires}\nPreferred-Languages: en\n"
    return HttpResponse(text, "text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=86400)
def icon(request: HttpRequest) -> HttpResponse:
    """For what asks for /favicon.ico without reading the page."""
    path = finders.find(f"site/{ICON}")
    if path is None:
        raise Http404("favicon.ico")
    return HttpResponse(Path(path).read_bytes(), "image/svg+xml")
