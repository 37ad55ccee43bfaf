"""What is stored: texts, their links, and whose those are. Never engine state.

A ``Document`` is one scenario's text, kept once however many links lead to it. A ``Share`` is a
link; its ``Version``s are numbered and never change. An ``Owner`` is known by the hash of a key
only; a ``Claim`` says that a link is (also) theirs, so that one owner's deleting never breaks
another's link.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Document(models.Model):
    """One scenario's text and the trace that this engine gave it when it was stored."""

    digest = models.CharField(primary_key=True, max_length=64)  # SHA-256 of the canonical body
    body = models.JSONField()  # the keys of the TOML form, plus schema and engine
    engine = models.CharField(max_length=20)
    trace_hash = models.CharField(max_length=64, blank=True)
    trace = models.BinaryField(blank=True)  # its lines, deflated; the first ones of a long trace
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest[:12]


class Owner(models.Model):
    """Somebody who saved something. The key is theirs; here is only its SHA-256.

    Where a team has accounts, ``user`` is whose it is, and nobody has the key.
    """

    key_hash = models.CharField(max_length=64, unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="owner"
    )
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key_hash[:8]


class Share(models.Model):
    """A link. Public ids are made from the first version's text, unlisted ones are random."""

    id = models.CharField(primary_key=True, max_length=43)
    is_listed = models.BooleanField(default=True)
    title = models.CharField(max_length=200, blank=True)  # empty: the scenario's own
    description = models.TextField(blank=True)
    tags = models.JSONField(default=list)
    latest = models.PositiveIntegerField(default=1)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="forks")
    parent_number = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True)
    deleted = models.DateTimeField(null=True)
    # What a link answers that the host took down (410 or 451, RFC 7725); ``deleted`` says when.
    taken_down = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        indexes = (
            models.Index(fields=["created"]),
            models.Index(fields=["expires"]),
        )

    def __str__(self) -> str:
        return self.title or self.id

    @property
    def is_gone(self) -> bool:
        return self.deleted is not None or self.has_expired

    @property
    def has_expired(self) -> bool:
        return self.expires is not None and self.expires <= timezone.now()


class Version(models.Model):
    """One immutable numbered version of a link."""

    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="versions")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["share", "number"], name="one_version_a_number"),
        )

    def __str__(self) -> str:
        return f"{self.share_id}/{self.number}"


class Claim(models.Model):
    """A link is this owner's. The author is who may change it; others may let go of it."""

    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="claims")
    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="claims")
    is_author = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["owner", "share"], name="one_claim_each"),)

    def __str__(self) -> str:
        return f"{self.owner_id} {self.share_id}"


class Report(models.Model):
    """What somebody told the host about a link. Who it was is not kept, unless they say so."""

    class Kind(models.TextChoices):
        ILLEGAL = "illegal", "It is illegal"
        PRIVATE = "private", "It shows private data"
        ABUSE = "abuse", "It is spam, or it attacks somebody"
        OTHER = "other", "Something else"

    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True)
    contact = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    closed = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.share_id} {self.kind}"


class BarredText(models.Model):
    """Texts that were taken down for legal reasons: nobody may save them again.

    By their hash (``ids.digest_of_texts``), which outlives the texts and is the same under every
    engine and title.
    """

    digest = models.CharField(max_length=64)
    link = models.CharField(max_length=43)  # no key: the bar outlives the link

    class Meta:
        constraints = (models.UniqueConstraint(fields=["digest", "link"], name="barred_once"),)
        indexes = (models.Index(fields=["digest"], name="barred_digest"),)

    def __str__(self) -> str:
        return f"{self.digest} {self.link}"


class Act(models.Model):
    """A line of the audit log: what somebody who runs this site did to a link. It only grows."""

    at = models.DateTimeField(auto_now_add=True)
    who = models.CharField(max_length=150)
    what = models.CharField(max_length=40)
    link = models.CharField(max_length=43)  # no key: the line outlives the link
    why = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.who} {self.what} {self.link}"
