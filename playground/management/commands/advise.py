"""``advise FILE``: what the advisor says of a scenario, for a person or as JSON."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from playground.walks import runs
from sim.base.errors import Refused, draw
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.tools.advice import Finding, advise
from sim.tools.advice.finding import SEVERITIES

QUIET, FOUND, REFUSED = 0, 1, 2


class Command(BaseCommand):
    help = (
        "Say what is likely wrong with a scenario (TOML, - is standard input) and how to mend it."
    )
    requires_system_checks = ()

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
        scenario = Scenario()
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text()
            scenario = Scenario.from_toml(text)
            compiled = runs.prepare(scenario, limited=False).compiled
        except Refused as refused:
            for error in refused.errors:
                self.stderr.write(draw(error, getattr(scenario, error.where, "")))
            return REFUSED
        except (OSError, UnicodeDecodeError) as error:
            self.stderr.write(f"advise: {name}: {error}")
            return REFUSED
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
