"""Who belongs to a collection: invitations, joining, roles."""

from __future__ import annotations

from typing import Any

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
from playground.collections.asking import answering, name_of, somebody
from playground.collections.forms import JoinForm, MembersForm
from playground.collections.models import Collection, Invite
from playground.collections.people import Role
from playground.links import keys
from playground.links.views import within_rate
from playground.site.limits import LIMITS

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
        form = MembersForm(request.POST)
        if not form.is_valid():
            raise people.Denied("there is no such action or role")
        token = _done(collection, form.cleaned_data)
        link = request.build_absolute_uri(reverse("join", args=[token])) if token else ""
    context = {
        "collection": collection,
        "members": collection.members.order_by("pk"),
        "me": owner,
        "roles": Role.choices,
        "invites": collection.invites.order_by("expires"),
        "link": link,
    }
    return render(request, "collections/members.html", context)


def _done(collection: Collection, typed: dict[str, Any]) -> str:
    """What the form asks for, done; the token of a new invitation. Raises ``Denied``."""
    wanted = typed["role"]
    match typed["action"]:
        case "invite":
            if not wanted or collection.invites.count() >= LIMITS.invites_open:
                raise people.Denied("no such role, or too many open invitations: withdraw some")
            return people.invite(collection, wanted)
        case "withdraw":
            collection.invites.filter(pk=typed["invite"]).delete()
        case "role":
            member = collection.members.filter(pk=typed["member"]).first()
            if member is not None:
                people.set_role(collection, member, wanted)
    return ""


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
    named = JoinForm(typed)
    context = {"invitation": invitation, "needs_account": needs_account, "form": form,
               "name": name_of(request), "named": named}  # fmt: skip
    is_said = named.is_valid()
    if request.method == "POST" and is_said and (not needs_account or _may_be_made(request, form)):
        user = form.save(commit=False) if needs_account else None
        return _joined(request, invitation, user, named.cleaned_data["name"])
    return render(request, "collections/join.html", context)


def _may_be_made(request: HttpRequest, form: UserCreationForm[User]) -> bool:
    """Whether the form describes an account that can be made."""
    if not within_rate(request, "accounts", LIMITS.accounts_a_minute):
        form.add_error(None, "Too many accounts in a minute from your address: wait a minute.")
        return False
    return form.is_valid()


def _joined(request: HttpRequest, invitation: Invite, user: User | None, name: str) -> HttpResponse:
    """``user``: a new account, made only if the invitation is still there. ``name``: of somebody
    without one."""
    try:
        with transaction.atomic():
            if user is not None:
                user.save()
                login(request, user)
            owner, key = somebody(request)
            people.join(invitation, owner, name_of(request) or name)
    except people.Used:
        if user is not None:
            logout(request)
        raise Http404(OVER) from None
    response = HttpResponseRedirect(reverse("collection", args=[invitation.collection_id]))
    keys.remember(request, response, key, is_new=bool(key))
    return response
