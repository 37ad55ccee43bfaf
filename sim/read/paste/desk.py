"""Where the forms of one paste put down what they read, and ask what they do not know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from typing import Any

from sim.base.errors import SourceError
from sim.base.frozen import dataclass
from sim.packet.packet import Address
from sim.read.host.draft import HostDraft
from sim.read.host.shell import run_line
from sim.read.host.text import HostReading
from sim.read.lines import Line, logical_lines
from sim.read.paste.model import Question
from sim.read.paste.sheet import Sheet

_INTERFACE = re.compile(
    r"^(?:interface\s+|\d+: |ip link add (?:dev |name )?)([\w.-]+)", re.MULTILINE
)
# What stands for an answer that there is nothing: no such file, no such argument.
NOTHING = "false"
MOST_QUESTIONS = 100


@dataclass(frozen=True, slots=True)
class Put:
    """Lines of a text that came out, and the line of the paste that they came from."""

    text: str
    line: int
    heard_on: str = ""  # the interface that tcpdump was typed with


@dataclass(slots=True)
class Desk:
    """The state of one reading. Forms change it in the paste's order."""

    answers: Mapping[str, str] = field(default_factory=dict)
    sheet: Sheet = field(default_factory=Sheet)
    host: list[Put] = field(default_factory=list)
    packets: list[Put] = field(default_factory=list)
    spoken: list[Put] = field(default_factory=list)  # of sentences: sent when all else is done
    questions: dict[str, Question] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # what the paste shows of files
    fetched: dict[str, str] = field(default_factory=dict)  # by wget and curl, and from where
    outputs: dict[str, str] = field(default_factory=dict)  # what its commands printed
    aside: int = 0  # lines and commands that were left aside
    warned: dict[str, int] = field(default_factory=dict)  # tools with legacy tables; the line
    native: list[str] = field(default_factory=list)  # tables of nf_tables itself
    tables_asked: list[str] = field(default_factory=list)
    shell: Any = None  # the one that typed commands run in
    loose: Any = None  # the shell of the last commands that stood without prompt or script
    told: set[str] = field(default_factory=set)  # masks that have been spoken of
    listening: str = ""  # the interface of the tcpdump that was typed last
    has_flows: bool = False  # conntrack's table was pasted
    at_home: frozenset[str] = frozenset()  # whose prompts stand before what shows this host
    # What rule lines were last taken from: the command's line, the table, the family.
    listed_by: tuple[int, str, int] = (0, "", 0)
    backend: str = ""  # of the last dump: what plain `iptables` is from there on
    more: dict[str, object] = field(default_factory=dict)
    reading: HostReading = field(default_factory=lambda: HostReading("", HostDraft()))
    unread: list[Put] = field(default_factory=list)  # host lines that the draft does not know yet

    def ask(
        self, name: str, text: str, answers: tuple[str, ...] = (), *, optional: bool = False
    ) -> str | None:
        """The answer to a question; ``None``: it is open now. The same name is asked once.

        ``optional``: what was read stands without an answer, and says what it does not know.
        """
        if name in self.answers:
            return self.answers[name]
        if name not in self.questions and len(self.questions) < MOST_QUESTIONS:
            self.questions[name] = Question(name, text, answers, optional)
        return None

    @property
    def draft(self) -> HostDraft:
        """The host as the lines and commands so far have left it."""
        waiting, self.unread = self.unread, []
        for put in waiting:
            for line in logical_lines(put.text):
                with suppress(SourceError):  # the final check tells what is wrong with it
                    self.reading.read(line)
        return self.reading.draft

    def put_host(self, text: str, line: int) -> None:
        """Lines for the host text."""
        put = Put(text.rstrip("\n"), line)
        self.host.append(put)
        self.unread.append(put)

    def put_packets(self, text: str, line: int, heard_on: str = "") -> None:
        self.packets.append(Put(text.rstrip("\n"), line, heard_on))

    def put_spoken(self, text: str, line: int) -> None:
        """A packet that a sentence speaks of: it meets the host as the whole paste leaves it."""
        self.spoken.append(Put(text, line))

    @property
    def interfaces(self) -> set[str]:
        """Those that the paste has told or made so far."""
        return {found[1] for put in self.host for found in _INTERFACE.finditer(put.text)}

    def declare(self, name: str, address: str, line: int) -> None:
        """An interface, with its address if that is known."""
        self.put_host(f"interface {name} {address}".rstrip(), line)

    def keep_output(self, command: str, text: str) -> None:
        """What a command of the session printed; of ``cat FILE``, what is in the file."""
        words = command.split()
        if words[:1] == ["sudo"]:
            words = words[1:]
        if not words or not text:
            return
        self.outputs[" ".join([words[0].rpartition("/")[2], *words[1:]])] = text
        if words[0].endswith("cat") and len(words) == 2 and "/" in words[1]:
            self.files[words[1]] = text

    def run_host(self, command: str, line: int) -> SourceError | None:
        """Run a command that changes the host: what is wrong with it, if anything is."""
        draft = self.draft
        before = len(draft.errors)
        try:
            run_line(draft, Line(line, command), is_root=True)
        except SourceError as error:
            return error
        if len(draft.errors) > before:
            return draft.errors.pop()
        self.sheet.sets.clear()
        self.sheet.sets.update({name: _parts(found.kind) for name, found in draft.sets.items()})
        self.host.append(Put(command, line))
        return None

    def name_address(self, name: str, address: Address, line: int) -> None:
        """Remember what a host's name stands for."""
        known = self.sheet.hostnames.get(name, ())
        if address not in known:
            self.sheet.hostnames[name] = (*known, address)
            self.put_host(f"name {name} {address}", line)


def _parts(kind: str) -> int:
    return kind.partition(":")[2].count(",") + 1
