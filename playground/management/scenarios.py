"""A command that reads a scenario file; what is wrong with it is told as by every such command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from django.core.management.base import BaseCommand

from playground.walks import runs
from sim.base.errors import Refused, draw
from sim.base.faults import told_to
from sim.model.scenario import Compiled, Scenario

REFUSED = 2  # what a command ends with when its scenario cannot be read


class ScenarioCommand(BaseCommand):
    """``name`` is the command's own, for the messages that begin with it."""

    name: ClassVar[str]
    requires_system_checks = ()

    def compiled(self, file: str) -> Compiled | None:
        """The scenario of a file (``-`` is standard input); ``None`` after its errors were told."""
        scenario = Scenario()
        try:
            text = sys.stdin.read() if file == "-" else Path(file).read_text()
            scenario = Scenario.from_toml(text)
            return runs.prepare(scenario, limited=False).compiled
        except Refused as refused:
            for error in refused.errors:
                self.stderr.write(draw(error, getattr(scenario, error.where, "")))
        except (OSError, UnicodeDecodeError) as error:
            self.stderr.write(f"{self.name}: {file}: {error}")
        return None

    @contextmanager
    def telling_faults(self) -> Iterator[None]:
        """What breaks in one piece of advice is told, and the others go on."""

        def tell(part: str, fault: Exception) -> None:
            self.stderr.write(f"{self.name}: {part} broke, which is our bug: {fault!r}")

        with told_to(tell):
            yield
