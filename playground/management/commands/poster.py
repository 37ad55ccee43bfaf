"""``poster FILE``: the way of a scenario's packet as a moving picture (SVG) on standard output."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from playground.embedding.moving import moving
from playground.embedding.options import THEMES
from playground.embedding.poster import told_of
from playground.walks import runs
from sim.base.errors import Refused, draw
from sim.model.scenario import Scenario

DRAWN, REFUSED = 0, 2


class Command(BaseCommand):
    help = (
        "Draw the way of a scenario's packet (a file, or - for standard input) as a moving "
        "picture: of the first packet that did not arrive, else of the first."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument(
            "--theme", choices=THEMES, default="auto", help="auto: the reader's own (default)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(self.one(options["file"], options["theme"]))

    def one(self, name: str, theme: str) -> int:
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text()
            scenario = Scenario.from_toml(text)
        except Refused as refused:
            for error in refused.errors:
                self.stderr.write(draw(error, ""))
            return REFUSED
        except (OSError, UnicodeDecodeError) as problem:
            self.stderr.write(f"poster: {name}: {problem}")
            return REFUSED
        walk = runs.walk_of(scenario)
        if walk.refused is not None:
            for each in walk.refused.errors:
                self.stderr.write(draw(each, getattr(scenario, each.where, "")))
            return REFUSED
        self.stdout.write(moving(told_of(scenario.title, walk), theme).text)
        return DRAWN
