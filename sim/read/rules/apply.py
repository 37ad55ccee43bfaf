"""What a command does to the tables of its family, and what the kernel says to that."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.errors import SourceError, Span
from sim.extensions.extension import Names
from sim.model.rules import TABLE_HOOKS, Ruleset
from sim.read.command import LONGEST_NAME, Command, Fault
from sim.read.rules.draft import Problem, RuleDraft
from sim.read.rules.drafts import Drafts, counters
from sim.read.rules.kernel_checks import Kernel
from sim.read.rules.objects import Objects
from sim.read.rules.tables import Denied, WorkTable
from sim.read.rules.templates import Templates
from sim.read.statements import DumpLine, StatementWords

_ON_A_CHAIN = frozenset({"-A", "-I", "-R", "-D", "-C", "--append", "--insert", "--replace",
                         "--delete", "--check"})  # fmt: skip


class Family:
    """The tables of one family while a text is read."""

    def __init__(self, family: int, names: Names, objects: Objects) -> None:
        self.family = family
        self.names = names
        self.objects = objects
        self.tables: dict[str, WorkTable] = {}
        self._kernels: dict[str, Kernel] = {}
        self._drafts = Drafts(family, names)
        self._templates: dict[str, Templates] = {}

    def finished(self) -> Ruleset:
        return Ruleset(self.family, {name: t.finished() for name, t in self.tables.items()})

    def table(self, name: str) -> WorkTable | None:
        """The table, which the first touch makes; ``None``: there is none of that name."""
        table = self.tables.get(name)
        if table is None and name in TABLE_HOOKS:
            table = self.tables[name] = WorkTable(self.family, name)
            self._kernels[name] = Kernel(table, self.names, self.objects)
        return table

    def templates(self, table: WorkTable) -> Templates:
        """What lines of the table's dumps have been like."""
        found = self._templates.get(table.name)
        if found is None:
            found = self._templates[table.name] = Templates(self._drafts, table)
        return found

    def missing_chain(self, words: StatementWords, start: int) -> Iterator[SourceError]:
        """The chain of a command that is wrong elsewhere is told as well, if there is none."""
        named, place = "filter", 0
        for at in range(start, len(words.texts) - 1):
            if words.texts[at] in ("-t", "--table"):
                named = words.texts[at + 1]
            elif words.texts[at] in _ON_A_CHAIN and not place:
                place = at + 1
        if not place or named not in TABLE_HOOKS or words.texts[place].startswith("-"):
            return
        table = self.tables.get(named) or WorkTable(self.family, named)
        try:
            table.chain(words.texts[place])
        except Denied as denied:
            yield SourceError(denied.message, words.span(place), hint=denied.hint)

    def commit(self, table: WorkTable) -> Iterator[SourceError]:
        """Hand a table to the kernel: what it refuses."""
        for problem in self._kernels[table.name].check():
            yield _error(problem)

    def type_command(self, command: Command, table: WorkTable) -> Iterator[SourceError]:
        """Run a command line: read, change, and hand the table to the kernel.

        What the kernel refuses leaves the table as it was. The error stands at this command,
        which the tool would refuse, even where an older rule is the reason.
        """
        undo = table.keep(command.chain)
        problems = list(self.change(command, table))
        if problems:
            undo()
            self._kernels[table.name].reach = None
        words = command.words
        whole = words.span(0, len(words.texts) - 1)
        for problem in problems:
            if whole.line <= problem.span.line <= whole.end_line and whole <= problem.span:
                yield _error(problem)
                continue
            at = words.span(command.at["j"] + 1) if "j" in command.at else whole
            message = f"{problem.message} (that rule is in line {problem.span.line})"
            yield SourceError(message, at, hint=problem.hint)

    def change(self, command: Command, table: WorkTable) -> Iterator[Problem]:
        """Do what a command says; what the kernel has against it. Raises ``Fault``, ``Denied``.

        Nobody asks the kernel while a dump is read: then the problems are left unread.
        """
        kernel = self._kernels[table.name]
        letters, name = command.letters, command.chain or ""
        if letters in ("A", "I"):
            drafts = self._drafts.made(command, table)
            place = table.insert(name, drafts, command.number if letters == "I" else None)
            return kernel.check_inserted(table.chains[name], place, len(drafts))
        if letters in ("D", "Dn"):
            gone = self._delete(command, table)
            if len(gone) == 1:
                return kernel.check_deleted(table.chains[name], *gone[0])
        elif letters == "R":
            drafts = self._drafts.made(command, table)
            if len(drafts) != 1:
                raise Fault("-R can put only one rule in the place of one", 0,
                            len(command.words.texts) - 1,
                            "give one source and one destination")  # fmt: skip
            table.replace(name, drafts[0], command.number)
        elif letters == "F":
            table.flush(command.chain)
        elif letters == "X":
            table.delete_chain(command.chain)
        elif letters == "E":
            table.rename_chain(name, command.new_name)
        else:
            self._do_little(command, table)
            return iter(())
        return kernel.check()

    def append(self, found: tuple[str, RuleDraft], table: WorkTable) -> Iterator[SourceError]:
        """A chain's name and a rule that was read before, as a command appends it."""
        place = table.insert(found[0], [found[1]], None)
        for problem in self._kernels[table.name].check_inserted(table.chains[found[0]], place, 1):
            yield _error(problem)

    def made(self, command: Command, table: WorkTable) -> list[RuleDraft]:
        """The rules that a command's clauses stand for. Raises ``Fault``."""
        return self._drafts.made(command, table)

    def replacing(
        self, table: WorkTable, chain: str, place: int, draft: RuleDraft
    ) -> Iterator[SourceError]:
        """What the kernel has against a rule in the place of one that leads where it does."""
        kernel = self._kernels[table.name]
        for problem in kernel.check_replacing(table.chains[chain], place, draft):
            yield _error(problem)

    def _delete(self, command: Command, table: WorkTable) -> list[tuple[int, RuleDraft]]:
        """The rules that go, each with its place when it went."""
        name = command.chain or ""
        if command.letters == "Dn":
            return [(command.number - 1, table.delete(name, command.number - 1))]
        places = (table.find(name, draft) for draft in self._drafts.made(command, table))
        return [(place, table.delete(name, place)) for place in places]

    def _do_little(self, command: Command, table: WorkTable) -> None:
        """Commands about which the kernel has no say."""
        name = command.chain or ""
        if command.letters == "N":
            table.add_chain(name, command.words.span(command.at["chain"]))
        elif command.letters == "P":
            table.set_policy(name, command.policy)
        elif command.letters == "C":
            for draft in self._drafts.made(command, table):
                table.find(name, draft)
        elif command.chain is not None:  # L, S, Z change nothing, but the chain must be there
            there = table.chain(name)
            if "Zn" in command.letters and command.number > len(there.rules):
                raise Denied(f"{name} has no rule {command.number}", "number")

    def declare(self, line: DumpLine, table: WorkTable) -> None:
        """A ``:CHAIN POLICY [packets:bytes]`` line. Raises ``SourceError``."""
        words = line.words
        if not words.texts:
            raise SourceError("a chain's name is missing", words.line.span())
        name = words.texts[0]
        if len(name.encode()) > LONGEST_NAME:
            raise SourceError(f"a chain's name has at most {LONGEST_NAME} bytes", words.span(0))
        try:
            built_in = name in TABLE_HOOKS[table.name]
            if not built_in:
                table.add_chain(name, words.span(0))
            if len(words.texts) < 2:
                wanted = "ACCEPT or DROP" if built_in else "-"
                raise SourceError(
                    f"a policy is missing behind {name}", words.span(0), hint=f"write {wanted}"
                )
            if words.texts[1] != "-":
                table.set_policy(name, words.texts[1])
        except Denied as denied:
            at = 1 if denied.about == "second" else 0
            raise SourceError(denied.message, words.span(at), hint=denied.hint) from None
        chain = table.chains[name]
        chain.span = words.line.span()
        if len(words.texts) > 2:
            chain.packets, chain.bytes = counters(words.texts[2])


def _error(problem: Problem) -> SourceError:
    return SourceError(problem.message, problem.span, hint=problem.hint, lacks=problem.lacks)


def fault_error(fault: Fault, words: StatementWords) -> SourceError:
    span = words.span(fault.first, fault.last)
    return SourceError(fault.message, span, hint=fault.hint, lacks=fault.lacks)


def denied_error(denied: Denied, command: Command) -> SourceError:
    words = command.words
    span: Span
    if denied.about == "rule":
        span = words.span(0, len(words.texts) - 1)
    else:
        at = command.at.get(denied.about, command.at.get("chain", command.at["command"]))
        span = words.span(at)
    return SourceError(denied.message, span, hint=denied.hint)
