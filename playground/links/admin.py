"""Links and their owners, as an operator sees them. Deleted here a link answers 410, as always."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from playground.links.models import Claim, Owner, Share, Version
from playground.site.admin import Beside, Looking
from playground.walks.runs import TEXTS


class VersionsOfIt(Beside):
    model = Version
    fields = readonly_fields = ("number", "created", "texts")

    @admin.display(description="texts")
    def texts(self, version: Version) -> SafeString:
        body = version.document.body
        said = [(name, body[name]) for name in ("title", "description", *TEXTS) if body.get(name)]
        return format_html_join("", "<p>{}</p><pre>{}</pre>", said)


class OwnersOfIt(Beside):
    model = Claim
    fields = readonly_fields = ("owner", "is_author", "created")


@admin.register(Share)
class Links(Looking):
    list_display = ("id", "title", "is_listed", "latest", "created", "expires", "deleted")
    list_filter = ("is_listed", ("deleted", admin.EmptyFieldListFilter), "created")
    search_fields = (
        "id", "title", "description", "versions__document__body__title",
        "claims__owner__user__username",
    )  # fmt: skip
    ordering = ("-created",)
    fields = ("page", "title", "description", "tags", "is_listed", "latest", "parent", "created",
              "expires", "deleted")  # fmt: skip
    readonly_fields = fields
    inlines = (VersionsOfIt, OwnersOfIt)

    @admin.display(description="link")
    def page(self, share: Share) -> SafeString:
        address = reverse("scenario", args=[share.pk])
        return format_html('<a href="{}">{}</a>', address, address)

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Only the links go, and even they stay to say so: nothing that points to them breaks."""
        names = [str(share) for share in objs]
        return names, {"links": len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Share) -> None:
        self.delete_queryset(request, Share.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Share]) -> None:
        queryset.filter(deleted=None).update(deleted=timezone.now())


class LinksOfThem(Beside):
    model = Claim
    fields = readonly_fields = ("share", "is_author", "created")


@admin.register(Owner)
class Owners(Looking):
    list_display = ("name", "links", "created")
    search_fields = ("user__username", "key_hash")
    ordering = ("-created",)
    fields = readonly_fields = ("name", "created")
    inlines = (LinksOfThem,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Owner]:
        return Owner.objects.select_related("user").annotate(count=Count("claims"))

    @admin.display(description="owner")
    def name(self, owner: Owner) -> str:
        return owner.user.get_username() if owner.user else f"the key {owner}…"

    @admin.display(description="links", ordering="count")
    def links(self, owner: Any) -> int:
        return int(owner.count)
