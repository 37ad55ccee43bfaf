"""The form by which a reader tells the host of a public site what a link should not hold."""

from __future__ import annotations

import logging

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods

from playground.links import takedown
from playground.links.forms import ReportForm
from playground.links.views import found_or_answer, within_rate
from playground.site.headers import private
from playground.site.limits import LIMITS

log = logging.getLogger(__name__)


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: str) -> HttpResponse:
    """The form, and the thanks for it. Raises ``Http404`` where the setting wants no reports."""
    if not settings.REPORTS:
        raise Http404("this site takes no reports")
    found = found_or_answer(pk)
    form = ReportForm(request.POST if request.method == "POST" else None)
    status, is_kept = 200, False
    if request.method == "POST":
        if not within_rate(request, "reports", LIMITS.reports_a_minute):
            form.add_error(None, "Too many reports from your network: wait a minute.")
            status = 429
        elif form.is_valid():
            told = form.cleaned_data
            takedown.report(found.share, told["kind"], told["text"], told["contact"])
            log.warning("a link was reported: see the admin's pages, or manage.py takedown")
            is_kept = True
        else:
            status = 422
    context = {"found": found, "form": form, "is_kept": is_kept}
    response = private(render(request, "links/report.html", context, status=status))
    if status == 429:
        response["Retry-After"] = "60"
    return response
