"""``collection``: a team's pages as a folder, and whether they are still true."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.db.models import QuerySet

from playground.collections import folder, pages
from playground.collections.models import Collection, Entry, Membership
from playground.collections.rendering import Verdict, broken, found_of, judged, names_in
from playground.links import keys
from playground.links.models import Owner
from playground.management.files import file_problem
from playground.management.jobs import add_jobs, big_jobs, progress
from playground.walks.jobs import Lost

OK, UNTRUE, REFUSED = 0, 1, 2
_OURS = ("collection.toml", "pages/*.md", "scenarios/*.toml")


class Command(BaseCommand):
    help = (
        "list: the collections. export ID DIR: as a folder of TOML and Markdown. import DIR "
        "[--into ID]: from such a folder. check [ID…]: run every scenario's expectations, flag "
        "the pages that are no longer true, exit 1 if there are any."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        does = parser.add_subparsers(dest="does", required=True)
        does.add_parser("list")
        exporting = does.add_parser("export")
        exporting.add_argument("id")
        exporting.add_argument("dir", type=Path)
        importing = does.add_parser("import")
        importing.add_argument("dir", type=Path)
        importing.add_argument("--into", metavar="ID", help="make this collection what DIR is")
        checking = does.add_parser("check")
        checking.add_argument("ids", nargs="*", metavar="ID")
        add_jobs(checking)

    def handle(self, *args: Any, **options: Any) -> None:
        does = {
            "list": self._list,
            "export": self._export,
            "import": self._import,
            "check": self._check,  # not ``check``: Django calls that itself, before ``handle``
        }
        try:
            code = does[options["does"]](options)
        except Collection.DoesNotExist:
            self.stderr.write("collection: there is no such collection (see: collection list)")
            code = REFUSED
        except (pages.Problem, OSError) as error:
            self.stderr.write(f"collection: {file_problem(error)}")
            code = REFUSED
        sys.exit(code)

    def _list(self, options: dict[str, Any]) -> int:
        for found in Collection.objects.order_by("title"):
            self.stdout.write(f"{found.pk}  {found.visibility:7}  {found.title}")
        return OK

    def _export(self, options: dict[str, Any]) -> int:
        files = folder.files_of(folder.exported(Collection.objects.get(pk=options["id"])))
        top: Path = options["dir"]
        for pattern in _OURS:  # what the collection has no more goes; other files stay
            for path in top.glob(pattern):
                if path.relative_to(top).as_posix() not in files:
                    path.unlink()
        for name, data in files.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_bytes(data)
        self.stdout.write(f"{len(files)} files in {top}")
        return OK

    def _import(self, options: dict[str, Any]) -> int:
        top: Path = options["dir"]
        next(top.iterdir(), None)  # raises what is wrong with the folder; `glob` would find nothing
        found = folder.read(
            {
                path.relative_to(top).as_posix(): path.read_bytes()
                for pattern in _OURS
                for path in sorted(top.glob(pattern))
            }
        )
        collection, owner, key = self._target(options["into"], found)
        for line in folder.take(collection, found, owner):
            self.stdout.write(line)
        self.stdout.write(f"/k/{collection.pk}/")
        if key:
            self.stdout.write(f"its owner's key, told once: /own#{key}")
        return OK

    def _target(self, pk: str | None, found: folder.Folder) -> tuple[Collection, Owner, str]:
        if pk:
            collection = Collection.objects.get(pk=pk)
            member = collection.members.filter(role=Membership.Role.OWNER).order_by("pk").first()
            if member is None:
                raise pages.Problem("this collection has no owner")
            return collection, member.owner, ""
        owner, key = keys.new_owner()
        return pages.create(owner, found.title, found.about, found.visibility), owner, key

    def _check(self, options: dict[str, Any]) -> int:
        wanted = options["ids"]
        found = Collection.objects.filter(pk__in=wanted) if wanted else Collection.objects.all()
        if wanted and found.count() != len(set(wanted)):
            raise Collection.DoesNotExist
        known = self._known(found, options)
        code, count = OK, 0
        for collection in found.order_by("title"):
            for page in collection.pages.order_by("slug"):
                count += 1
                if not pages.check_page(page, known=known):
                    code = UNTRUE
                    for sentence in page.broken:
                        self.stdout.write(f"/k/{collection.pk}/p/{page.slug}: {sentence}")
            shown = {name for page in collection.pages.all() for name in names_in(page.body)}
            names = collection.entries.values_list("name", flat=True)
            rest = [name for name in names if name not in shown]
            for sentence in broken(collection, rest, known=known):
                code = UNTRUE
                self.stdout.write(f"/k/{collection.pk}/: {sentence}")
        self.stdout.write(f"{count} pages, {'all true' if code == OK else 'some no longer true'}")
        return code

    def _known(self, wanted: QuerySet[Collection], options: dict[str, Any]) -> dict[str, Verdict]:
        """The verdicts on all scenarios of these collections, each worked out once."""
        entries = Entry.objects.filter(collection__in=wanted).select_related("share")
        versions = [found.version for entry in entries if (found := found_of(entry))]
        bodies = {version.document_id: version.document.body for version in versions}
        connection.close()  # processes would else have it, too
        known = {}
        with big_jobs(self, judged, options) as jobs:
            told = progress(self, len(bodies))
            for digest, verdict in zip(bodies, jobs.each(bodies.values()), strict=True):
                told(1)
                if isinstance(verdict, Lost):
                    verdict = Verdict((f"it was not walked: {verdict}.",))
                known[digest] = verdict
        return known
