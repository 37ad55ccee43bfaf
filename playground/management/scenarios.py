"""A command that reads scenario files or pastes; what is wrong with one is told by all alike."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
from sim.tools.propose_packets import propose_packets

tables.keep()
# What a host without any other interface can send.
_TO_ITSELF = "local tcp 127.0.0.1:51000 -> 127.0.0.1:80 syn"
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

    def tell_without_packets(self, file: str, compiled: Compiled) -> None:
        """A scenario that nothing happens in would be answered with silence."""
        if compiled.script:
            return
        said = propose_packets(compiled.rules, compiled.host).split("\n")
        lines = [line.partition("  #")[0] for line in said if line[:1] not in ("", "#")]
        told = "\n".join(lines or [_TO_ITSELF])
        if file not in self.pastes:
            told = f"packets = '''\n{told}\n'''"
        self.stderr.write(f"{file}: no packets. Add those that you ask about, e.g.\n{told}")

    @contextmanager
    def telling_faults(self) -> Iterator[None]:
        """What breaks in one piece of advice is told, and the others go on."""

        def tell(part: str, fault: Exception) -> None:
            self.stderr.write(f"{self.name}: {part} broke, which is our bug: {fault!r}")

        with told_to(tell):
            yield
