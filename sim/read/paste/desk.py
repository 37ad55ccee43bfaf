"""Where the forms of one paste put down what they read, and ask what they do not know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.base.errors import SourceError
from sim.packet.packet import Address
from sim.read.host.draft import Draft
from sim.read.host.shell import run_line
from sim.read.lines import Line
from sim.read.paste.model import Question
from sim.read.paste.sheet import Sheet

# What stands for an answer that there is nothing: no such file, no such argument.
NOTHING = "false"
MOST_QUESTIONS = 100


@dataclass(frozen=True, slots=True)
class Put:
    """Lines of a text that came out, and the line of the paste that they came from."""

    text: str
    line: int


@dataclass(slots=True)
class Desk:
    """The state of one reading. Forms change it in the paste's order."""

    answers: Mapping[str, str] = field(default_factory=dict)
    sheet: Sheet = field(default_factory=Sheet)
    host: list[Put] = field(default_factory=list)
    packets: list[Put] = field(default_factory=list)
    questions: dict[str, Question] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # what the paste shows of files
    outputs: dict[str, str] = field(default_factory=dict)  # what its commands printed
    aside: int = 0  # lines and commands that were left aside
    warned: set[str] = field(default_factory=set)  # tools whose legacy tables are loaded too
    tables_asked: list[str] = field(default_factory=list)
    shell: Any = None  # the one that typed commands run in
    backend: str = ""  # of the last dump: what plain `iptables` is from there on
    more: dict[str, object] = field(default_factory=dict)
    draft: Draft = field(default_factory=Draft)  # the host as the commands so far have left it

    def ask(self, name: str, text: str, answers: tuple[str, ...] = ()) -> str | None:
        """The answer to a question; ``None``: it is open now. The same name is asked once."""
        if name in self.answers:
            return self.answers[name]
        if name not in self.questions and len(self.questions) < MOST_QUESTIONS:
            self.questions[name] = Question(name, text, answers)
        return None

    def put_host(self, text: str, line: int) -> None:
        """Lines for the host text."""
        self.host.append(Put(text.rstrip("\n"), line))

    def put_packets(self, text: str, line: int) -> None:
        self.packets.append(Put(text.rstrip("\n"), line))

    def run_host(self, command: str, line: int) -> str:
        """Run a command that changes the host: what is wrong with it, or nothing."""
        before = len(self.draft.errors)
        try:
            run_line(self.draft, Line(line, command), is_root=True)
        except SourceError as error:
            return error.message
        if len(self.draft.errors) > before:
            return self.draft.errors.pop().message
        self.sheet.sets.clear()
        self.sheet.sets.update({name: _parts(found.kind) for name, found in
                                self.draft.sets.items()})  # fmt: skip
        self.put_host(command, line)
        return ""

    def name_address(self, name: str, address: Address, line: int) -> None:
        """Remember what a host's name stands for."""
        known = self.sheet.hostnames.get(name, ())
        if address not in known:
            self.sheet.hostnames[name] = (*known, address)
            self.put_host(f"name {name} {address}", line)


def _parts(kind: str) -> int:
    return kind.partition(":")[2].count(",") + 1
