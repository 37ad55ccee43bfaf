"""Function views. A form goes in, a template or a document comes out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Nothing typed is lost: the form comes back filled in, with what to do."""
    return render(request, "playground/page.html", {"csrf_failed": True}, status=403)
