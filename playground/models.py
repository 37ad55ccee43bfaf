"""What is stored: the text of scenarios, never engine state."""

from __future__ import annotations

from django.db import models


class Scenario(models.Model):
    """An immutable saved scenario. ``id`` is made from the content (``playground.saving``)."""

    id = models.CharField(primary_key=True, max_length=43)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the canonical document
    document = models.JSONField()  # the keys of the TOML form, plus schema and engine version
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="forks")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (models.Index(fields=["created"]),)

    def __str__(self) -> str:
        return self.document.get("title") or self.id
