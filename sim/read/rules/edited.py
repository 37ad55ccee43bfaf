"""A rules text in which a few lines differ from one that was loaded just now.

Who edits a long ruleset changes a line, and looks. What loading made of the others still holds
where the line says as much as before to all around it: so only it is read, by the ordinary
reader, with the tables as the loader left them. Whatever might mean more is read as a whole.

**Edited text.** A text of dumps in which every line declares a chain or appends one rule, with the
loader that has read it. A changed line must append one rule to the same chain, jump where the
old one did, end a walk only if that did, make and need nothing that others call by name, and
speak for the same tool and family: then chains, hooks and the other rules' places stay, and all
that the kernel has not checked is that rule. A line with an error is refused alone, since the
others were fine with it there, and would be without it: a rule less reaches less.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from sim.base import budget
from sim.base.errors import Refused, SourceError
from sim.base.frozen import dataclass, replace
from sim.extensions.extension import Names
from sim.kernel.chain_index import carry_over
from sim.model.rules import Rules
from sim.read.command import Fault
from sim.read.frames.dialect import may_be_of_frames
from sim.read.lines import Line
from sim.read.rules.apply import Family, denied_error, fault_error
from sim.read.rules.commandline import read_command
from sim.read.rules.draft import RuleDraft
from sim.read.rules.drafts import counters
from sim.read.rules.family import told
from sim.read.rules.ruleset import Loader, as_text, loaded
from sim.read.rules.tables import Denied, WorkTable, numbered
from sim.read.rules.thrift import are_used
from sim.read.statements import dump_line

MOST_CHANGED = 20  # lines
LONGEST = 4_000_000  # characters of a text that is kept
# Of the budget that a text may cost, so much at most: nearer to its end it is counted anew.
NEAR_THE_END = 0.8

_APPENDED = re.compile(r"(?:\[\d+:\d+\] )?-A (\S+) ")
# A line that does more than to declare or to append.
_MORE = re.compile(r"^(?!-A |\[\d+:\d+\] -A |[:#*\n]|COMMIT$|\Z)", re.MULTILINE)
# A chain that is declared behind a rule.
_LATE = re.compile(r"^[-\[].*\n(?:(?:#.*)?\n)*:", re.MULTILINE)


class _Unlike(Exception):
    """The change may mean more than its line says."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a line's rule is."""

    family: Family
    table: WorkTable
    chain: str
    at: int  # counted from 0


def load_to_edit(
    text: str, names: Names, host_family: int, known: EditedText | None = None
) -> tuple[Rules, EditedText | None]:
    """As ``load_rules`` loads a text, and what a text that is much the same is read with.

    ``known``: that of a text that was loaded with the same names. Raises ``Refused``.
    """
    text = as_text(text)
    with budget.refusing("rules"):
        rules = known.edited(text) if known is not None else None
        if rules is not None:
            return rules, known
        spent = budget.at_hand()
        made, looked = spent.made, spent.looked
        loader = loaded(text, names, host_family=host_family)
        rules = loader.rules()
        if len(text) > LONGEST or not are_used(len(loader.lines)):
            return rules, None
        return rules, EditedText(text, loader, rules, (spent.made - made, spent.looked - looked))


