"""``matrix``: these sources times these ports; the fate of each packet, each on a fresh host."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from playground.management.jobs import add_jobs, big_jobs, progress
from playground.management.scenarios import REFUSED, ScenarioCommand
from playground.walks import many, runs
from playground.walks.jobs import Lost
from playground.walks.matrix import Cell, Matrix, packets_of, wanted
from sim.base.errors import Refused
from sim.model.scenario import Scenario

MOST = 1_000_000  # packets
FORM = ("iface", "protocol", "sources", "destination", "ports")


class Command(ScenarioCommand):
    name = "matrix"
    help = "Send a packet from each source to each port and print what becomes of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a scenario or a paste; its packets rest")
        parser.add_argument("--in", dest="iface", required=True, metavar="INTERFACE")
        parser.add_argument(
            "--from", dest="sources", required=True, metavar="SOURCES",
            help="addresses, ranges, networks: 10.0.0.1-10.0.0.9,192.0.2.0/24",
        )  # fmt: skip
        parser.add_argument("--to", dest="destination", required=True, metavar="ADDRESS")
        parser.add_argument("--ports", required=True, help="22,80,8000-8010")
        parser.add_argument("--protocol", choices=("tcp", "udp"), default="tcp")
        parser.add_argument(
            "--format", choices=("text", "ndjson"), default="text",
            help="text: neighbours that fare alike together; ndjson: an object a packet",
        )  # fmt: skip
        add_jobs(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        scenario = self.scenario(options["file"])
        matrix = wanted({f"m_{name}": options[name] for name in FORM}, MOST)
        if matrix.problem:
            self.stderr.write(f"matrix: {matrix.problem}")
        if scenario is None or matrix.problem or not self.is_readable(scenario, matrix):
            sys.exit(REFUSED)
        self.refused = 0
        with big_jobs(self, many.walked, options) as jobs:
            cells = self.cells(jobs.each(many.pieces(scenario, matrix)), matrix)
            lines = (
                map(_object, cells) if options["format"] == "ndjson" else many.summed(matrix, cells)
            )
            for line in lines:
                self.stdout.write(line)
        sys.exit(REFUSED if self.refused else 0)

    def is_readable(self, scenario: Scenario, matrix: Matrix) -> bool:
        """What is wrong with its texts, or with the first packet, is told."""
        with suppress(Refused):
            walks = many.walks_of(scenario, many.bare(matrix))
            walks.cell(matrix.sources[0], matrix.ports[0])
            return True
        asked = replace(scenario, packets=next(packets_of(matrix)), expect="")
        try:
            runs.prepare(asked, limited=False)
        except Refused as refused:
            self.tell(refused, asked)
            return False
        return True

    def cells(self, found: Iterator[list[Cell] | Lost], matrix: Matrix) -> Iterator[Cell]:
        """All of them, in order, as far as they come."""
        known = progress(self, len(matrix.sources) * len(matrix.ports))
        for piece in found:
            if isinstance(piece, Lost):
                self.stderr.write(f"matrix: no answer: {piece}")
                self.refused += 1
                return
            self.refused += sum(cell.verdict == many.REFUSED for cell in piece)
            known(len(piece))
            yield from piece


def _object(cell: Cell) -> str:
    said = {"packet": cell.packet, "verdict": cell.verdict, "sentence": cell.sentence}
    return json.dumps(said, ensure_ascii=False)
