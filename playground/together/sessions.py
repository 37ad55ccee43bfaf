"""Sessions as they are stored: the leader's step, who is here, who leads.

What is stored is the truth. Messages between pages only say that it moved, so one that is lost
heals at the next look.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from playground.links import ids, store
from playground.site.limits import LIMITS
from playground.together import models, names

COOKIE = "chainwalk_member"  # for the session's own path
SHORTEST, LONGEST = 20, 100

# A page that is silent for three beats is not here any more.
AWAY_BEATS = 3
FORGOTTEN_MINUTES = 30  # behind that, who comes back is somebody new


class Over(store.Gone):
    """The walk ended, or its hours are over."""

    heading = "This walk is over"


class Full(Exception):
    """As many are here as may be."""


# So many people are named on a page; of a larger crowd the leader, oneself, and who came first.
MOST_NAMED = 60


@dataclass(frozen=True, slots=True)
class Person:
    """``number`` names them to each other; it is nothing that a key could be found from."""

    number: int
    name: str
    leads: bool


@dataclass(frozen=True, slots=True)
class Now:
    """``moves`` counts what the leader did: a message with a lower count is late."""

    step: int
    moves: int
    leader_hash: str
    people: tuple[Person, ...]

    @property
    def here(self) -> int:
        """How many people are."""
        return len(self.people)

    def is_led_by(self, key_hash: str) -> bool:
        return secrets.compare_digest(self.leader_hash, key_hash)

    def shown_to(self, number: int) -> tuple[Person, ...]:
        """Who is named on this member's page."""
        if len(self.people) <= MOST_NAMED:
            return self.people
        first = self.people[:MOST_NAMED]
        return first + tuple(
            one for one in self.people[MOST_NAMED:] if one.leads or one.number == number
        )


def new_key() -> str:
    return secrets.token_urlsafe(24)


def key_in(cookies: Mapping[str, str]) -> str:
    """The key that a browser keeps for this session, or nothing."""
    key = cookies.get(COOKIE, "")
    return key if SHORTEST <= len(key) <= LONGEST and key.isascii() else ""


def hashed(key: str) -> str:
    return hashlib.sha256(b"chainwalk member\0" + key.encode()).hexdigest()


def start(found: store.Found, key: str, last: int) -> models.Session:
    """A session on a stored version whose trace has ``last`` steps; the key's owner leads."""
    return models.Session.objects.create(
        token=ids.unlisted_id(),
        version=found.version,
        leader_hash=hashed(key),
        last=last,
        expires=timezone.now() + timedelta(hours=LIMITS.together_hours),
    )


def find(token: str) -> models.Session:
    """Raises ``store.NotFound``, and ``store.Gone`` for one that is over."""
    # Not the document: it may be megabytes, and every page looks every few seconds.
    session = models.Session.objects.select_related("version__share").filter(pk=token).first()
    if session is None:
        raise store.NotFound("there is no walk under this link")
    if session.is_over:
        raise Over("it was ended, or its hours are over")
    if session.version.share.is_gone:
        raise Over("what was walked through was deleted")
    return session


def leads(session: models.Session, key: str) -> bool:
    return secrets.compare_digest(session.leader_hash, hashed(key))


def _led_by(token: str, key: str) -> QuerySet[models.Session]:
    """The session, if this key leads it and it is not over."""
    return models.Session.objects.filter(
        pk=token, leader_hash=hashed(key), expires__gt=timezone.now()
    )


def go_to(token: str, key: str, step: int) -> models.Session | None:
    """Everyone's step is this one; ``None`` for who does not lead. Steps are kept in the trace."""
    session = _led_by(token, key).first()
    if session is None:
        return None
    wanted = min(max(step, 0), session.last)
    if not _led_by(token, key).update(step=wanted, moves=F("moves") + 1):
        return None  # handed over in between
    session.refresh_from_db(fields=["step", "moves"])
    return session


def hand_over(token: str, key: str, number: int) -> bool:
    """Let somebody who is here lead; false for who may not say so, or if they are not."""
    heir = present(token).filter(pk=number).first()
    if heir is None:
        return False
    changed = _led_by(token, key).update(leader_hash=heir.key_hash, moves=F("moves") + 1)
    return bool(changed)


def end(token: str, key: str) -> bool:
    """It is over for everybody; false for who does not lead."""
    return bool(_led_by(token, key).update(expires=timezone.now()))


# ---- who is here ---------------------------------------------------------------------------


def present(token: str) -> QuerySet[models.Member]:
    since = timezone.now() - timedelta(seconds=AWAY_BEATS * LIMITS.together_beat_seconds)
    return models.Member.objects.filter(session=token, seen__gt=since).order_by("pk")


def join(token: str, key: str) -> int:
    """Be here; the number of who came. Raises ``Full``, ``store.NotFound``, ``store.Gone``."""
    session = find(token)
    here = present(token)
    mine = hashed(key)
    long_ago = timezone.now() - timedelta(minutes=FORGOTTEN_MINUTES)
    old = models.Member.objects.filter(session=session, seen__lt=long_ago)
    old.exclude(key_hash=session.leader_hash).delete()
    if here.exclude(key_hash=mine).count() >= LIMITS.together_members:
        raise Full(f"{LIMITS.together_members} people are here already: this walk is full")
    known = models.Member.objects.filter(session=session, key_hash=mine)
    if known.update(seen=timezone.now()):
        return known.values_list("pk", flat=True).get()
    name = names.friendly([*here.values_list("name", flat=True)])
    member, _ = models.Member.objects.get_or_create(
        session=session, key_hash=mine, defaults={"name": name}
    )
    return int(member.pk)


def look(token: str, numbers: Collection[int] = ()) -> Now:
    """See how things stand, and say that these members are still here. Raises like ``find``."""
    session = find(token)
    if numbers:
        models.Member.objects.filter(pk__in=numbers).update(seen=timezone.now())
    here = present(token).values_list("pk", "name", "key_hash")[: LIMITS.together_members]
    people = tuple(Person(pk, name, key == session.leader_hash) for pk, name, key in here)
    return Now(session.step, session.moves, session.leader_hash, people)


def rename(number: int, name: object) -> bool:
    """False for a name that has nothing to be seen."""
    wanted = names.cleaned(name)
    return bool(wanted and models.Member.objects.filter(pk=number).update(name=wanted))


def leave(number: int) -> None:
    """Not here any more. Another tab of the same browser says at its next look that it is."""
    gone = timezone.now() - timedelta(seconds=AWAY_BEATS * LIMITS.together_beat_seconds)
    models.Member.objects.filter(pk=number).update(seen=gone)


def collect() -> int:
    """Drop what has been over for a day: until then its link says so."""
    count, _ = models.Session.objects.filter(
        expires__lt=timezone.now() - timedelta(days=1)
    ).delete()
    return count
