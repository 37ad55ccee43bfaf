"""Links, their versions, and whose they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from playground import models
from playground.links import ids, keys, store, traces
from playground.page import gallery

pytestmark = pytest.mark.django_db

FIRST = gallery.first().scenario
OTHER = replace(FIRST, rules=FIRST.rules.replace("FORWARD DROP", "FORWARD ACCEPT"))


def owner() -> models.Owner:
    return keys.new_owner()[0]


def test_saving_twice_gives_one_public_link_and_two_unlisted_ones() -> None:
    """A public id is made from the text; an unlisted one tells nothing about it."""
    mine, theirs = owner(), owner()
    assert store.save(FIRST, mine).share == store.save(FIRST, theirs).share
    one, two = (store.save(FIRST, mine, is_listed=False).share for _ in range(2))
    assert one != two
    assert len(one.pk) == ids.UNLISTED_LENGTH
    assert models.Document.objects.count() == 1


def test_versions_are_numbered_and_only_the_author_adds_them() -> None:
    """What a number once led to stays; somebody else forks."""
    mine, theirs = owner(), owner()
    share = store.save(FIRST, mine).share
    assert store.add_version(share, mine, OTHER).version.number == 2
    assert store.add_version(share, mine, OTHER).version.number == 2, "the same text again"
    assert store.find(share.pk, 1).scenario == FIRST
    assert store.find(share.pk).scenario == OTHER
    with pytest.raises(store.NotYours):
        store.add_version(share, theirs, FIRST)
    with pytest.raises(store.NotYours):
        store.move_latest(share, theirs, 1)
    store.move_latest(share, mine, 1)
    assert store.find(share.pk).scenario == FIRST
    assert store.add_version(share, mine, replace(FIRST, title="x")).version.number == 3


def test_deleting_ones_link_does_not_break_anothers() -> None:
    """The text was saved by two; it goes when the second lets go, and is gone then."""
    mine, theirs = owner(), owner()
    share = store.save(FIRST, mine).share
    store.save(FIRST, theirs)
    assert not store.let_go(share, mine)
    assert store.find(share.pk).scenario == FIRST
    assert store.is_author(share, theirs), "who is left may change it"
    assert store.let_go(share, theirs)
    with pytest.raises(store.Gone):
        store.find(share.pk)
    again = store.save(FIRST, mine).share
    assert again != share, "what was deleted stays deleted"
    assert store.find(again.pk).scenario == FIRST


def test_only_who_has_a_link_deletes_it() -> None:
    """Not a stranger, and not somebody without a key."""
    share = store.save(FIRST, owner()).share
    for stranger in (owner(), None):
        with pytest.raises(store.NotYours):
            store.let_go(share, stranger)


def test_collecting_drops_texts_that_no_link_leads_to() -> None:
    """And only those: the other version and its text stay."""
    mine = owner()
    gone = store.save(FIRST, mine).share
    store.save(OTHER, mine)
    store.let_go(gone, mine)
    assert store.collect() == 1
    assert models.Document.objects.count() == 1
    with pytest.raises(store.Gone):
        store.find(gone.pk)


def test_what_nobody_owns_may_expire(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the setting; an owner's link has no end, and a claim takes the end away."""
    monkeypatch.setattr(store, "_expiry", lambda: timezone.now() + timedelta(days=1))
    share = store.save(FIRST).share
    assert share.expires is not None
    models.Share.objects.update(expires=timezone.now() - timedelta(seconds=1))
    with pytest.raises(store.Gone):
        store.find(share.pk)
    mine = owner()
    assert store.save(FIRST, mine).share.expires is None
    assert store.find(share.pk).scenario == FIRST


def test_a_clash_of_ids_gets_a_longer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two texts never share a link, whatever their hashes begin with."""
    monkeypatch.setattr(ids, "public_id", lambda content, length: "z" * length)
    one, two = store.save(FIRST).share, store.save(OTHER).share
    assert (one.pk, two.pk) == ("z" * 12, "z" * 13)


def test_replay_tells_what_an_engine_changed(capsys: pytest.CaptureFixture[str]) -> None:
    """Which link, at which step, and what it said before."""
    found = store.save(FIRST, owner())
    with pytest.raises(SystemExit) as ended:
        call_command("replay", "--jobs", "1")
    assert ended.value.code == 0
    document = found.version.document
    lines = list(traces.unpacked(document.trace))
    lines[3] = "  1   something else was said."
    document.trace = traces.Walked("", tuple(lines)).packed
    document.trace_hash = "0" * 64
    document.save()
    with pytest.raises(SystemExit) as ended:
        call_command("replay", "--jobs", "1")
    assert ended.value.code == 1
    out = capsys.readouterr().out
    assert f"/s/{found.share.pk}/1: step 4" in out
    assert "something else was said" in out


def test_the_step_that_changed_is_told_behind_the_connections_of_another(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A step that lists connections has many lines and is one step all the same."""
    document = store.save(FIRST, owner()).version.document
    now = traces.walk(FIRST).lines
    assert traces.unpacked(document.trace) == now
    assert any("\n" in line for line in now)
    number = max(at for at, line in enumerate(now) if "\n" in line)
    assert number > 5
    changed = (*now[: number + 1], "  4   another fate.", *now[number + 2 :])
    packed = traces.Walked("", changed).packed
    found = traces.first_change(traces.unpacked(packed), now)
    assert found is not None or number + 1 == len(now)
    if found is not None:
        assert found.number == number + 2


def test_what_is_shipped_is_nobodys() -> None:
    """Who saves it has it among their links and may let go of it; it stays as it is for all."""
    first = store.save(FIRST, owner())  # somebody had it before it was shipped
    store.add_version(first.share, first.share.claims.get().owner, OTHER)
    found = store.ship(FIRST)
    assert found.share == first.share
    assert found.is_latest
    visitor = owner()
    share = store.save(FIRST, visitor).share
    assert share == found.share
    for somebody in (visitor, first.share.claims.earliest("created").owner):
        assert store.is_claimed(share, somebody)
        assert not store.is_author(share, somebody)
        with pytest.raises(store.NotYours):
            store.edit(share, somebody, title="mine", description="", tags=())
        with pytest.raises(store.NotYours):
            store.unlist(share, somebody)
        with pytest.raises(store.NotYours):
            store.add_version(share, somebody, OTHER)
        assert not store.let_go(share, somebody)
    assert store.find(share.pk).scenario == FIRST
    assert store.ship(FIRST).share == share


def test_a_key_is_nowhere_in_the_database() -> None:
    """Only its hash is."""
    made, key = keys.new_owner()
    assert key not in str(list(models.Owner.objects.values()))
    assert keys.with_key(key) == made
    assert keys.with_key(key[:-1]) is None
