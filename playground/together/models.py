"""A walk that several people look at together, and who they are."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from playground.links.models import Version


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
