"""``advise FILE``: what the advisor says of a scenario, for a person or as JSON."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from playground.management.scenarios import REFUSED, ScenarioCommand
from sim.kernel.traversal import run
from sim.tools.advice import Finding, advise
from sim.tools.advice.finding import SEVERITIES

QUIET, FOUND = 0, 1


class Command(ScenarioCommand):
    name = "advise"
    help = (
        "Say what is likely wrong with a scenario (TOML, - is standard input) and how to mend it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--format", choices=("text", "json"), default="text")
        parser.add_argument(
            "--strict", action="store_true", help="exit 1 on a finding of warning or more"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        codes = [self.one(name, options["format"], options["strict"]) for name in options["files"]]
        sys.exit(max(codes))

    def one(self, name: str, form: str, strict: bool) -> int:
        compiled = self.compiled(name)
        if compiled is None:
            return REFUSED
        with self.telling_faults():
            found = advise(compiled, tuple(run(compiled)), prove=True)
        if form == "json":
            self.stdout.write(json.dumps([each.as_json() for each in found], indent=1))
        else:
            for each in found:
                self.stdout.write(_worded(each))
        grave = any(SEVERITIES.index(each.severity) >= 1 for each in found)
        return FOUND if strict and grave else QUIET


def _worded(finding: Finding) -> str:
    place = finding.places[0]
    lines = [
        f"{place.where}:{place.span.line}: {finding.severity}: {finding.text} [{finding.name}]",
        f"  why: {finding.why}",
    ]
    if finding.fix is not None:
        lines.append(f"  fix: {finding.fix.label}")
    lines += [f"       {sentence}" for sentence in finding.proof]
    return "\n".join([*lines, f"  lesson: {finding.lesson}", ""])
