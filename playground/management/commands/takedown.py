"""``takedown``: what was reported, and links taken down or put back, without the admin's pages."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from playground.links import takedown
from playground.links.models import Act, Report
from playground.links.store import NotFound

REFUSED = 2
WHO = "manage.py"


class Command(BaseCommand):
    help = (
        "Without an ID: the open reports. With one: take the link down, so that all its "
        "addresses answer 410 (--legal: 451). --log: what was done, newest first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", nargs="?", help="what stands behind /s/ in the link's address")
        parser.add_argument("--why", default="", help="a reason, for the audit log")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--legal", action="store_true", help="for legal reasons: answer 451")
        how.add_argument("--undo", action="store_true", help="put the link back")
        how.add_argument("--dismiss", action="store_true", help="close its reports and leave it")
        how.add_argument("--log", action="store_true", help="print the audit log")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["log"]:
            lines = _acts(Act.objects.order_by("-pk"))
        elif options["id"] is None:
            lines = _reports(Report.objects.filter(closed=None).order_by("pk"))
        else:
            lines = iter([self.done(options)])
        for line in lines:
            self.stdout.write(line)

    def done(self, options: dict[str, Any]) -> str:
        pk, why = options["id"], options["why"]
        try:
            if options["undo"]:
                if not takedown.put_back(pk, WHO, why):
                    raise CommandError("it was not taken down, or too long ago", returncode=REFUSED)
                return f"{pk} is back"
            if options["dismiss"]:
                if not takedown.dismiss(pk, WHO, why):
                    raise CommandError("it has no open report", returncode=REFUSED)
                return f"the reports of {pk} are closed"
            status = takedown.ILLEGAL if options["legal"] else takedown.GONE
            if not takedown.take_down(pk, WHO, why, status):
                raise CommandError("its owner deleted it already", returncode=REFUSED)
        except NotFound as error:
            raise CommandError(f"{pk}: {error}", returncode=REFUSED) from None
        return f"{pk} answers {status}"


def _reports(found: QuerySet[Report]) -> Iterator[str]:
    for one in found:
        contact = f" ({one.contact})" if one.contact else ""
        yield f"{one.created:%Y-%m-%d %H:%M} /s/{one.share_id} {one.kind}{contact}"
        yield from (f"    {line}" for line in one.text.splitlines())


def _acts(found: QuerySet[Act]) -> Iterator[str]:
    for one in found:
        why = f": {one.why}" if one.why else ""
        yield f"{one.at:%Y-%m-%d %H:%M} {one.who} {one.what} {one.link}{why}"
