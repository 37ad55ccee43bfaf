"""An invitation makes one member."""

from __future__ import annotations

import pytest
from django.test import Client

from playground.collections import pages, people
from playground.collections.models import Collection, Invite
from playground.collections.people import Role
from playground.links import keys

pytestmark = pytest.mark.django_db


def _collection() -> Collection:
    return pages.create(keys.new_owner()[0], "Ours", "", Collection.Visibility.MEMBERS)


def test_an_invitation_works_once() -> None:
    """Who comes second reads that it was used, and is no member."""
    made = _collection()
    token = people.invite(made, Role.EDITOR)
    assert Client().post(f"/k/join/{token}", {"name": "first"}).status_code == 302
    second = Client().post(f"/k/join/{token}", {"name": "second"})
    assert second.status_code == 404
    assert b"was used" in second.content
    assert made.members.count() == 2


def test_of_two_at_once_one_joins() -> None:
    """Both have seen it before either took it."""
    made = _collection()
    token = people.invite(made, Role.READER)
    one, two = people.invited(token), people.invited(token)
    assert one is not None
    assert two is not None
    people.join(one, keys.new_owner()[0], "one")
    with pytest.raises(people.Used):
        people.join(two, keys.new_owner()[0], "two")
    assert made.members.count() == 2


def test_who_is_in_already_leaves_it_for_others() -> None:
    """An owner who tries the link uses nothing up; a reader who becomes editor does."""
    made = _collection()
    owner = made.members.get().owner
    invitation = people.invited(people.invite(made, Role.EDITOR))
    assert invitation is not None
    assert people.join(invitation, owner, "").role == Role.OWNER
    assert Invite.objects.count() == 1
    reader = made.members.create(owner=keys.new_owner()[0], role=Role.READER)
    assert people.join(invitation, reader.owner, "").role == Role.EDITOR
    assert Invite.objects.count() == 0
