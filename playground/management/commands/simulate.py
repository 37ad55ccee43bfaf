"""``simulate FILE``: walk a scenario and print its steps; check what it expects."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from playground.management.files import file_problem
from playground.management.jobs import add_jobs, line_by_line
from playground.management.scenarios import REFUSED, ScenarioCommand
from playground.site.xmltext import xml_text
from playground.walks import runs
from sim.base.errors import Refused, SourceError, Span
from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.tell.expected import Outcome, check
from sim.tell.jsonl import as_json
from sim.tell.render import line
from sim.trace.steps import Fate, Step

HELD, FAILED = 0, 1


class Command(ScenarioCommand):
    name = "simulate"
    help = "Walk scenarios (TOML files or pastes; - is standard input) and print every step."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", metavar="FILE")
        parser.add_argument("--format", choices=("text", "ndjson"), default="text")
        add_jobs(parser)
        parser.add_argument(
            "--batch", action="store_true", help="one JSON scenario a line in and out"
        )
        parser.add_argument(
            "--conntrack", action="store_true", help="list conntrack's table after each packet"
        )
        parser.add_argument("--junit", metavar="OUT.xml", help="check many files, write a report")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"]:
            sys.exit(self.batch(options))
        if not options["files"]:
            self.stderr.write("simulate: name a scenario file, or - for standard input")
            sys.exit(REFUSED)
        if options["junit"]:
            sys.exit(self.junit(options["files"], options["junit"]))
        form, flows = options["format"], options["conntrack"]
        codes = [self.one(name, form, flows) for name in options["files"]]
        sys.exit(max(codes))

    def one(self, name: str, form: str, flows: bool) -> int:
        """One file; its steps are printed as they happen."""
        _, prepared = self.prepared(name)
        if prepared is None:
            return REFUSED
        fates: list[Fate] = []
        for note in prepared.compiled.host.notes:
            self.stderr.write(f"host: {note}")
        self.offer_what_is_missing(name, prepared.compiled.scenario, prepared.compiled)
        for step in run(prepared.compiled, flows=flows):
            text = line(step) if form == "text" else json.dumps(as_json(step), ensure_ascii=False)
            self.stdout.write(text)
            if isinstance(step, Fate):
                fates.append(step)
        failed = [o for o in check(prepared.expectations, fates) if o.failures]
        for outcome in failed:
            self.stderr.write(f"{name}: {_failure(outcome)}")
        return FAILED if failed else HELD

    def junit(self, names: list[str], out: str) -> int:
        """Run many files as a test runner does: a report, a line for each, an exit code."""
        suite = ElementTree.Element("testsuite", name="chainwalk", tests="0")
        counts = {"failures": 0, "errors": 0, "skipped": 0, "tests": 0}
        for name in names:
            self.case(suite, name, counts)
        for key, number in counts.items():
            suite.set(key, str(number))
        try:
            ElementTree.ElementTree(suite).write(out, encoding="utf-8", xml_declaration=True)
        except OSError as error:
            self.stderr.write(
                f"simulate: the report cannot be written: {file_problem(error, str(out))}"
            )
            return REFUSED
        self.stdout.write(
            f"{counts['tests']} expectations in {len(names)} files: "
            f"{counts['failures']} failed, {counts['errors']} files refused"
        )
        if counts["errors"]:
            return REFUSED
        return FAILED if counts["failures"] else HELD

    def case(self, suite: ElementTree.Element, name: str, counts: dict[str, int]) -> None:
        scenario, prepared = self.prepared(name)
        title = scenario.title if scenario else ""
        if prepared is None:
            counts["errors"] += 1
            counts["tests"] += 1
            element = _case(suite, name, title or name)
            ElementTree.SubElement(element, "error", message="the scenario is refused")
            return
        if not prepared.expectations:
            counts["skipped"] += 1
            counts["tests"] += 1
            element = _case(suite, name, title or name)
            ElementTree.SubElement(element, "skipped", message="the scenario expects nothing")
            self.stderr.write(f"{name}: it has no expectations, so nothing was checked")
            return
        steps = run(prepared.compiled, folded=True)
        fates = [step for step in steps if isinstance(step, Fate)]
        for outcome in check(prepared.expectations, fates):
            counts["tests"] += 1
            element = _case(suite, name, f"{title}: {outcome.expectation.text}")
            if outcome.failures:
                counts["failures"] += 1
                message = "; ".join(outcome.failures)
                ElementTree.SubElement(element, "failure", message=xml_text(message))
                self.stderr.write(f"{name}: {_failure(outcome)}")

    def batch(self, options: dict[str, Any]) -> int:
        """One scenario a line in, one JSON object a line out, in order."""
        line_by_line(self, answered, options)
        return HELD


def answered(job: tuple[int, str]) -> str:
    """What ``--batch`` prints for one line, by its number."""
    number, text = job
    return json.dumps(answer(text, number), ensure_ascii=False)


def answer(text: str, number: int) -> dict[str, Any]:
    """What ``--batch`` says to one line: steps (and failed expectations), or errors."""
    try:
        scenario = _from_json(text, number)
        prepared = runs.prepare(scenario, limited=False)
    except Refused as refused:
        return {"errors": [error.as_json() for error in refused.errors]}
    steps: list[Step] = list(run(prepared.compiled))
    fates = [step for step in steps if isinstance(step, Fate)]
    body: dict[str, Any] = {"steps": [as_json(step) for step in steps]}
    failures = [
        _failure(outcome) for outcome in check(prepared.expectations, fates) if outcome.failures
    ]
    if failures:
        body["failures"] = failures
    return body


def _from_json(text: str, number: int) -> Scenario:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        column = getattr(error, "colno", 1)
        raise Refused(_not_a_scenario(f"this line is not JSON: {error}", number, column)) from None
    if not isinstance(value, dict):
        raise Refused(_not_a_scenario("this line is JSON but no object", number, 1))
    return Scenario.from_json(value)


def _not_a_scenario(message: str, number: int, column: int) -> Iterator[SourceError]:
    yield SourceError(message, Span(number, column, number, column + 1), where="scenario")


def _case(suite: ElementTree.Element, file: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=xml_text(file), name=xml_text(name))


def _failure(outcome: Outcome) -> str:
    expectation = outcome.expectation
    return f"expect:{expectation.span.line}: {expectation.text}: {'; '.join(outcome.failures)}"
