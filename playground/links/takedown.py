"""What the host of a public site does about links that were reported. Each act is written down."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from playground.links import ids
from playground.links.models import Act, BarredText, Report, Share
from playground.links.store import NotFound
from playground.site.limits import LIMITS

GONE, ILLEGAL = 410, 451  # RFC 9110, RFC 7725
_DONE = {GONE: "took down", ILLEGAL: "took down for legal reasons"}


def take_down(pk: str, who: str, why: str = "", status: int = GONE) -> bool:
    """Let every address of a link answer ``status``; its open reports are closed.

    For legal reasons its texts may not be saved again, either.

    False when its owner deleted it already. Raises ``NotFound``.
    """
    with transaction.atomic():
        share = _locked(pk)
        if share.deleted is not None and not share.taken_down:
            _close(share)
            return False
        share.taken_down = status
        share.deleted = share.deleted or timezone.now()
        share.save(update_fields=["taken_down", "deleted"])
        _bar(share, status)
        _close(share)
        write_down(who, _DONE[status], share, why)
    return True


def put_back(pk: str, who: str, why: str = "") -> bool:
    """Undo it; false when it was not taken down, or its texts are dropped. Raises ``NotFound``."""
    with transaction.atomic():
        share = _locked(pk)
        if not share.taken_down or not share.versions.exists():
            return False
        _bar(share, 0)
        share.taken_down, share.deleted = 0, None
        share.save(update_fields=["taken_down", "deleted"])
        write_down(who, "put back", share, why)
    return True


def _bar(share: Share, status: int) -> None:
    """Nobody may save the texts of any version again, or everybody may once more."""
    BarredText.objects.filter(link=share.pk).delete()
    if status == ILLEGAL:
        bodies = share.versions.values_list("document__body", flat=True)
        digests = {ids.digest_of_texts(body) for body in bodies}
        BarredText.objects.bulk_create(BarredText(digest=one, link=share.pk) for one in digests)


def dismiss(pk: str, who: str, why: str = "") -> bool:
    """Close the open reports of a link and leave it; false if there are none."""
    with transaction.atomic():
        share = _locked(pk)
        if not _close(share):
            return False
        write_down(who, "dismissed reports of", share, why)
    return True


def report(share: Share, kind: str, text: str, contact: str) -> bool:
    """Keep what somebody says; false when so many are open that one more says nothing."""
    if share.reports.filter(closed=None).count() >= LIMITS.reports_open:
        return False
    Report.objects.create(share=share, kind=kind, text=text, contact=contact)
    return True


def write_down(who: str, what: str, share: Share, why: str = "") -> None:
    """One more line of the audit log."""
    Act.objects.create(who=who[:150], what=what, link=share.pk, why=why[:200])


def _locked(pk: str) -> Share:
    share = Share.objects.select_for_update().filter(pk=pk).first()
    if share is None:
        raise NotFound("This link doesn't exist, or was mistyped.")
    return share


def _close(share: Share) -> int:
    return share.reports.filter(closed=None).update(closed=timezone.now())
