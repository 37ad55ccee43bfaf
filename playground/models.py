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


class Session(models.Model):
    """People who walk through one version together. The leader is known by a hash only."""

    token = models.CharField(primary_key=True, max_length=43)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="sessions")
    leader_hash = models.CharField(max_length=64)
    step = models.PositiveIntegerField(default=0)  # 0: the leader has not begun
    last = models.PositiveIntegerField()  # the number of the trace's last step
    moves = models.PositiveBigIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["expires"]),)

    def __str__(self) -> str:
        return f"{self.version_id} at step {self.step}"

    @property
    def is_over(self) -> bool:
        return self.expires <= timezone.now()


class Member(models.Model):
    """Somebody's browser in a session: a name and when it was last heard of, no address."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="members")
    key_hash = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    seen = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["session", "key_hash"], name="one_member_a_browser"),
        )

    def __str__(self) -> str:
        return self.name


class Collection(models.Model):
    """Pages of Markdown with scenarios in them, in an order, kept by a team.

    ``contents``: a line for each page, by its slug, and ``# Section`` lines between them.
    """

    class Visibility(models.TextChoices):
        PUBLIC = "public", "Everybody finds it"
        LINK = "link", "Everybody who has the link"
        MEMBERS = "members", "Members only"

    id = models.CharField(primary_key=True, max_length=43)
    title = models.CharField(max_length=200)
    about = models.TextField(blank=True)
    visibility = models.CharField(
        max_length=10, choices=Visibility.choices, default=Visibility.LINK
    )
    contents = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (models.Index(fields=["visibility", "changed"]),)

    def __str__(self) -> str:
        return self.title


class Membership(models.Model):
    """What somebody may do in a collection."""

    class Role(models.TextChoices):
        READER = "reader", "Reader"
        EDITOR = "editor", "Editor"
        OWNER = "owner", "Owner"

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="members")
    owner = models.ForeignKey(Owner, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    name = models.CharField(max_length=60, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["collection", "owner"], name="one_membership_each"),
        )

    def __str__(self) -> str:
        return f"{self.name or self.owner_id} {self.role}"


class Invite(models.Model):
    """A link that makes its reader a member. Only the hash of its token is kept."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="invites")
    role = models.CharField(max_length=10, choices=Membership.Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.collection_id} {self.role}"


class Entry(models.Model):
    """A scenario in a collection, under the name by which its pages show it.

    ``number``: one version of the link for good; empty: the latest.
    """

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="entries")
    name = models.CharField(max_length=80)
    share = models.ForeignKey(Share, on_delete=models.PROTECT, related_name="entries")
    number = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=["collection", "name"], name="one_entry_a_name"),
        )

    def __str__(self) -> str:
        return self.name


class Page(models.Model):
    """A page as it is now; how it was is in its revisions.

    ``broken``: a sentence for each expectation that does not hold.
    """

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="pages")
    slug = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    tags = models.JSONField(default=list)
    body = models.TextField(blank=True)
    number = models.PositiveIntegerField(default=1)
    broken = models.JSONField(default=list)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["collection", "slug"], name="one_page_a_slug"),
        )

    def __str__(self) -> str:
        return self.title


class Revision(models.Model):
    """A page as it was saved once."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    tags = models.JSONField(default=list)
    body = models.TextField(blank=True)
    by = models.ForeignKey(Owner, null=True, on_delete=models.SET_NULL)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=["page", "number"], name="one_revision_a_number"),
        )

    def __str__(self) -> str:
        return f"{self.page_id}/{self.number}"


class Event(models.Model):
    """What happened in a collection, for its feed."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="events")
    slug = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=250)
    text = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.title
