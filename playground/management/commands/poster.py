"""``poster FILE``: the way of a scenario's packet as a moving picture (SVG) on standard output."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from playground.embedding.moving import moving
from playground.embedding.options import THEMES
from playground.embedding.poster import told_of
from playground.management.scenarios import REFUSED, ScenarioCommand
from playground.walks import runs

DRAWN = 0


class Command(ScenarioCommand):
    name = "poster"
    help = (
        "Draw the way of a scenario's packet (a file, or - for standard input) as a moving "
        "picture: of the first packet that did not arrive, else of the first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument(
            "--theme", choices=THEMES, default="auto", help="auto: the reader's own (default)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(self.one(options["file"], options["theme"]))

    def one(self, name: str, theme: str) -> int:
        scenario = self.scenario(name)
        if scenario is None:
            return REFUSED
        walk = runs.walk_of(scenario)
        if walk.refused is not None:
            self.tell(walk.refused, scenario)
            return REFUSED
        self.stdout.write(moving(told_of(scenario.title, walk), theme).text)
        return DRAWN
