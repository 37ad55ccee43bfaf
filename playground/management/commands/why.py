"""``why FILE [PACKET]``: what decided a packet's fate, what went wrong, and the proven fix."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from playground.management.scenarios import REFUSED, ScenarioCommand
from sim.tools.why import explain
from sim.tools.why.words import report_text

TOLD = 0


class Command(ScenarioCommand):
    name = "why"
    help = "Say why each packet of a scenario or paste (- is standard input) ended so, and the fix."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument(
            "packet", metavar="PACKET", nargs="?", type=int, help="only this statement's packet"
        )
        parser.add_argument(
            "--never", action="store_true", help="say what stops the packets that get through"
        )
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(self.one(options["file"], options["packet"], options["format"], options["never"]))

    def one(self, name: str, packet: int | None, form: str, never: bool) -> int:
        compiled = self.compiled(name)
        if compiled is None:
            return REFUSED
        known = {statement.line for statement in compiled.script}
        if packet is not None and packet not in known:
            self.stderr.write(f"why: there is no statement {packet}: the packets text has "
                              f"{len(known)}")  # fmt: skip
            return REFUSED
        lines = () if packet is None else (packet,)
        self.offer_what_is_missing(name, compiled.scenario, compiled)
        with self.telling_faults():
            found = list(explain(compiled, lines=lines, never=never))
        if form == "json":
            self.stdout.write(
                json.dumps({"packets": [each.as_json() for each in found]}, indent=1,
                           ensure_ascii=False)
            )  # fmt: skip
        else:
            self.stdout.write("\n".join(report_text(each) for each in found))
        return TOLD
