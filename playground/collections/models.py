"""Collections: pages of Markdown with stored scenarios in them, and who may do what."""

from __future__ import annotations

from django.db import models

from playground.links.models import Owner, Share


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
