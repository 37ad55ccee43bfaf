"""Collections as an operator sees them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from playground.collections.models import Collection, Membership, Page
from playground.site.admin import Beside, Looking


class PagesOfIt(Beside):
    model = Page
    fields = readonly_fields = ("title", "slug", "changed", "broken", "body")


class MembersOfIt(Beside):
    model = Membership
    fields = readonly_fields = ("name", "owner", "role", "created")


@admin.register(Collection)
class Collections(Looking):
    list_display = ("title", "visibility", "pages_of_it", "untrue", "people",
                    "changed", "created")  # fmt: skip
    list_filter = ("visibility", "changed")
    search_fields = ("id", "title", "about", "pages__title", "pages__body", "members__name")
    ordering = ("-changed",)
    fields = readonly_fields = (
        "id", "title", "about", "visibility", "contents", "created", "changed",
    )  # fmt: skip
    inlines = (PagesOfIt, MembersOfIt)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Collection]:
        untrue = ~Q(pages__broken=[]) & Q(pages__isnull=False)
        return Collection.objects.annotate(
            count=Count("pages", distinct=True),
            no_longer_true=Count("pages", filter=untrue, distinct=True),
            members_count=Count("members", distinct=True),
        )

    @admin.display(description="no longer true", ordering="no_longer_true")
    def untrue(self, collection: Any) -> int:
        return int(collection.no_longer_true)

    @admin.display(description="members", ordering="members_count")
    def people(self, collection: Any) -> int:
        return int(collection.members_count)

    @admin.display(description="pages", ordering="count")
    def pages_of_it(self, collection: Any) -> int:
        return int(collection.count)
