"""Sessions as they are stored: when they end, who is forgotten, what people are called."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from playground import models
from playground.links import keys, store
from playground.page import gallery
from playground.site.limits import LIMITS
from playground.together import names, sessions
from sim.model.scenario import Scenario

pytestmark = pytest.mark.django_db
LEADER, OTHER = "l" * 32, "o" * 32


def begun() -> models.Session:
    return sessions.start(store.save(gallery.first().scenario), LEADER, 50)


def test_a_session_ends_by_itself() -> None:
    """After its hours; for a day its link says so, then it is collected."""
    session = begun()
    hours = (session.expires - timezone.now()) / timedelta(hours=1)
    assert LIMITS.together_hours - 1 < hours <= LIMITS.together_hours
    sessions.join(session.pk, LEADER)
    models.Session.objects.update(expires=timezone.now() - timedelta(minutes=1))
    with pytest.raises(sessions.Over):
        sessions.find(session.pk)
    assert sessions.go_to(session.pk, LEADER, 3) is None
    sessions.collect()
    assert Client().get(f"/w/{session.pk}/").status_code == 410
    models.Session.objects.update(expires=timezone.now() - timedelta(days=2))
    sessions.collect()
    assert Client().get(f"/w/{session.pk}/").status_code == 404
    assert not models.Member.objects.exists()


def test_a_deleted_scenario_ends_the_walks_through_it() -> None:
    """Its texts are nobody's to see any more."""
    mine = keys.new_owner()[0]
    found = store.save(gallery.first().scenario, mine, is_listed=False)
    session = sessions.start(found, LEADER, 50)
    store.let_go(found.share, mine)
    with pytest.raises(store.Gone):
        sessions.find(session.pk)


def test_who_was_long_away_is_forgotten_but_for_the_leader() -> None:
    """So that comers and goers do not pile up."""
    session = begun()
    sessions.join(session.pk, LEADER)
    sessions.join(session.pk, OTHER)
    long_ago = timezone.now() - timedelta(minutes=sessions.FORGOTTEN_MINUTES + 1)
    models.Member.objects.update(seen=long_ago)
    assert not sessions.present(session.pk)
    sessions.join(session.pk, "n" * 32)
    kept = set(models.Member.objects.values_list("key_hash", flat=True))
    assert kept == {sessions.hashed(LEADER), sessions.hashed("n" * 32)}


def test_only_who_is_here_may_be_handed_it() -> None:
    """Not somebody who left, nor a member of another session."""
    session, another = begun(), begun()
    gone, elsewhere = sessions.join(session.pk, OTHER), sessions.join(another.pk, OTHER)
    sessions.leave(gone)
    assert not sessions.hand_over(session.pk, LEADER, gone)
    assert not sessions.hand_over(session.pk, LEADER, elsewhere)
    assert sessions.go_to(session.pk, LEADER, 7) is not None


def test_no_key_and_no_address_is_stored() -> None:
    """Hashes of keys only."""
    session = begun()
    sessions.join(session.pk, LEADER)
    stored = str([*models.Session.objects.values(), *models.Member.objects.values()])
    assert LEADER not in stored
    assert "127.0.0.1" not in stored


def test_friendly_names_differ_while_there_are_some_left() -> None:
    """Twenty people, twenty names."""
    taken: list[str] = []
    for _ in range(20):
        taken.append(names.friendly(taken))
    assert len(set(taken)) == 20


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("a\nb\tc", "a b c"),
        ("\u202eevil\x00\x1b[31m", "evil[31m"),
        ("\u200b\u2060", ""),
        (7, ""),
        (None, ""),
        ("x" * 5000, "x" * LIMITS.together_name_characters),
    ],
)
def test_a_name_is_one_line_of_letters_that_are_seen(typed: object, kept: str) -> None:
    """Nothing turns the text of other people's pages around, or breaks their lines."""
    assert names.cleaned(typed) == kept


def test_a_session_on_what_does_not_run_is_refused() -> None:
    """There is no trace to walk through; the page says so."""
    pk = store.save(Scenario(rules="nonsense")).share.pk
    answer = Client().post("/w/", {"version": f"{pk}/1"})
    assert answer.status_code == 409
    assert "nothing to walk through" in answer.content.decode()
    assert Client().post("/w/", {"version": "nowhere/1"}).status_code == 404


def test_so_many_sessions_a_minute_and_no_more() -> None:
    """Refused with when to come back."""
    pk = store.save(gallery.first().scenario).share.pk
    client = Client()
    codes = {client.post("/w/", {"version": f"{pk}/1"}).status_code for _ in range(10)}
    assert codes == {302}
    answer = client.post("/w/", {"version": f"{pk}/1"})
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"


def test_of_a_crowd_the_first_the_leader_and_oneself_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thousand names on a thousand pages would be a million; all of them are counted."""
    monkeypatch.setattr(sessions, "LIMITS", replace(LIMITS, together_members=100))
    session = begun()
    crowd = [sessions.join(session.pk, f"{number:024}") for number in range(70)]
    leader = sessions.join(session.pk, LEADER)
    now = sessions.look(session.pk)
    assert now.here == 71
    named = [one.number for one in now.shown_to(crowd[66])]
    assert named == [*crowd[:60], crowd[66], leader]
    assert [one.number for one in now.shown_to(leader)] == [*crowd[:60], leader]
