"""Tables of ebtables or arptables while a text is read: what commands and dumps do to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import field

from sim.base.errors import SourceError, Span
from sim.base.frozen import dataclass
from sim.extensions.extension import Names
from sim.extensions.frames.tool import Tool
from sim.model.rules import Chain, Jump, Ruleset, Table, Target, Verdict
from sim.read.command import Fault
from sim.read.frames.command import LONGEST_NAME, FrameCommand
from sim.read.frames.draft import FrameRuleDraft, drafted
from sim.read.statements import DumpLine
from sim.read.wording import alike, listed


@dataclass(slots=True, eq=False)
class FrameWorkChain:
    name: str
    policy: Verdict
    is_built_in: bool
    rules: list[FrameRuleDraft] = field(default_factory=list)
    span: Span | None = None


@dataclass(slots=True, eq=False)
class FrameWorkTable:
    tool: Tool
    name: str
    chains: dict[str, FrameWorkChain] = field(default_factory=dict)
    references: Counter[str] = field(default_factory=Counter)  # jumps to each user chain

    def __post_init__(self) -> None:
        for name in self.tool.tables[self.name]:
            self.chains[name] = FrameWorkChain(name, Verdict.ACCEPT, True)

    def empty(self) -> None:
        """What ``*table`` does: all rules and user chains go, the policies stay."""
        self.chains = {name: c for name, c in self.chains.items() if c.is_built_in}
        self.references.clear()
        for chain in self.chains.values():
            chain.rules = []

    def put(self, chain: FrameWorkChain, draft: FrameRuleDraft, place: int) -> None:
        chain.rules.insert(place, draft)
        if isinstance(draft.target, Jump):
            self.references[draft.target.chain] += 1

    def take(self, chain: FrameWorkChain, first: int, last: int) -> None:
        """Delete the rules from place ``first`` up to, not including, ``last``."""
        for draft in chain.rules[first:last]:
            if isinstance(draft.target, Jump):
                self.references[draft.target.chain] -= 1
        del chain.rules[first:last]

    def finished(self) -> Table:
        """Built-in chains in hook order, then the others by name."""
        own = sorted((c for c in self.chains.values() if not c.is_built_in), key=lambda c: c.name)
        built_in = [chain for chain in self.chains.values() if chain.is_built_in]
        chains = {c.name: _finished(c, self.tool) for c in (*built_in, *own)}
        return Table(self.name, chains)


def _finished(chain: FrameWorkChain, tool: Tool) -> Chain:
    rules = tuple(d.numbered(number, chain.name) for number, d in enumerate(chain.rules, 1))
    policy = chain.policy if chain.is_built_in or tool.has_user_policies else None
    return Chain(chain.name, policy, rules, chain.span)


class FrameTables:
    """All tables of a tool in one text. What it refuses is raised as ``Fault``."""

    def __init__(self, tool: Tool, names: Names) -> None:
        self.tool = tool
        self.names = names
        self.tables: dict[str, FrameWorkTable] = {}

    def table(self, name: str) -> FrameWorkTable | None:
        """The table, which the first touch makes; ``None``: there is none of that name."""
        if name not in self.tables and name in self.tool.tables:
            self.tables[name] = FrameWorkTable(self.tool, name)
        return self.tables.get(name)

    def finished(self) -> Ruleset:
        names = [name for name in self.tool.order if name in self.tables]
        tables = [self.tables[name].finished() for name in names]
        return Ruleset(self.tool.family, {table.name: table for table in tables})

    # ---- a dump's line about a chain

    def declare(self, line: DumpLine, table: FrameWorkTable) -> None:
        """``:CHAIN POLICY``. Raises ``SourceError``."""
        words = line.words
        if len(words.texts) < 2:
            raise SourceError(
                "a chain's name and its policy are wanted here", words.line.span(),
                hint="write :NAME ACCEPT",
            )  # fmt: skip
        name, policy = words.texts[:2]
        try:
            if name not in table.chains:
                self._add(table, name, 0)
            self._set_policy(table, name, policy, 1)
        except Fault as fault:
            raise SourceError(fault.message, words.span(fault.first), hint=fault.hint) from None
        table.chains[name].span = words.line.span()

    # ---- commands

    def run(self, command: FrameCommand, table: FrameWorkTable) -> None:
        """Do what a command says."""
        at = command.at.get("chain", 0)
        if command.letter == "A":
            chain = self._chain(table, command.chain, at)
            table.put(chain, self._draft(command, table), len(chain.rules))
        elif command.letter == "I":
            self._insert(command, table, at)
        elif command.letter == "D":
            self._delete(command, table, at)
        elif command.letter == "P":
            self._set_policy(table, command.chain, command.policy, command.at["P"])
        elif command.letter == "N":
            self._add(table, command.chain, at)
            if command.policy:
                self._set_policy(table, command.chain, command.policy, command.at["P"])
        elif command.letter == "E":
            self._rename(command, table, at)
        elif command.letter == "F":
            for chain in self._chains(table, command.chain, at):
                table.take(chain, 0, len(chain.rules))
        elif command.letter == "X":
            self._delete_chains(command, table, at)
        elif command.letter == "0":
            table.empty()
            for chain in table.chains.values():
                chain.policy = Verdict.ACCEPT

    def _draft(self, command: FrameCommand, table: FrameWorkTable) -> FrameRuleDraft:
        draft = drafted(self.tool, command, self.names)
        if isinstance(draft.target, Jump):
            name = draft.target.chain
            at = command.at["j"]
            if name not in table.chains:
                targets = [*self.tool.standard, *self.tool.targets, *table.chains]
                hint = alike(name, targets) or self._make_first(name)
                raise Fault(f"the table {table.name} has no chain {name}", at, hint=hint)
            if table.chains[name].is_built_in:
                raise Fault(f"{name} is a built-in chain: no rule can go there", at)
        return draft

    def _chain(self, table: FrameWorkTable, name: str, at: int) -> FrameWorkChain:
        chain = table.chains.get(name)
        if chain is None:
            tables = [one for one, chains in self.tool.tables.items() if name in chains]
            hint = f"{name} is a chain of {listed(tables)}" if tables else ""
            hint = hint or alike(name, list(table.chains)) or self._make_first(name)
            raise Fault(f"the table {table.name} has no chain {name}", at, hint=hint)
        return chain

    def _make_first(self, name: str) -> str:
        policy = "ACCEPT" if self.tool.has_user_policies else "-"
        return f"make it first: `:{name} {policy}` or -N {name}"

    def _chains(self, table: FrameWorkTable, name: str, at: int) -> list[FrameWorkChain]:
        return [self._chain(table, name, at)] if name else list(table.chains.values())

    def _insert(self, command: FrameCommand, table: FrameWorkTable, at: int) -> None:
        chain = self._chain(table, command.chain, at)
        draft = self._draft(command, table)
        place = (command.numbers[0] or 1) - 1
        if place > len(chain.rules):
            raise Fault(f"{chain.name} has {len(chain.rules)} rules: there is no place {place + 1}",
                        at + 1)  # fmt: skip
        table.put(chain, draft, place)

    def _delete(self, command: FrameCommand, table: FrameWorkTable, at: int) -> None:
        chain = self._chain(table, command.chain, at)
        low, high = command.numbers
        if low:
            if high > len(chain.rules):
                raise Fault(f"{chain.name} has no rule {high}: it has {len(chain.rules)}", at + 1)
            table.take(chain, low - 1, high)
            return
        wanted = drafted(self.tool, command, self.names).text
        for place, rule in enumerate(chain.rules):
            if rule.text == wanted:
                table.take(chain, place, place + 1)
                return
        last = len(command.words.texts) - 1
        raise Fault(f"the chain {chain.name} has no such rule", 0, last, "all its words count")

    def _set_policy(self, table: FrameWorkTable, name: str, policy: str, at: int) -> None:
        chain = self._chain(table, name, at)
        allowed = ("ACCEPT", "DROP") if chain.is_built_in else ("ACCEPT", "DROP", "RETURN")
        if not chain.is_built_in and not self.tool.has_user_policies:
            if policy != "-":
                raise Fault(f"{name} is no built-in chain, so it has no policy", at)
            return
        if policy not in allowed:
            raise Fault(f"the policy of {name} is {listed(allowed, 'or')}, not {policy}", at)
        chain.policy = Verdict(policy)

    def _add(self, table: FrameWorkTable, name: str, at: int) -> None:
        if name in table.chains:
            raise Fault(f"the chain {name} exists already", at)
        if name in self.tool.standard or name in self.tool.targets:
            raise Fault(f"{name} is a target, so no chain can have that name", at)
        if len(name.encode()) > LONGEST_NAME:
            raise Fault(f"a chain's name has at most {LONGEST_NAME} bytes", at)
        table.chains[name] = FrameWorkChain(name, Verdict.ACCEPT, False)

    def _rename(self, command: FrameCommand, table: FrameWorkTable, at: int) -> None:
        old, new = command.chain, command.new_name
        if self._chain(table, old, at).is_built_in:
            raise Fault(f"{old} is a built-in chain and keeps its name", at)
        if new in table.chains or new in self.tool.standard:
            raise Fault(f"the name {new} is taken", at + 1)
        if table.references[old]:
            raise Fault(f"{old} cannot be renamed here: a rule goes to it", at)
        chain = table.chains.pop(old)
        chain.name, table.chains[new] = new, chain

    def _delete_chains(self, command: FrameCommand, table: FrameWorkTable, at: int) -> None:
        for chain in self._chains(table, command.chain, at):
            if chain.is_built_in:
                if command.chain:
                    raise Fault(f"{chain.name} is a built-in chain and cannot be deleted", at)
                continue
            if table.references[chain.name]:
                raise Fault(f"the chain {chain.name} cannot be deleted: a rule goes to it", at,
                            hint="delete what goes to it first")  # fmt: skip
            table.take(chain, 0, len(chain.rules))
            del table.chains[chain.name]

    # ---- what the kernel refuses

    def problems(self) -> Iterator[SourceError]:
        """Loops, and targets where the kernel does not let them be."""
        for table in self.tables.values():
            loops = list(_loops(table))
            yield from loops
            if not loops:
                built_in = self.tool.tables[table.name]
                hooks = {name: _reached(table, name) for name in built_in}
                for chain in table.chains.values():
                    yield from _misplaced(table, chain, hooks)


def _jumps_of(chain: FrameWorkChain) -> Iterator[tuple[FrameRuleDraft, Jump]]:
    for draft in chain.rules:
        if isinstance(draft.target, Jump):
            yield draft, draft.target


def _reached(table: FrameWorkTable, start: str) -> set[str]:
    """The chains that can be walked from there, itself included."""
    found, open_ = {start}, [start]
    while open_:
        for _, jump in _jumps_of(table.chains[open_.pop()]):
            if jump.chain not in found:
                found.add(jump.chain)
                open_.append(jump.chain)
    return found


def _loops(table: FrameWorkTable) -> Iterator[SourceError]:
    """The jumps that close a loop: a depth-first walk that meets a chain it is still in."""
    done: set[str] = set()
    for start in table.chains:
        within, stack = {start}, [(start, _jumps_of(table.chains[start]))]
        while stack and start not in done:
            name, jumps = stack[-1]
            draft, jump = next(jumps, (None, None))
            if draft is None or jump is None:
                stack.pop()
                within.discard(name)
                done.add(name)
            elif jump.chain in within:
                yield SourceError(
                    f"a loop: {jump.chain} leads back to {name}", draft.target_span,
                    hint="no chain may be reached from itself",
                )  # fmt: skip
            elif jump.chain not in done:
                within.add(jump.chain)
                stack.append((jump.chain, _jumps_of(table.chains[jump.chain])))


def _misplaced(
    table: FrameWorkTable, chain: FrameWorkChain, hooks: dict[str, set[str]]
) -> Iterator[SourceError]:
    from_hooks = [hook for hook, reached in hooks.items() if chain.name in reached]
    for draft in chain.rules:
        places = (
            table.tool.places.get(draft.target.name) if isinstance(draft.target, Target) else None
        )
        if places is None or not isinstance(draft.target, Target):
            continue
        wrong = [hook for hook in from_hooks if (table.name, hook) not in places]
        if wrong:
            good = listed([f"{one} {hook}" for one, hook in sorted(places)], "or")
            yield SourceError(
                f"{draft.target.name} is not possible in {table.name} {wrong[0]}",
                draft.target_span, hint=f"it may stand in {good}",
            )  # fmt: skip
