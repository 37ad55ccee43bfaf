"""What a command does: from its clauses to rules, and from rules to the tables of one family."""

from __future__ import annotations

from collections.abc import Iterator

from sim.errors import SourceError, Span
from sim.extension import Names
from sim.model import (
    TABLE_HOOKS,
    AddressMask,
    IpPart,
    Jump,
    Match,
    Protocol,
    Ruleset,
    Standard,
    Target,
    Verdict,
)
from sim.parser.addresses import address_list, protocol_name, saved_address, saved_device
from sim.parser.command import LONGEST_NAME, STANDARD, Command, Fault
from sim.parser.kernel_checks import Kernel
from sim.parser.objects import Objects, has_objects
from sim.parser.statements import DumpLine, Words
from sim.parser.tables import Denied, Draft, Problem, WorkTable
from sim.parser.unknown import unknown_target
from sim.parser.uses import Uses


class Family:
    """The tables of one family while a text is read."""

    def __init__(self, family: int, names: Names, objects: Objects) -> None:
        self.family = family
        self.names = names
        self.objects = objects
        self.tables: dict[str, WorkTable] = {}
        self._kernels: dict[str, Kernel] = {}
        self._uses = Uses(family, names)
        self._addresses: dict[str, tuple[AddressMask, ...]] = {}

    def finished(self) -> Ruleset:
        return Ruleset(self.family, {name: t.finished() for name, t in self.tables.items()})

    def table(self, name: str) -> WorkTable | None:
        """The table, which the first touch makes; ``None``: there is none of that name."""
        table = self.tables.get(name)
        if table is None and name in TABLE_HOOKS:
            table = self.tables[name] = WorkTable(self.family, name)
            self._kernels[name] = Kernel(table, self.names, self.objects)
        return table

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
            drafts = self.drafts(command, table)
            place = table.insert(name, drafts, command.number if letters == "I" else None)
            return kernel.check_inserted(table.chains[name], place, len(drafts))
        if letters in ("D", "Dn"):
            gone = self._delete(command, table)
            if len(gone) == 1:
                return kernel.check_deleted(table.chains[name], *gone[0])
        elif letters == "R":
            drafts = self.drafts(command, table)
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

    def _delete(self, command: Command, table: WorkTable) -> list[tuple[int, Draft]]:
        """The rules that go, each with its place when it went."""
        name = command.chain or ""
        if command.letters == "Dn":
            return [(command.number - 1, table.delete(name, command.number - 1))]
        places = (table.find(name, draft) for draft in self.drafts(command, table))
        return [(place, table.delete(name, place)) for place in places]

    def _do_little(self, command: Command, table: WorkTable) -> None:
        """Commands about which the kernel has no say."""
        name = command.chain or ""
        if command.letters == "N":
            table.add_chain(name, command.words.span(command.at["chain"]))
        elif command.letters == "P":
            table.set_policy(name, command.policy)
        elif command.letters == "C":
            for draft in self.drafts(command, table):
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

    def drafts(self, command: Command, table: WorkTable) -> list[Draft]:
        """The rules that a command's clauses stand for, one for each pair of addresses."""
        sources = self._address_parts(command, command.source, "s")
        destinations = self._address_parts(command, command.destination, "d")
        if command.negated & {"s", "d"} and (len(sources) > 1 or len(destinations) > 1):
            at = command.at["s" if "s" in command.negated else "d"]
            raise Fault("a list of addresses cannot go with a negated address", at - 1, at + 1,
                        "make a chain that returns for each address")  # fmt: skip
        protocol = None
        if command.protocol:
            protocol = Protocol(command.protocol, "p" in command.negated)
        matches, match_text = self._matches(command)
        target, target_text = self._target(command, table)
        span = command.words.span(0, len(command.words.texts) - 1)
        tail = saved_device("i", command.in_iface) + saved_device("o", command.out_iface)
        if protocol is not None:
            tail += f"{' !' * protocol.negated} -p {protocol_name(protocol.number)}"
        if command.fragment is not None:
            tail += " -f" if command.fragment else " ! -f"
        any_protocol = self.family == 6 and command.protocol == 0
        target_use = command.target if isinstance(target, Target) else None
        uses = [*command.matches, target_use] if target_use else command.matches
        objects = any(has_objects(use) for use in uses)
        made = []
        for source in sources:
            for destination in destinations:
                ip = IpPart(
                    source,
                    destination,
                    command.in_iface,
                    command.out_iface,
                    protocol,
                    command.fragment,
                    any_protocol,
                )
                text = saved_address("s", source) + saved_address("d", destination) + tail
                draft = Draft(ip, matches, target, text, match_text, target_text, span)
                draft.packets, draft.bytes = command.counters
                draft.match_uses, draft.target_use = command.matches, target_use
                draft.objects = objects
                made.append(draft)
        return made

    def _address_parts(
        self, command: Command, text: str | None, letter: str
    ) -> tuple[AddressMask | None, ...]:
        if text is None:
            return (None,)
        parts = self._addresses.get(text)
        if parts is None:
            try:
                parts = address_list(text, self.family, self.names.hostnames)
            except ValueError as error:
                at = command.at[letter]
                value = at if "=" in command.words.texts[at] else at + 1
                hint = ""
                if "host text" in str(error):
                    name = text.partition("/")[0]
                    hint = f"tools ask the name server once; say it here: `hostname {name} ADDRESS`"
                raise Fault(f"-{letter}: {error}", value, hint=hint) from None
            self._addresses[text] = parts
        if letter in command.negated:
            return tuple(AddressMask(p.family, p.address, p.mask, True) for p in parts)
        return tuple(part if part.mask else None for part in parts)

    def _matches(self, command: Command) -> tuple[tuple[Match, ...], str]:
        made = [self._uses.match(use, command) for use in command.matches]
        return tuple(match for match, _ in made), "".join(text for _, text in made)

    def _target(
        self, command: Command, table: WorkTable
    ) -> tuple[Standard | Jump | Target | None, str]:
        name = command.jump
        if not name:
            return None, ""
        at = command.at["j"] + 1 if command.target is None else command.target.at
        chain = table.chains.get(name)
        if chain is not None:
            if chain.policy is not None:
                raise Fault(f"{name} is a built-in chain: only the kernel enters it", at,
                            hint="jump to a chain of your own")  # fmt: skip
            return (
                Jump(name, command.goto, command.words.span(at)),
                f" -{'g' if command.goto else 'j'} {name}",
            )
        if name in STANDARD and not command.goto:
            return Standard(Verdict(name), command.words.span(at)), f" -j {name}"
        if command.target is None:
            message, hint = unknown_target(
                name, self.family, [n for n, c in table.chains.items() if c.policy is None],
                goto=command.goto,
            )  # fmt: skip
            raise Fault(message, at, hint=hint)
        removed = command.target.extension.removed
        if removed:
            raise Fault(f"-j {name}: {removed}", at)
        return self._uses.target(command.target, command)


def counters(text: str) -> tuple[int, int]:
    """``[packets:bytes]``; anything else counts nothing, as without --counters."""
    packets, _, octets = text.strip("[]").partition(":")
    if packets.isdecimal() and octets.isdecimal():
        return int(packets), int(octets)
    return 0, 0


def _error(problem: Problem) -> SourceError:
    return SourceError(problem.message, problem.span, hint=problem.hint)


def fault_error(fault: Fault, words: Words) -> SourceError:
    return SourceError(fault.message, words.span(fault.first, fault.last), hint=fault.hint)


def denied_error(denied: Denied, command: Command) -> SourceError:
    words = command.words
    span: Span
    if denied.about == "rule":
        span = words.span(0, len(words.texts) - 1)
    else:
        at = command.at.get(denied.about, command.at.get("chain", command.at["command"]))
        span = words.span(at)
    return SourceError(denied.message, span, hint=denied.hint)
