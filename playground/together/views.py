"""Walking through a stored version with others; without script a page to refresh."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from playground.links import store
from playground.links.views import found_or_answer, within_rate
from playground.shown.presenters import row
from playground.shown.trace import Whole
from playground.site.costs import costly
from playground.site.forms import problem_of
from playground.site.limits import LIMITS
from playground.together import models, news, sessions
from playground.together.forms import LeadForm, StartForm
from playground.walks import runs

MODULES = tuple(
    f"shown/{name}.js" for name in ("clauses", "editor", "large", "marker", "plate", "player")
)


@require_POST
@costly
def start(request: HttpRequest) -> HttpResponse:
    """A session on a version; whoever began it leads."""
    form = StartForm(request.POST)
    pk, number = form.cleaned_data["version"] if form.is_valid() else ("", None)
    found = found_or_answer(pk, number)
    if not within_rate(request, "sessions", LIMITS.sessions_a_minute):
        why = f"More than {LIMITS.sessions_a_minute} were begun from your address in a minute."
        response = _refused(request, found, "Wait a minute before you begin another", why, 429)
        response["Retry-After"] = "60"
        return response
    walk = runs.walk_of(found.scenario)
    if walk.refused is not None:
        why = "Its texts have errors, so there is no trace."
        return _refused(request, found, "There is nothing to walk through", why, 409)
    key = sessions.new_key()
    session = sessions.start(found, key, len(walk.steps))
    response = HttpResponseRedirect(reverse("together", args=[session.pk]))
    _remember(request, response, session, key)
    return response


def _refused(
    request: HttpRequest, found: store.Found, heading: str, why: str, status: int
) -> HttpResponse:
    back = reverse("version", args=[found.share.pk, found.version.number])
    return _told(request, heading, why, back, status)


def _remember(
    request: HttpRequest, response: HttpResponse, session: models.Session, key: str
) -> None:
    """For this session's addresses only, out of any script's reach."""
    response.set_cookie(
        sessions.COOKIE,
        key,
        max_age=LIMITS.together_hours * 3600,
        path=reverse("together", args=[session.pk]),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


def _session(token: str) -> models.Session:
    try:
        return sessions.find(token)
    except store.NotFound as error:
        raise Http404(str(error)) from None


@ensure_csrf_cookie
@require_safe
@costly
def walk(request: HttpRequest, token: str) -> HttpResponse:
    """The finished trace with the leader's step; a script lets it follow."""
    session = _session(token)
    key = sessions.key_in(request.COOKIES)
    leads = bool(key) and sessions.leads(session, key)
    share = session.version.share
    found = store.Found(share, session.version, store.scenario_of(session.version.document))
    context: dict[str, Any] = {
        "session": session,
        "found": found,
        "leads": leads,
        # Who is only invited to walk along is not given an unlisted link for good.
        "may_open": leads or share.is_listed,
        "link": request.build_absolute_uri(reverse("together", args=[token])),
        "people": sessions.present(token)[: LIMITS.together_members],
        "modules": MODULES,
        "most_name": LIMITS.together_name_characters,
    }
    walk = runs.walk_of(found.scenario)
    if walk.prepared is not None:
        trace = Whole(walk)
        context["groups"] = trace.groups
        context["headlines"] = trace.headlines
        if 0 < session.step <= len(walk.steps):
            context["now"] = row(walk.steps[session.step - 1])
    response = render(request, "together/page.html", context)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    if not key:
        _remember(request, response, session, sessions.new_key())
    return response


@require_POST
def lead(request: HttpRequest, token: str) -> HttpResponse:
    """The leader's step, or the end, from a page without script."""
    version = _session(token).version
    back = reverse("together", args=[token])
    key = sessions.key_in(request.COOKIES)
    form = LeadForm(request.POST)
    if not form.is_valid():
        return _told(request, "There is no such step", problem_of(form), back, 422)
    if form.cleaned_data["end"]:
        done = sessions.end(token, key)
        back = reverse("version", args=[version.share_id, version.number]) if done else back
        async_to_sync(news.look)(token)
    else:
        moved = sessions.go_to(token, key, form.cleaned_data["step"])
        done = moved is not None
        if moved is not None:
            async_to_sync(news.at)(token, moved.step, moved.moves)
    if not done:
        why = "Only who leads steps for everybody, hands over and ends it."
        return _told(request, "Somebody else leads", why, back, 403)
    return HttpResponseRedirect(back)


def _told(request: HttpRequest, heading: str, why: str, back: str, status: int) -> HttpResponse:
    context = {"heading": heading, "why": why, "back": back}
    return render(request, "together/refused.html", context, status=status)
