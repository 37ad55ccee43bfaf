"""``read FILE…``: whatever was pasted, as a scenario, with a receipt for every line."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from playground.management.files import file_problem
from playground.management.jobs import add_jobs, line_by_line
from playground.site import tables
from playground.walks import pasted
from playground.walks.pasted import question_line, receipt_line
from sim.read.paste.model import Reading

READ, OPEN, NOTHING = 0, 1, 2

tables.keep()


class Command(BaseCommand):
    help = "Read pastes of any form (- is standard input): rules, host and packets as a scenario."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE")
        parser.add_argument(
            "--answer", action="append", default=[], metavar="NAME=VALUE",
            help="an answer to a question that reading asked",
        )  # fmt: skip
        parser.add_argument("--format", choices=("toml", "json"), default="toml")
        add_jobs(parser)
        parser.add_argument(
            "--batch", action="store_true",
            help='one JSON object a line in, {"text": …, "answers": {…}}, and one out',
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"]:
            sys.exit(self.batch(options))
        if not options["files"]:
            self.stderr.write("read: name a file, or - for standard input")
            sys.exit(NOTHING)
        answers: dict[str, str] = {}
        for given in options["answer"]:
            name, equals, value = given.partition("=")
            if not equals or not name:
                self.stderr.write(f"read: --answer wants NAME=VALUE, not {given}")
                sys.exit(NOTHING)
            answers[name] = value
        try:
            texts = [_text(name) for name in options["files"]]
        except OSError as error:
            self.stderr.write(f"read: {file_problem(error)}")
            sys.exit(NOTHING)
        sys.exit(self.one(pasted.read(texts, answers), options["format"]))

    def one(self, reading: Reading, form: str) -> int:
        if form == "json":
            self.stdout.write(json.dumps(reading.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(pasted.scenario_of(reading).to_toml())
            for text in (*map(receipt_line, reading.receipt), *map(question_line,
                                                                   reading.questions)):  # fmt: skip
                self.stderr.write(text)
        return status(reading)

    def batch(self, options: dict[str, Any]) -> int:
        """One JSON object a line in, one out, in order."""
        line_by_line(self, answered, options)
        return READ


def status(reading: Reading) -> int:
    if reading.questions:
        return OPEN
    return NOTHING if reading.is_empty else READ


def answered(job: tuple[int, str]) -> str:
    """What ``--batch`` prints for one line, by its number."""
    number, line = job
    return json.dumps(answer(line, number), ensure_ascii=False)


def answer(line: str, number: int) -> dict[str, Any]:
    """What ``--batch`` says to one line."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"errors": [{"line": number, "message": f"this line is not JSON: {error}"}]}
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return {"errors": [{"line": number, "message": 'an object with "text" is wanted'}]}
    answers = value.get("answers") or {}
    if not isinstance(answers, dict):
        return {"errors": [{"line": number, "message": '"answers" is an object'}]}
    return pasted.read([value["text"]], pasted.answers_of(answers)).as_json()


def _text(name: str) -> str:
    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    return pasted.decoded(data)
