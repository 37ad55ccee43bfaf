"""Links: saving, reading, and what their owners may do with them."""

from __future__ import annotations

from itertools import takewhile

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from playground.links import keys, models, store, traces
from playground.links.forms import KeyForm, ManageForm, SaveForm
from playground.page.forms import takes
from playground.page.walked import page_of, run_into
from playground.site.costs import costly, working
from playground.site.failures import BUSY, RETRY_SECONDS, UNUSABLE
from playground.site.htmx import REFUSED, answered, is_swap, varied
from playground.site.limits import LIMITS
from playground.site.markdown import to_html
from playground.site.ordinals import ordinal
from playground.site.rates import within
from sim import ENGINE_VERSION

SAVED = "chainwalk_saved"  # the next page says so


def found_or_answer(pk: str, number: int | None = None) -> store.Found:
    """A version of a link. Raises ``Http404``; what is gone raises ``store.Gone``."""
    try:
        return store.find(pk, number)
    except store.NotFound as error:
        raise Http404(str(error)) from None


@require_POST
@working
@takes(SaveForm)
def save(request: HttpRequest, form: SaveForm) -> HttpResponse:
    """Store what the form holds and go to its link: public, unlisted, or the next version."""
    if not may_save(request):
        problem = (
            f"More than {LIMITS.saves_a_minute} saves in a minute from your address. "
            "Nothing is lost: wait a minute and save again."
        )
        return _not_saved(request, form, problem, 429, 60)
    try:
        owner, key = keys.owner_of(request), ""
        if owner is None:
            owner, key = keys.new_owner()
        found = _stored(form, owner)
    except store.Barred as barred:
        return _not_saved(request, form, f"{barred}.", barred.status)
    except UNUSABLE:
        problem = f"{BUSY.told} Your texts are still here: save them again."
        return _not_saved(request, form, problem, 503, RETRY_SECONDS)
    # Not to the latest of a link that somebody else moved on: to what was saved.
    address = f"/s/{found.path}"
    response = varied(
        HttpResponseClientRedirect(address) if is_swap(request) else HttpResponseRedirect(address)
    )
    keys.remember(request, response, key or keys.key_of(request), is_new=bool(key))
    response.set_cookie(SAVED, "1", 60, httponly=True, samesite="Lax", secure=request.is_secure())
    return response


def _not_saved(
    request: HttpRequest, form: SaveForm, problem: str, status: int, seconds: int = 0
) -> HttpResponse:
    """The texts again, and when to try again (0: not at all)."""
    context = form.page() | {"problem": problem}
    response = answered(request, "page/page.html", "site/_problem.html", context, status=status)
    if seconds:
        response["Retry-After"] = str(seconds)
    return response


def _stored(form: SaveForm, owner: models.Owner) -> store.Found:
    parent, wanted = _parent(form.origin), form.cleaned_data["as"]
    if wanted == "version" and parent is not None and store.is_author(parent.share, owner):
        return store.add_version(parent.share, owner, form.scenario)
    return store.save(form.scenario, owner, is_listed=wanted != "unlisted", parent=parent)


def _parent(path: str) -> store.Found | None:
    """What a form says it was made from: an id, or an id and a version."""
    pk, _, number = path.partition("/")
    try:
        return store.find(pk, ordinal(number) or None) if pk else None
    except (store.NotFound, store.Gone):
        return None


def may_save(request: HttpRequest) -> bool:
    """Count saves by address for a minute; the address itself is not kept after that."""
    return within_rate(request, "saves", LIMITS.saves_a_minute)


def within_rate(request: HttpRequest, what: str, most: int) -> bool:
    return within(what, str(request.META.get("REMOTE_ADDR", "")), most)


@ensure_csrf_cookie
@require_safe
@costly
def scenario(request: HttpRequest, pk: str, number: int | None = None) -> HttpResponse:
    """A version of a link with its whole trace, readable without script."""
    return _shown(request, found_or_answer(pk, number))


