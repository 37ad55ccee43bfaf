"""Who asks, and what they may do in a collection."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from playground.collections.models import Collection, Invite, Membership
from playground.links.models import Owner
from playground.site.limits import LIMITS

Role = Membership.Role
RANK = {"": 0, Role.READER: 1, Role.EDITOR: 2, Role.OWNER: 3}


class Used(Exception):
    """The invitation was used by somebody else meanwhile, or withdrawn."""


class Denied(Exception):
    """The role is too low. The message is for the person."""


def shown(request: HttpRequest) -> dict[str, Any]:
    """For every template: are there accounts, and who is logged in (looked up when it is asked)."""
    if not settings.ACCOUNTS:
        return {"accounts": False}
    return {"accounts": True, "somebody": SimpleLazyObject(lambda: request.user)}


def role_of(collection: Collection, owner: Owner | None) -> str:
    if owner is None:
        return ""
    return collection.members.filter(owner=owner).values_list("role", flat=True).first() or ""


def readable(pk: str, owner: Owner | None) -> tuple[Collection, str]:
    """The collection and one's role. Raises ``Http404``, also for what is others' only: a
    stranger does not learn that it is there."""
    collection = Collection.objects.filter(pk=pk).first()
    role = role_of(collection, owner) if collection else ""
    if collection is None or (collection.visibility == Collection.Visibility.MEMBERS and not role):
        raise Http404("there is no collection here, or it is for its members only")
    return collection, role


def require(role: str, least: str) -> None:
    """Raises ``Denied``."""
    if RANK[role] < RANK[least]:
        what = {Role.EDITOR: "only its editors change a collection",
                Role.OWNER: "only its owners do that"}  # fmt: skip
        raise Denied(what.get(Role(least), "that is for members"))


def hashed(token: str) -> str:
    return hashlib.sha256(b"chainwalk invite\0" + token.encode()).hexdigest()


def invite(collection: Collection, role: str) -> str:
    """The token of a new link for somebody to join; told once."""
    token = secrets.token_urlsafe(24)
    expires = timezone.now() + timedelta(days=LIMITS.invite_days)
    Invite.objects.create(
        collection=collection, role=Role(role), token_hash=hashed(token), expires=expires
    )
    return token


def invited(token: str) -> Invite | None:
    """The invitation of a token whose time is not over."""
    found = Invite.objects.filter(token_hash=hashed(token), expires__gt=timezone.now())
    return found.select_related("collection").first()


def join(invitation: Invite, owner: Owner, name: str) -> Membership:
    """Make somebody a member; that uses the invitation up. Raises ``Used``.

    Who has the role or a higher one keeps it, and the invitation is for somebody else.
    """
    with transaction.atomic():
        known = invitation.collection.members.filter(owner=owner).first()
        if known is not None and RANK[known.role] >= RANK[invitation.role]:
            return known
        # One statement: of two who come at once, one finds it.
        if not Invite.objects.filter(pk=invitation.pk, expires__gt=timezone.now()).delete()[0]:
            raise Used
        member, _ = Membership.objects.update_or_create(
            collection=invitation.collection,
            owner=owner,
            defaults={"role": invitation.role},
            create_defaults={"role": invitation.role, "name": name.strip()[:60]},
        )
    return member


def set_role(collection: Collection, member: Membership, role: str) -> None:
    """``""`` removes the member. Raises ``Denied`` for the last owner."""
    owners = collection.members.filter(role=Role.OWNER)
    if member.role == Role.OWNER and role != Role.OWNER and owners.count() == 1:
        raise Denied("a collection keeps at least one owner")
    if role:
        member.role = Role(role)
        member.save(update_fields=["role"])
    else:
        member.delete()
