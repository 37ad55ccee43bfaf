"""Walks together as an operator sees them. One that is deleted is over for everybody."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from playground.site.admin import Beside, Looking
from playground.together.models import Member, Session


class PeopleInIt(Beside):
    model = Member
    fields = readonly_fields = ("name", "seen")


@admin.register(Session)
class Walks(Looking):
    list_display = ("version", "people", "step", "last", "created", "expires", "is_running")
    list_filter = ("created", "expires")
    search_fields = ("version__share__id", "version__share__title", "members__name")
    ordering = ("-created",)
    fields = readonly_fields = ("version", "step", "last", "created", "expires")
    inlines = (PeopleInIt,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return Session.objects.select_related("version").annotate(count=Count("members"))

    @admin.display(description="people", ordering="count")
    def people(self, session: Any) -> int:
        return int(session.count)

    @admin.display(boolean=True, description="running")
    def is_running(self, session: Session) -> bool:
        return not session.is_over
