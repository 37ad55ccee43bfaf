"""``restore DIR``: make this database what a backup was, whichever database it came from."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from playground.management import backups
from playground.site.locks import set_up_alone


class Command(BaseCommand):
    help = (
        "Read what `backup` wrote into DIR. The database must be empty, or --replace drops what "
        "it holds; if anything is wrong with DIR, nothing is changed. Stop the servers first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dir", type=Path)
        parser.add_argument("--replace", action="store_true", help="drop what is stored now")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with set_up_alone():
                call_command("migrate", verbosity=0, interactive=False)
                counts = backups.read(options["dir"], replacing=options["replace"])
        except backups.Unrestorable as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(f"{sum(counts.values())} rows restored")
