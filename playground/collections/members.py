"""Who belongs to a collection: invitations, joining, roles."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods

from playground.collections import people
from playground.collections.asking import answering, name_of, somebody, text_of
from playground.collections.models import Invite
from playground.collections.people import Role
from playground.links import keys
from playground.links.views import within_rate
from playground.site.limits import LIMITS
from playground.site.ordinals import ordinal

OVER = "this invitation was used, withdrawn, or is too old: ask for another one"


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
@answering
def members(request: HttpRequest, pk: str) -> HttpResponse:
    """For owners: who is in, and links for others to come in."""
    owner = keys.owner_of(request)
    collection, role = people.readable(pk, owner)
    people.require(role, Role.OWNER)
    link = ""
    if request.method == "POST":
        action = text_of(request, "action")
        if action == "invite":
            wanted = text_of(request, "role")
            if wanted not in Role.values or collection.invites.count() >= LIMITS.invites_open:
                raise people.Denied("no such role, or too many open invitations: withdraw some")
            token = people.invite(collection, wanted)
            link = request.build_absolute_uri(reverse("join", args=[token]))
        elif action == "withdraw":
            collection.invites.filter(pk=ordinal(request.POST.get("invite"))).delete()
        elif action == "role":
            member = collection.members.filter(pk=ordinal(request.POST.get("member"))).first()
            wanted = text_of(request, "role")
            if member is not None and wanted in ("", *Role.values):
                people.set_role(collection, member, wanted)
    context = {
        "collection": collection,
        "members": collection.members.order_by("pk"),
        "me": owner,
        "roles": Role.choices,
        "invites": collection.invites.order_by("expires"),
        "link": link,
    }
    return render(request, "collections/members.html", context)


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation. Following the link shows it; only the button joins."""
    invitation = people.invited(token)
    if invitation is None:
        raise Http404(OVER)
    user = getattr(request, "user", None)
    needs_account = settings.ACCOUNTS and not (user is not None and user.is_authenticated)
    typed = request.POST if request.method == "POST" else None
    form: UserCreationForm[User] = UserCreationForm(typed)
    context = {"invitation": invitation, "needs_account": needs_account, "form": form,
               "name": name_of(request)}  # fmt: skip
    if request.method == "POST" and (not needs_account or _may_be_made(request, form)):
        return _joined(request, invitation, form.save(commit=False) if needs_account else None)
    return render(request, "collections/join.html", context)


def _may_be_made(request: HttpRequest, form: UserCreationForm[User]) -> bool:
    """Whether the form describes an account that can be made."""
    if not within_rate(request, "accounts", LIMITS.accounts_a_minute):
        form.add_error(None, "Too many accounts in a minute from your address: wait a minute.")
        return False
    return form.is_valid()


def _joined(request: HttpRequest, invitation: Invite, user: User | None) -> HttpResponse:
    """``user``: a new account, made only if the invitation is still there."""
    try:
        with transaction.atomic():
            if user is not None:
                user.save()
                login(request, user)
            owner, key = somebody(request)
            people.join(invitation, owner, name_of(request) or text_of(request, "name", 60))
    except people.Used:
        if user is not None:
            logout(request)
        raise Http404(OVER) from None
    response = HttpResponseRedirect(reverse("collection", args=[invitation.collection_id]))
    keys.remember(request, response, key, is_new=bool(key))
    return response