class EditedText:
    """``text`` as ``loader`` has read it to ``rules``, without an error. Belongs to one caller at
    a time: each edit that loads is taken over."""

    def __init__(self, text: str, loader: Loader, rules: Rules, cost: tuple[int, int]) -> None:
        self._loader = loader
        self._rules = rules
        self._cost = cost
        self._lines = text.split("\n")
        self._text = text
        self._is_plain: bool | None = None  # not looked at yet

    def edited(self, text: str) -> Rules | None:
        """The rules of a text that is much the same; ``None``: it must be read as a whole.

        Raises ``Refused`` with what is wrong with the changed lines.
        """
        lines = text.split("\n")
        changed = self._changed(lines)
        if changed is None or not self._serves():
            return None
        spent = budget.at_hand()
        made, looked = self._cost
        is_near = spent.made + made > NEAR_THE_END * spent.objects
        if is_near or spent.looked + looked > NEAR_THE_END * spent.looks:
            return None
        try:
            found = [(at, *self._read(at, lines[at])) for at in changed]
        except _Unlike:
            return None
        spent.make(made, "rules")
        spent.look(looked)
        errors = [each for _, _, read in found if not isinstance(read, RuleDraft) for each in read]
        if errors:
            raise Refused(sorted(errors, key=lambda error: error.span))
        for at, place, read in found:
            assert isinstance(read, RuleDraft)
            self._take(place, read)
            self._lines[at] = lines[at]
        return self._rules

    def _changed(self, lines: list[str]) -> list[int] | None:
        """The places of lines that differ; ``None``: too many, or some came or went."""
        if len(lines) != len(self._lines):
            return None
        pairs = enumerate(zip(lines, self._lines, strict=True))
        changed = [at for at, (new, old) in pairs if new != old]
        return changed if len(changed) <= MOST_CHANGED else None

    def _serves(self) -> bool:
        if self._is_plain is None:
            loader = self._loader
            is_one_backend = not loader.both.other
            is_iptables = not any(tables.finished().tables for tables in loader.frames.values())
            is_quiet = not (_MORE.search(self._text) or _LATE.search(self._text))
            self._is_plain = is_one_backend and is_iptables and is_quiet
            self._text = ""
        return self._is_plain

    # ---- one line

    def _read(self, at: int, text: str) -> tuple[_Place, RuleDraft | list[SourceError]]:
        """What a changed line makes in the place of the old one, or what is wrong with it."""
        old = self._lines[at]
        was = _APPENDED.match(old)
        if was is None or text[:1] not in ("-", "[") or not self._is_quiet_before(at):
            raise _Unlike
        if told(text) != told(old) or may_be_of_frames((old, text)):
            raise _Unlike
        place = self._place(was[1], at + self._loader.first)
        if place is None:
            raise _Unlike
        draft = place.table.chains[place.chain].rules[place.at]
        if draft.objects or draft.ends_walk or draft.untold:
            raise _Unlike
        line = Line(at + self._loader.first, text)
        budget.at_line(line.number)
        try:
            return place, self._made(line, place, draft)
        except SourceError as error:
            return place, [error]

    def _is_quiet_before(self, at: int) -> bool:
        """No comment stands in front of the line that may tell of the rule behind it."""
        while at > 0 and not self._lines[at - 1]:
            at -= 1
        return at > 0 and self._lines[at - 1][:1] != "#"

    def _place(self, chain: str, number: int) -> _Place | None:
        """Where the rule of a line stands, if it makes one alone."""
        for family in self._loader.families.values():
            for table in family.tables.values():
                rules = table.chains[chain].rules if chain in table.chains else []
                at = bisect_left(rules, number, key=lambda draft: draft.line)
                if at < len(rules) and rules[at].line == number:
                    is_alone = at + 1 == len(rules) or rules[at + 1].line != number
                    return _Place(family, table, chain, at) if is_alone else None
        return None

    def _made(self, line: Line, place: _Place, old: RuleDraft) -> RuleDraft | list[SourceError]:
        """As the loader reads a line of a dump. Raises ``SourceError``."""
        found = dump_line(line)
        words, family = found.words, place.family
        if found.kind != "rule":
            raise _Unlike
        try:
            command = read_command(words, family.family, table=place.table.name, restoring=True)
            if command.stops or command.other_family or command.letters != "A":
                raise _Unlike
            place.table.chain(command.chain or "")
            if command.chain != place.chain:
                raise _Unlike
            if found.counters:
                command.counters = counters(found.counters)
            drafts = family.made(command, place.table)
        except Fault as fault:
            raise fault_error(fault, words) from None
        except Denied as denied:
            raise denied_error(denied, command) from None
        if len(drafts) != 1:
            raise _Unlike
        draft = drafts[0]
        if draft.jump != old.jump or draft.ends_walk or draft.objects:
            raise _Unlike
        return list(family.replacing(place.table, place.chain, place.at, draft)) or draft

    # ---- what becomes of the rules

    def _take(self, place: _Place, draft: RuleDraft) -> None:
        """Put a rule into the place of the one that its line made before."""
        place.table.chains[place.chain].rules[place.at] = draft
        ruleset = self._rules.of(place.family.family)
        table = ruleset.tables[place.table.name]
        chain = table.chains[place.chain]
        rule = numbered(chain.name, place.at + 1, draft)
        rules = (*chain.rules[: place.at], rule, *chain.rules[place.at + 1 :])
        new = replace(chain, rules=rules)
        carry_over(chain, new, place.at, ruleset.family)
        chains = {**table.chains, chain.name: new}
        tables = {**ruleset.tables, table.name: replace(table, chains=chains)}
        name = {4: "ipv4", 6: "ipv6"}[ruleset.family]
        self._rules = replace(self._rules, **{name: replace(ruleset, tables=tables)})
