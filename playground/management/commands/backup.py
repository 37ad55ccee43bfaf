"""``backup DIR``: everything that is stored, as readable files for any database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from playground.management import backups
from playground.management.files import file_problem


class Command(BaseCommand):
    help = (
        "Write everything that is stored into DIR, which is new or empty: a file of JSON lines "
        "for each kind of row. It may run while people save."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dir", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = backups.write(options["dir"])
        except OSError as error:
            raise CommandError(file_problem(error), returncode=2) from None
        self.stdout.write(f"{sum(counts.values())} rows in {options['dir']}")
