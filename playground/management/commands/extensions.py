"""``extensions``: which matches and targets are read, executed, and compared with the kernel.

Prints the table of the manual. ``--write`` (as root) makes it anew: it replays every scenario
given and N random ones on this machine's kernel, and counts what agreed.
"""

from __future__ import annotations

import platform
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from playground.lab.errors import LabError
from playground.lab.extensions import TABLE, compared, renewed, stored
from playground.lab.replay import Laboratory
from playground.lab.verify import Tally, prove, prove_random
from sim import ENGINE_VERSION
from sim.extensions.catalogue import markdown, tally
from sim.model.scenario import Scenario


class Command(BaseCommand):
    help = "Every extension: read, executed, compared with the kernel, or why not."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE", help="scenarios, with --write")
        parser.add_argument("--write", action="store_true", help="count anew on this kernel (root)")
        parser.add_argument("--rows", action="store_true", help="today's rows, the figures kept")
        parser.add_argument("--random", type=int, default=5000, metavar="N")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rows"]:
            TABLE.write_text(renewed())
            return
        if not options["write"]:
            self.stdout.write(stored(), ending="")
            return
        try:
            counts = self.counted(options["files"], options["seed"], options["random"])
        except LabError as error:
            self.stderr.write(f"extensions: {error}")
            sys.exit(2)
        TABLE.write_text(text_of(counts, len(options["files"]), options["random"]))
        self.stdout.write(f"{TABLE.name}: {counts.lines} trace lines compared")

    def counted(self, files: list[str], seed: int, number: int) -> Tally:
        """What the kernel agreed with; a case that differs counts for nothing and is said."""
        counts = Tally()
        with Laboratory() as laboratory:
            for name in files:
                verdict, steps = prove(laboratory, Scenario.from_toml(Path(name).read_text()))
                counts.add(verdict, steps if verdict.outcome == "equal" else ())
            for one in range(seed, seed + number):
                verdict, steps, _ = prove_random(laboratory, one)
                counts.add(verdict, steps if verdict.outcome == "equal" else ())
                if verdict.outcome == "different":
                    self.stderr.write(f"random {one} differs")
        return counts


def text_of(counts: Tally, files: int, number: int) -> str:
    """The table with what it was made from."""
    done = tally()
    (matches, of_matches), (targets, of_targets) = done["match"], done["target"]
    return (
        "# Extensions\n\n"
        f"{matches} of {of_matches} matches and {targets} of {of_targets} targets are executed. "
        f"The figures count rules looked at (it held / it did not) and targets that ran in "
        f"{files} scenarios and {number} random ones whose every TRACE line and packet agreed "
        f"with Linux {platform.release().split('-')[0]}; {counts.outcomes['different']} did not "
        f"agree and count for nothing. Engine {ENGINE_VERSION}. Made by "
        "`python manage.py extensions --write`.\n\n" + markdown(compared(counts))
    )
