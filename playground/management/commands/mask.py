"""``mask FILE``: the scenario with other addresses, MACs, names and remarks, as TOML."""

from __future__ import annotations

import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from playground.management.scenarios import REFUSED, ScenarioCommand
from playground.walks.masking import verdict
from sim.base.errors import Refused
from sim.tools.masking.proof import mask

SAME, DIFFERENT = 0, 1


class Command(ScenarioCommand):
    name = "mask"
    help = (
        "Print a scenario (TOML, - is standard input) with its addresses, MACs, names and "
        "remarks exchanged; standard error says whether the walk is proven to be the same. "
        "Exit 1 when it is not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--key", help="the same key masks the same way; default: a random one")
        parser.add_argument("--list", action="store_true", help="what became what, on stderr")

    def handle(self, *args: Any, **options: Any) -> None:
        name, key = options["file"], options["key"]
        scenario = self.scenario(name)
        if scenario is None:
            sys.exit(REFUSED)
        try:
            made = mask(scenario, key.encode() if key else secrets.token_bytes(16))
        except Refused as refused:
            self.tell(refused, scenario)
            sys.exit(REFUSED)
        if made.difference is not None:  # nothing of the text is printed
            self.stderr.write(verdict(made))
            sys.exit(DIFFERENT)
        self.stdout.write(made.scenario.to_toml(), ending="")
        if options["list"]:
            for one in made.replaced:
                self.stderr.write(f"{one.kind}: {one.before} -> {one.after}")
        self.stderr.write(verdict(made))
        sys.exit(SAME)
