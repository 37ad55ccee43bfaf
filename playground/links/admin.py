"""Links and their owners, as an operator sees them. Deleted here a link answers 410, as always."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import (
    Case,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Length
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from playground.links import takedown
from playground.links.models import Act, Claim, Owner, Report, Share, Version
from playground.links.store import SITE
from playground.site import forms
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


class ReportsOfIt(Beside):
    model = Report
    fields = readonly_fields = ("kind", "text", "contact", "created", "closed")


class WhyForm(ActionForm):
    """Beside the choice of an action: its reason, for the audit log."""

    why = forms.TextField(max_length=200, strip=True, label="Why:")


class TakingDown(Looking):
    """Whose rows are links, or lead to one: what the host does about them."""

    action_form = WhyForm
    actions: tuple[str, ...] = ("take_down", "take_down_legally", "put_back")

    def links_of(self, rows: QuerySet[Any]) -> list[str]:
        return list(rows.values_list("pk", flat=True))

    @admin.action(description="Take down (answers 410)", permissions=["delete"])
    def take_down(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self._each(request, rows, takedown.take_down)

    @admin.action(description="Take down for legal reasons (answers 451)", permissions=["delete"])
    def take_down_legally(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self._each(request, rows, partial(takedown.take_down, status=takedown.ILLEGAL))

    @admin.action(description="Put back what was taken down", permissions=["delete"])
    def put_back(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self._each(request, rows, takedown.put_back)

    def _each(
        self, request: HttpRequest, rows: QuerySet[Any], act: Callable[[str, str, str], bool]
    ) -> None:
        form = WhyForm(request.POST)
        form.full_clean()
        for error in form.errors.get("why", ()):
            self.message_user(request, f"Nothing was done. The reason: {error}", messages.ERROR)
            return
        who, why = request.user.get_username(), form.cleaned_data["why"]
        done = [act(pk, who, why) for pk in dict.fromkeys(self.links_of(rows))]
        left = done.count(False)
        self.message_user(request, f"{done.count(True)} links done" + f", {left} left" * bool(left),
                          messages.WARNING if left else messages.SUCCESS)  # fmt: skip


class OwnersOfIt(Beside):
    model = Claim
    fields = readonly_fields = ("owner", "is_author", "created")


# Whose links are, in the words of the list: of an account, of a browser's key, shipped, nobody's.
_ANY = Claim.objects.filter(share=OuterRef("pk"))
_SHIPPED = _ANY.filter(owner__key_hash=SITE)
_ACCOUNT = _ANY.filter(owner__user__isnull=False)
OWNER_KIND = Case(
    When(Exists(_ACCOUNT), then=Value("account")),
    When(Exists(_SHIPPED), then=Value("shipped")),
    When(Exists(_ANY), then=Value("key")),
    default=Value("nobody"),
)


class KindOfOwner(admin.SimpleListFilter):
    title = "owner"
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, kind) for kind in ("account", "key", "shipped", "nobody")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Share]) -> QuerySet[Share]:
        if not self.value():
            return queryset
        return queryset.alias(kind=OWNER_KIND).filter(kind=self.value())


@admin.register(Share)
class Links(TakingDown):
    """The list has no text of a ruleset, only how long it is: that stands on a link's own page."""

    list_display = ("id", "title", "kind_of_owner", "is_listed", "latest", "size", "open_reports",
                    "created", "expires", "deleted", "taken_down")  # fmt: skip
    list_filter = (KindOfOwner, "is_listed", ("deleted", admin.EmptyFieldListFilter), "taken_down",
                   "created")  # fmt: skip
    search_fields = (
        "id", "title", "description", "versions__document__body__title",
        "claims__owner__user__username",
    )  # fmt: skip
    ordering = ("-created",)
    fields = ("page", "title", "description", "tags", "is_listed", "latest", "parent", "created",
              "expires", "deleted", "taken_down")  # fmt: skip
    readonly_fields = fields
    inlines = (ReportsOfIt, VersionsOfIt, OwnersOfIt)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Share]:
        texts = Version.objects.filter(share=OuterRef("pk"), number=OuterRef("latest"))
        length = texts.values(length=Length(Cast("document__body", TextField())))
        still_open = Count("reports", filter=Q(reports__closed=None), distinct=True)
        return Share.objects.annotate(
            owner_kind=OWNER_KIND, length=Subquery(length), still_open=still_open
        )

    @admin.display(description="owner", ordering="owner_kind")
    def kind_of_owner(self, share: Any) -> str:
        return str(share.owner_kind)

    @admin.display(description="characters", ordering="length")
    def size(self, share: Any) -> int:
        return int(share.length or 0)

    @admin.display(description="open reports", ordering="still_open")
    def open_reports(self, share: Any) -> int:
        return int(share.still_open)

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
        going = queryset.filter(deleted=None)
        for share in going:
            takedown.write_down(request.user.get_username(), "deleted", share)
        going.update(deleted=timezone.now())


@admin.register(Report)
class Reports(TakingDown):
    list_display = ("link", "kind", "text", "contact", "created", "closed")
    list_filter = (("closed", admin.EmptyFieldListFilter), "kind", "created")
    search_fields = ("share__id", "text", "contact")
    ordering = ("-created",)
    fields = readonly_fields = ("link", "kind", "text", "contact", "created", "closed")
    actions = ("take_down", "take_down_legally", "put_back", "dismiss")

    def links_of(self, rows: QuerySet[Any]) -> list[str]:
        return list(rows.values_list("share_id", flat=True))

    @admin.display(description="link")
    def link(self, report: Report) -> SafeString:
        address = reverse("admin:playground_share_change", args=[report.share_id])
        return format_html('<a href="{}">{}</a>', address, report.share_id)

    @admin.action(description="Close the reports, leave the links", permissions=["delete"])
    def dismiss(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        self._each(request, rows, takedown.dismiss)


@admin.register(Act)
class AuditLog(Looking):
    """It only grows: nobody deletes from it here."""

    list_display = fields = readonly_fields = ("at", "who", "what", "link", "why")
    list_filter = ("what", "at")
    search_fields = ("who", "link", "why")
    ordering = ("-pk",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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