def _shown(
    request: HttpRequest, found: store.Found, refused: ManageForm | None = None
) -> HttpResponse:
    """``refused``: what its author typed about it, with what is wrong."""
    owner = keys.owner_of(request)
    context = page_of(found.scenario, parent=f"{found.share.pk}/{found.version.number}")
    ancestry = store.ancestry(found.share)
    known = list(takewhile(lambda share: store.may_know(share, owner), ancestry))
    context |= {
        "saved": found,
        "link": request.build_absolute_uri(reverse("scenario", args=[found.share.pk])),
        "site": request.build_absolute_uri("/").rstrip("/"),
        "versions": found.share.versions.all() if found.share.latest > 1 else (),
        "ancestry": store.named(known),
        "is_of_hidden": len(known) < len(ancestry),
        "forks": store.named(found.share.forks.filter(is_listed=True, deleted=None)[:20]),
        "is_author": store.is_author(found.share, owner),
        "is_claimed": store.is_claimed(found.share, owner),
        "description_html": to_html(found.description) if found.description else "",
        "changed": _changed(found),
        "engine_now": ENGINE_VERSION,
        "may_report": settings.REPORTS,
        "is_fresh": SAVED in request.COOKIES,
        "manage": refused or ManageForm(initial=_said_of(found.share)),
    }
    is_new = bool(request.COOKIES.get(keys.FRESH))
    if is_new and owner is not None:
        address = request.build_absolute_uri(reverse("own"))
        context["key_link"] = f"{address}#{keys.key_of(request)}"
    run_into(context, found.scenario)
    response = render(request, "page/page.html", context, status=REFUSED if refused else 200)
    if is_new:
        response.delete_cookie(keys.FRESH, samesite="Lax")
    if context["is_fresh"]:
        response.delete_cookie(SAVED, samesite="Lax")
    if not found.share.is_listed:  # the browser keeps it: what was typed comes back with Back
        response["X-Robots-Tag"] = "noindex"
        response["Cache-Control"] = "private"
    return response


def _said_of(share: models.Share) -> dict[str, str]:
    return {
        "title": share.title, "description": share.description, "tags": ", ".join(share.tags),
    }  # fmt: skip


def _changed(found: store.Found) -> traces.Change | None:
    """Does this engine say something else than the one that the link was saved under?"""
    document = found.version.document
    if not document.trace_hash:
        return None
    now = traces.walk(found.scenario)
    if now.digest == document.trace_hash:
        return None
    change = traces.first_change(traces.unpacked(bytes(document.trace)), now.lines)
    return change or traces.Change(len(now.lines), "", "only in details that have no line")


@require_POST
@working
def edit(request: HttpRequest, pk: str) -> HttpResponse:
    """The author's forms: what is said about a link, who may find it, which version is latest."""
    found = found_or_answer(pk)
    owner = keys.owner_of(request)
    form = ManageForm(request.POST)
    if not form.is_valid():
        return _shown(request, found, form)
    typed = form.cleaned_data
    action = typed["action"]
    try:
        if action == "edit":
            store.edit(
                found.share,
                owner,
                title=typed["title"],
                description=typed["description"],
                tags=typed["tags"].split(","),
            )
        elif action == "latest":
            store.move_latest(found.share, owner, typed["number"])
        elif action == "delete":
            store.let_go(found.share, owner)
            return HttpResponseRedirect(reverse("mine"))
        elif action == "publish":
            store.publish(found.share, owner)
        elif action == "unlist":
            store.unlist(found.share, owner)
    except store.NotYours as error:
        return render(request, "links/refused.html", {"why": str(error)}, status=403)
    except store.NotFound as error:
        raise Http404(str(error)) from None
    return HttpResponseRedirect(reverse("scenario", args=[found.share.pk]))


@ensure_csrf_cookie
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What the owner of this browser's key saved."""
    owner = keys.owner_of(request)
    claims = (
        owner.claims.select_related("share").order_by("-created")[: LIMITS.links_listed]
        if owner
        else ()
    )
    shares = [claim.share for claim in claims if not claim.share.is_gone]
    found = [store.find(share.pk) for share in shares]
    return render(request, "links/mine.html", {"found": found, "owner": owner})


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """Bring a key to this browser. It comes behind the ``#`` of a link, so no log has it."""
    if request.method != "POST":
        return render(request, "links/own.html", {})
    form = KeyForm(request.POST)
    key = form.cleaned_data["key"] if form.is_valid() else ""
    if not (keys.SHORTEST <= len(key) <= keys.LONGEST) or keys.with_key(key) is None:
        problem = "Nobody here has this key. It is all that stands behind the # sign."
        context = {"problem": problem}  # never the key: a page may be kept
        return render(request, "links/own.html", context, status=404)
    response = HttpResponseRedirect(reverse("mine"))
    keys.remember(request, response, key, is_new=False)
    return response
