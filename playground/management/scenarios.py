"""A command that reads scenario files or pastes; what is wrong with one is told by all alike."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from django.core.management.base import BaseCommand

from playground.management.files import file_problem
from playground.site import tables
from playground.walks import pasted, runs
from playground.walks.pasted import question_line, receipt_line
from sim.base.budget import spent_from
from sim.base.errors import Refused, draw
from sim.base.faults import told_to
from sim.model.scenario import Compiled, Scenario

tables.keep()

_TO_ITSELF = re.compile(r"\s*local \S+ (?:127\.|::1\b|\[::1\])")
REFUSED = 2  # what a command ends with when its scenario cannot be read


class ScenarioCommand(BaseCommand):
    """``name`` is the command's own, for the messages that begin with it."""

    name: ClassVar[str]
    pastes: frozenset[str] = frozenset()  # the files that were no TOML
    requires_system_checks = ()

    def scenario(self, file: str) -> Scenario | None:
        """The scenario of a file or a paste (``-`` is standard input).

        ``None`` after what is wrong with it, or what the paste asks first, was told.
        """
        try:
            data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        except OSError as error:
            self.stderr.write(f"{self.name}: {file_problem(error, file)}")
            return None
        text = pasted.decoded(data)
        try:
            if pasted.is_scenario(text):
                with spent_from(runs.of_any_size()):
                    return pasted.mended(Scenario.from_toml(text))
            return self._of_paste(file, text)
        except Refused as refused:
            self.tell(refused, None, text)
            return None

    def _of_paste(self, file: str, text: str) -> Scenario | None:
        self.pastes |= {file}
        reading = pasted.read([text], {})
        for entry in reading.receipt:
            if entry.note or not entry.became:
                self.stderr.write(f"{file}: {receipt_line(entry)}")
        for question in reading.questions:
            self.stderr.write(f"{file}: {question_line(question)}")
        if reading.is_open or reading.is_empty:
            self.stderr.write(f"{file}: nothing runs: `read {file}` tells what was understood")
            return None
        return pasted.scenario_of(reading)

    def prepared(self, file: str) -> tuple[Scenario | None, runs.Prepared | None]:
        """The scenario, loaded; what is missing was told."""
        scenario = self.scenario(file)
        if scenario is None:
            return None, None
        try:
            return scenario, runs.prepare(scenario, limited=False)
        except Refused as refused:
            self.tell(refused, scenario)
            if any(error.where == "packets" for error in refused.errors):
                self.offer_what_is_missing(file, scenario)
            return scenario, None

    def compiled(self, file: str) -> Compiled | None:
        """The same, without its expectations."""
        prepared = self.prepared(file)[1]
        return None if prepared is None else prepared.compiled

    def tell(self, refused: Refused, scenario: Scenario | None, text: str = "") -> None:
        """Each error with its place. ``text``: of a file that became no scenario."""
        for error in refused.errors:
            source = getattr(scenario, error.where, text) if scenario is not None else text
            self.stderr.write(draw(error, source))

    def offer_what_is_missing(
        self, file: str, scenario: Scenario, compiled: Compiled | None = None
    ) -> None:
        """A run without packets is silence, and one without a host tells of a host nobody has.

        What is offered runs as it stands. A host that speaks to itself alone needs no text.
        """
        if compiled is not None and compiled.script and len(compiled.host.interfaces) > 1:
            return
        from playground.walks.entering import is_hostless, says, with_proposals

        script = [line for line in scenario.packets.split("\n") if says(line)]
        alone = bool(script) and all(map(_TO_ITSELF.match, script))
        hostless = is_hostless(scenario.host) and not alone
        if script and not hostless:
            return
        found = with_proposals(scenario if script else replace(scenario, packets=""))
        names = [*(["host"] if hostless else []), *([] if script else ["packets"])]
        told = {name: [line for line in getattr(found, name).split("\n") if says(line)]
                for name in names}  # fmt: skip
        shown = "\n".join(
            "\n".join(lines if file in self.pastes else [f"{name} = '''", *lines, "'''"])
            for name, lines in told.items() if lines
        )  # fmt: skip
        if shown:
            self.stderr.write(
                f"{file} tells no {' and no '.join(names)}. Put in what is so, e.g.\n{shown}"
            )

    @contextmanager
    def telling_faults(self) -> Iterator[None]:
        """What breaks in one piece of advice is told, and the others go on."""

        def tell(part: str, fault: Exception) -> None:
            self.stderr.write(f"{self.name}: {part} broke, which is our bug: {fault!r}")

        with told_to(tell):
            yield
