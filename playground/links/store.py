"""Storing scenarios under links, finding them again, and letting go of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from playground.links import ids, models, traces
from playground.site.limits import LIMITS
from playground.site.plain import is_plain, plain_text
from sim import ENGINE_VERSION
from sim.model.scenario import Scenario

SCHEMA = 1
SITE = "site"  # the hash of no key: the author of what is shipped
# What somebody who was the author of a shipped text's link may have made of it.
_PLAIN = {"title": "", "description": "", "tags": [], "latest": 1, "is_listed": True}


class NotFound(Exception):
    """There is no such link, or no such version of it."""


class Gone(Exception):
    """The link was deleted, or its time is over."""

    heading = "This scenario is gone"
    status = 410


class TakenDown(Gone):
    """The host of this site took the link down."""

    heading = "This scenario was taken down"

    def __init__(self, status: int) -> None:
        legally = " for legal reasons" if status == 451 else ""
        super().__init__(f"the host of this site took it down{legally}")
        self.status = status


class Barred(Exception):
    """The text was taken down for legal reasons: nobody may save it here again."""

    status = 451

    def __init__(self) -> None:
        super().__init__(
            "The host of this site took this text down for legal reasons, so it can't be saved here"
        )


class NotYours(Exception):
    """Only the author of a link may do that."""


@dataclass(frozen=True, slots=True)
class Found:
    """A version of a link, ready to be read."""

    share: models.Share
    version: models.Version
    scenario: Scenario

    @property
    def title(self) -> str:
        return self.share.title or self.scenario.title

    @property
    def description(self) -> str:
        return self.share.description or self.scenario.description

    @property
    def is_latest(self) -> bool:
        return self.version.number == self.share.latest

    @property
    def path(self) -> str:
        """Its id as it stands in addresses; of the latest version without a number."""
        plain = str(self.share.pk)
        return plain if self.is_latest else f"{plain}/{self.version.number}"


def body_of(scenario: Scenario) -> dict[str, Any]:
    """Everything that makes the trace what it is."""
    return {"schema": SCHEMA, "engine": ENGINE_VERSION, **scenario.as_json()}


def scenario_of(document: models.Document) -> Scenario:
    return scenario_in(document.body)


def scenario_in(body: dict[str, Any]) -> Scenario:
    """The scenario of what ``body_of`` made."""
    return Scenario.from_json(
        {key: value for key, value in body.items() if key not in ("schema", "engine")}
    )


def find(pk: str, number: int | None = None) -> Found:
    """A version of a link, the latest without a number. Raises ``NotFound``, ``Gone``."""
    share = models.Share.objects.filter(pk=pk).first() if is_plain(pk) else None
    if share is None:
        raise NotFound("This link doesn't exist, or was mistyped.")
    if share.taken_down:
        raise TakenDown(share.taken_down)
    if share.is_gone:
        raise Gone("the time of this scenario is over" if share.has_expired else "it was deleted")
    wanted = share.latest if number is None else number
    version = share.versions.select_related("document").filter(number=wanted).first()
    if version is None:
        raise NotFound(f"this link has no version {wanted}; its latest is {share.latest}")
    return Found(share, version, scenario_of(version.document))


def save(
    scenario: Scenario,
    owner: models.Owner | None = None,
    *,
    is_listed: bool = True,
    parent: Found | None = None,
) -> Found:
    """Store a scenario under a link. Saved twice, a public one has one link. Raises ``Barred``."""
    document = kept(scenario)
    if not is_listed:
        share, is_new = _created(ids.unlisted_id(), document, False, parent), True
    else:
        share, is_new = _public(document, parent)
    claim(share, owner, is_new=is_new)
    return find(share.pk, 1)


def ship(scenario: Scenario) -> Found:
    """Store what comes with Chainwalk under its public link, which nobody who saves it owns."""
    site, _ = models.Owner.objects.get_or_create(key_hash=SITE)
    found = save(scenario, site)
    found.share.claims.exclude(owner=site).update(is_author=False)
    found.share.claims.filter(owner=site).update(is_author=True)
    models.Share.objects.filter(pk=found.share.pk).update(**_PLAIN)
    return find(found.share.pk, 1)


def kept(scenario: Scenario) -> models.Document:
    """The document of a scenario, stored once, with its trace under this engine.

    Raises ``Barred``.
    """
    body = body_of(scenario)
    if models.BarredText.objects.filter(digest=ids.digest_of_texts(body)).exists():
        raise Barred
    digest = ids.digest_of(body)
    found = models.Document.objects.filter(pk=digest).first()
    if found is not None:
        return found
    walked = traces.walk(scenario)
    found, _ = models.Document.objects.get_or_create(
        pk=digest,
        defaults={
            "body": body,
            "engine": ENGINE_VERSION,
            "trace_hash": walked.digest,
            "trace": walked.packed,
        },
    )
    return found


def _public(document: models.Document, parent: Found | None) -> tuple[models.Share, bool]:
    """The one public link of a document, and whether it was made just now.

    Ids that clash grow by a letter. A link that was deleted stays deleted, with all its versions:
    the text gets another one.
    """
    content = ids.canonical(document.body)
    for length in range(ids.LENGTH, 40):
        pk = ids.public_id(content, length)
        share = models.Share.objects.filter(pk=pk).first()
        if share is None:
            try:
                return _created(pk, document, True, parent), True
            except IntegrityError:  # another process just stored it
                share = models.Share.objects.get(pk=pk)
        if share.deleted is not None:
            continue
        if share.versions.filter(number=1, document=document).exists():
            if share.has_expired:
                models.Share.objects.filter(pk=pk).update(expires=_expiry())
                share.refresh_from_db()
            return share, False
    return _created(ids.unlisted_id(), document, True, parent), True  # deleted time and again


def _created(
    pk: str, document: models.Document, is_listed: bool, parent: Found | None
) -> models.Share:
    with transaction.atomic():
        share = models.Share.objects.create(
            id=pk,
            is_listed=is_listed,
            expires=_expiry(),
            parent=parent.share if parent else None,
            parent_number=parent.version.number if parent else 1,
        )
        models.Version.objects.create(share=share, number=1, document=document)
    return share


def _expiry() -> Any:
    """What nobody owns may be kept for some days only (a setting; 0: for good)."""
    days = LIMITS.anonymous_days
    return timezone.now() + timedelta(days=days) if days else None


def claim(share: models.Share, owner: models.Owner | None, *, is_new: bool = False) -> None:
    """The link stands among this owner's, too; only who made it is its author.

    What somebody saved without a key is nobody's for good: to be forked, never to be taken over.
    What is owned stays.
    """
    if owner is None:
        return
    models.Claim.objects.get_or_create(owner=owner, share=share, defaults={"is_author": is_new})
    if share.expires is not None:
        share.expires = None
        share.save(update_fields=["expires"])


def is_author(share: models.Share, owner: models.Owner | None) -> bool:
    return owner is not None and share.claims.filter(owner=owner, is_author=True).exists()


def is_claimed(share: models.Share, owner: models.Owner | None) -> bool:
    return owner is not None and share.claims.filter(owner=owner).exists()


def add_version(share: models.Share, owner: models.Owner | None, scenario: Scenario) -> Found:
    """The next version; ``latest`` moves to it. Raises ``NotYours``, ``Barred``.

    A text that is the latest already makes no new one.
    """
    if not is_author(share, owner):
        raise NotYours("only its author adds versions; save it to fork it")
    document = kept(scenario)
    with transaction.atomic():
        locked = models.Share.objects.select_for_update().get(pk=share.pk)
        if not locked.versions.filter(number=locked.latest, document=document).exists():
            newest = locked.versions.order_by("-number").first()
            number = (newest.number if newest else 0) + 1
            models.Version.objects.create(share=locked, number=number, document=document)
            locked.latest = number
            locked.save(update_fields=["latest"])
    return find(share.pk)


def move_latest(share: models.Share, owner: models.Owner | None, number: int) -> None:
    """Let the link lead to another of its versions. Raises ``NotYours``, ``NotFound``."""
    if not is_author(share, owner):
        raise NotYours("only its author moves the latest version")
    if not share.versions.filter(number=number).exists():
        raise NotFound(f"this link has no version {number}")
    share.latest = number
    share.save(update_fields=["latest"])


def edit(
    share: models.Share,
    owner: models.Owner | None,
    *,
    title: str,
    description: str,
    tags: Iterable[str],
) -> None:
    """Change what is said about a link, not what it leads to. Raises ``NotYours``."""
    if not is_author(share, owner):
        raise NotYours("only its author edits it")
    share.title = plain_text(title).strip()[: LIMITS.title_characters]
    share.description = plain_text(description)[: LIMITS.description_characters]
    share.tags = sorted({plain_text(tag).strip().lower()[:40] for tag in tags if tag.strip()})[:20]
    share.save(update_fields=["title", "description", "tags"])


def let_go(share: models.Share, owner: models.Owner | None) -> bool:
    """Delete the link for this owner; true when nobody else has it and it is gone.

    Raises ``NotYours``. If others have it the next of them becomes its author.
    """
    if not is_claimed(share, owner):
        raise NotYours("it is not yours to delete")
    with transaction.atomic():
        was_author = is_author(share, owner)
        share.claims.filter(owner=owner).delete()
        if not was_author:
            return False
        heir = share.claims.order_by("created").first()
        if heir is None:
            share.deleted = timezone.now()
            share.save(update_fields=["deleted"])
            return True
        heir.is_author = True
        heir.save(update_fields=["is_author"])
    return False


def collect() -> int:
    """Drop the texts that no link leads to any more; how many. Gone links stay, to say so."""
    now = timezone.now()
    gone = models.Share.objects.filter(taken_down=0, deleted__isnull=False)
    gone |= models.Share.objects.filter(expires__lte=now)
    # What was taken down may be put back for some time.
    final = now - timedelta(days=LIMITS.takedown_days)
    gone |= models.Share.objects.filter(taken_down__gt=0, deleted__lte=final)
    models.Version.objects.filter(share__in=gone).delete()
    count, _ = models.Document.objects.filter(versions__isnull=True).delete()
    return count


def ancestry(share: models.Share) -> list[models.Share]:
    """From what it was forked, and that in turn, nearest first; at most twenty."""
    found: list[models.Share] = []
    while share.parent is not None and len(found) < 20:
        share = share.parent
        found.append(share)
    return found


def may_know(share: models.Share, owner: models.Owner | None) -> bool:
    """May this owner be told the address of a link that another one leads to?"""
    return share.is_listed or is_claimed(share, owner)


def named(shares: Iterable[models.Share]) -> list[tuple[models.Share, str]]:
    """Links with what they are called: their own title, else their scenario's, else their id."""
    wanted = list(shares)
    titles = dict(
        models.Version.objects.filter(share__in=wanted, number=F("share__latest")).values_list(
            "share_id", "document__body__title"
        )
    )
    return [(share, share.title or titles.get(share.pk) or str(share.pk)) for share in wanted]


def publish(share: models.Share, owner: models.Owner | None) -> None:
    """Whoever looks may find it. Raises ``NotYours``. The address stays what it is."""
    _set_listed(share, owner, True)


def unlist(share: models.Share, owner: models.Owner | None) -> None:
    """Only who has the link finds it. Raises ``NotYours``.

    The address of a link that was public stays as guessable as its text is.
    """
    _set_listed(share, owner, False)


def _set_listed(share: models.Share, owner: models.Owner | None, is_listed: bool) -> None:
    if not is_author(share, owner):
        raise NotYours("only its author publishes it or takes it off the lists")
    share.is_listed = is_listed
    share.save(update_fields=["is_listed"])
