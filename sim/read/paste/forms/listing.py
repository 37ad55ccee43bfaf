"""What ``iptables -L`` prints, in all its forms, read back to rules.

A form that does not print interfaces, or names what cannot be looked up, is read as it stands;
what it does not tell is written above the very rules that it may narrow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from ipaddress import ip_address

from sim.base.errors import Refused
from sim.base.frozen import dataclass, replace
from sim.extensions.extension import Names
from sim.extensions.targets import TARGETS
from sim.model.rules import STANDARD, TABLE_HOOKS
from sim.read.listing.block import (
    BUILT_IN,
    LONG,
    ListedTable,
    family_of,
    is_part,
    tables_of,
)
from sim.read.listing.row import ColumnHeads, ListedRow, is_heads, split
from sim.read.listing.rule import (
    ReadRow,
    RowPlace,
    joined_row,
    makes_sense,
    read_row,
)
from sim.read.names import DEBIAN_GROUPS, DEBIAN_USERS
from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.place import PastePlace
from sim.read.paste.programs import table_of_chains
from sim.read.paste.prompts import bare_prompt, named_prompt
from sim.read.paste.sheet import Chains, dump_of
from sim.read.rules.ruleset import load_rules

_SAID = re.compile(
    r"(?P<tool>ip6?tables)(?:-(?P<backend>legacy|nft))?\b"
    r"(?=[^|;&]*?\s(?:-[a-zA-Z]*[LS]|--list))(?P<arguments>[^|;&]*)"
)
_ARGUMENT = re.compile(r"(?:-[a-zA-Z]*L[a-zA-Z]*|--list)[ =]+(?P<chain>[A-Za-z][\w-]*)")
_QUIET = frozenset({"", "LOG", "NFLOG"})  # targets from which nothing follows for the packet
_OF_TARGET = {"DNAT": "nat", "SNAT": "nat", "MASQUERADE": "nat", "REDIRECT": "nat",
              "NETMAP": "nat", "TPROXY": "mangle", "TOS": "mangle", "TCPMSS": "mangle",
              "NOTRACK": "raw", "REJECT": "filter", "SECMARK": "security"}  # fmt: skip
_ANSWERED = re.compile(r"(?P<chain>\S+) +(?P<number>\d+) +(?P<words>(?:!? ?-[io] +\S+ ?)+)")
_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_HOST = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
_LAST_PORT = re.compile(r"(?:tcp|udp) dpt:(\d{1,5})$")
_ANY_PORT = "64937"
_ANY_HOST = "198.51.100.77"  # stands, as the port, for those of rows that are alike
MOST_NAMED = 8
MOST_ROUNDS = 3


class RuleListing(Form):
    """Chains with their rows, or rows alone."""

    name = "iptables -L"
    is_listing = True

    def takes(self, place: PastePlace) -> int:
        if not is_part(place.line):
            return 0
        last, row = 0, ""
        heads: ColumnHeads | None = None
        for count, line in enumerate(place.rest(), 1):
            if is_heads(line):
                heads = ColumnHeads.of(line)
            if is_part(line) or (heads and split(line, heads) is not None):
                last, row = count, line
            elif last and _goes_on(line, row):
                last, row = count, joined_row(row, line) or f"{row.rstrip()} {line.strip()}"
            elif line.strip():
                break
            else:
                row = ""
        return last

    def read(self, block: Block, desk: Desk) -> Became:
        said = _SAID.search(block.said.text) if block.said is not None else None
        arguments = said["arguments"] if said else ""
        chain = _ARGUMENT.search(arguments)
        tables = tables_of(block.lines, chain["chain"] if chain else "")
        if not tables:
            return Became("", "the heads of a listing without a chain")
        family, how = _family(said["tool"] if said else "", tables, desk)
        notes = [how] if how else []
        became = ""
        for table in tables:
            name, how = _table(table, arguments, block, desk)
            notes += [how] if how else []
            if not name:
                notes.append("left aside until its table and chain are known")
                continue
            backend = (said["backend"] if said else "") or desk.backend
            made = _TableReading(family, name, desk, block)
            notes += made.read(table, backend or "")
            became = "rules"
        return Became(became, "; ".join(dict.fromkeys(notes)))


def _goes_on(line: str, row: str) -> bool:
    """The rest of a row that was wrapped, or a row of an odd kind under another.

    What the extensions print decides: a row that is whole does not take what gives it no sense.
    """
    if not line.strip() or not row or line.startswith(("#", "-", "*", ":", "`", "~~~")):
        return False
    if len(row) < LONG or named_prompt(line) is not None or bare_prompt(line) is not None:
        return False
    if is_heads(row):
        return line[:1].isspace() or not re.match(r"\w+:", line)
    if joined_row(row, line):
        return True
    return not makes_sense(row) and (line[:1].isspace() or not re.match(r"\w+:", line))


def _family(tool: str, tables: Sequence[ListedTable], desk: Desk) -> tuple[int, str]:
    if tool:
        return (6 if tool == "ip6tables" else 4), ""
    found = family_of(tables)
    if found:
        return found, ""
    answer = desk.answers.get("family", "")
    if answer in ("4", "6", "iptables", "ip6tables", "IPv4", "IPv6"):
        return (6 if "6" in answer else 4), ""
    desk.ask("family", "Which tool printed the listing?", ("iptables", "ip6tables"), optional=True)
    return 4, "read as IPv4, because nothing in it tells the family"


def _table(table: ListedTable, arguments: str, block: Block, desk: Desk) -> tuple[str, str]:
    """The table, and how it is known where neither the command nor the listing names it."""
    if not table.chains[0].name:
        answer = desk.ask("chain", f"Which chain do the rows from line {block.first} on list?",
                          ("INPUT", "FORWARD", "OUTPUT"))  # fmt: skip
        if answer is None:
            return "", ""
        table.chains[0].name = answer
    if table.name in TABLE_HOOKS:
        return table.name, ""
    built_in = {chain.name for chain in table.chains} & BUILT_IN
    fitting = [name for name, hooks in TABLE_HOOKS.items()
               if built_in <= {hook.value for hook in hooks}]  # fmt: skip
    if arguments:
        found = re.search(r"(?:-t|--table)[ =]*(\w+)", arguments)
        name = found[1] if found else "filter"
        if name in fitting:
            return name, ""
    targets = {
        row.target for chain in table.chains for row in chain.rows if isinstance(row, ListedRow)
    }
    by_target = {_OF_TARGET[target] for target in targets if target in _OF_TARGET}
    if len(by_target) == 1 and by_target <= set(fitting):
        name = by_target.pop()
        return name, f"taken for the table {name}, because of its targets"
    program = table_of_chains({chain.name for chain in table.chains} | targets)
    if program in fitting:
        return program, f"taken for the table {program}, because of its chains"
    for name, needs, never in (
        ("mangle", {"PREROUTING", "FORWARD"}, set()),
        ("filter", {"FORWARD"}, {"PREROUTING", "POSTROUTING"}),
        ("nat", {"POSTROUTING"}, {"FORWARD"}),
        ("raw", {"PREROUTING", "OUTPUT"}, {"INPUT", "FORWARD", "POSTROUTING"}),
        ("filter", {"INPUT"}, {"PREROUTING", "POSTROUTING"}),
        ("filter", {"OUTPUT"}, {"PREROUTING", "POSTROUTING"}),
    ):
        if needs <= built_in and not never & built_in and name in fitting:
            return name, f"taken for the table {name}, because of its chains"
    likely = tuple(name for name in ("filter", "nat", "mangle", "raw") if name in fitting)
    number = "" if "table" not in desk.tables_asked else str(len(desk.tables_asked) + 1)
    desk.tables_asked.append("table")
    said = f"Of which table are the chains listed in lines {block.first} to {block.last}?"
    answer = desk.ask(f"table{number}", said, likely)
    return (answer, "") if answer in fitting else ("", "")


@dataclass(slots=True)
class _TableReading:
    """One table's chains on their way to the sheet."""

    family: int
    table: str
    desk: Desk
    block: Block
    blind: list[str] = field(default_factory=list)  # rules that may be for one interface only
    bare: list[str] = field(default_factory=list)  # of these, what has no other condition
    unseen: dict[str, list[str]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    columns: dict[tuple[str, int], str] = field(default_factory=dict)
    doubtful: bool = False  # not every row was loaded as it is written now
    known: dict[tuple[ListedRow, str], ReadRow] = field(default_factory=dict)
    loopback: str = ""  # the rule that is most likely the usual one of lo

    def read(self, listed: ListedTable, backend: str) -> list[str]:
        there = {hook.value for hook in TABLE_HOOKS[self.table]} & {
            chain.name for chain in listed.chains
        }
        whole = len(there) >= len(TABLE_HOOKS[self.table]) - (self.table == "nat")
        told = Chains(self.family, self.table, backend, whole)
        names = Names(DEBIAN_USERS, DEBIAN_GROUPS, None, self.desk.sheet.hostnames)
        missing = self._not_listed(listed)
        for name in missing:
            told.chain(name, "-")
            told.add(name, "-j RETURN", (f"the rules of {name}",))
        answers = _devices(self.desk.answers.get("interfaces"))
        for chain in listed.chains:
            told.chain(chain.name, chain.policy)
            for number, row in enumerate(chain.rows, 1):
                place = RowPlace(self.family, self.table, chain.name, names)
                self._rule(told, row, place, number, answers)
        if self.doubtful:
            self._prove(told, names)
        notes = [*self._notes(answers), *_not_shown(listed, self.table, missing)]
        if self._is_told_better(told):
            return [f"{self.table}: told better above, where interfaces are shown"]
        note = self.desk.sheet.chains(told)
        return [*notes, *([note] if note else [])]

    def _rule(
        self,
        told: Chains,
        row: ListedRow | str,
        place: RowPlace,
        number: int,
        answers: Mapping[tuple[str, int], str] | None,
    ) -> None:
        where = f"{place.chain} {number}"
        if isinstance(row, str):
            self.unread.append(where)
            told.add(place.chain, "", (f"`{_short(row)}`",))
            return
        found = self._read(row, place, number)
        self.doubtful = self.doubtful or bool(
            found.unread or found.readings or found.hostnames or answers
        )
        text, untold = found.text, list(found.untold)
        text, untold = self._names_asked(found, row, place, number, text, untold)
        if found.unread:
            self.unread.append(where)
            untold = [f"`{_short(found.unread)}`", *untold]
        if found.readings:
            answer = self.desk.ask(
                where, f"Rule {number} of {place.chain} can be read in several ways. Which is it?",
                found.readings[:4],
            )  # fmt: skip
            if answer in found.readings:
                text = answer
            else:
                untold = ["which of its readings it is", *untold]
        if answers is not None:
            untold = [flag for flag in untold if flag not in ("-i", "-o")]
            text = f"{answers.get((place.chain, number), '')} {text}".strip()
        for part in (*found.notes, *(one for one in untold if one.startswith("!"))):
            self.unseen.setdefault(part, []).append(where)
        if {"-i", "-o"} & set(untold):
            self.blind.append(where)
            if row.target in _QUIET:
                untold = [flag for flag in untold if flag not in ("-i", "-o")]
            else:
                self.bare += [where] * (_is_bare(row) and " -m " not in f" {text}")
                self.loopback = self.loopback or (
                    where if self.bare and place.chain == "INPUT" and row.target == "ACCEPT" else ""
                )
        self.columns[place.chain, len(told.rules.get(place.chain, ()))] = found.columns
        told.add(place.chain, text, tuple(untold))

    def _read(self, row: ListedRow, place: RowPlace, number: int) -> ReadRow:
        """The rule of a row. Long lists differ by an address or a port: what is alike is read
        once."""
        is_host = _HOST.fullmatch(row.source) is not None and _ANY_HOST not in row.destination
        port = _LAST_PORT.search(row.rest)
        if " mode " in row.rest or (port and int(port[1]) > 65535) or not (is_host or port):
            return read_row(row, place, number)
        alike = row
        if is_host:
            alike = replace(alike, source=_ANY_HOST)
        if port:
            alike = replace(alike, rest=f"{row.rest[: port.start(1)]}{_ANY_PORT}")
        key = alike, place.chain
        if key not in self.known:
            self.known[key] = read_row(alike, place, number)
        found = self.known[key]
        if found.readings or found.unread or found.hostnames or found.text.count(_ANY_PORT) != (
            1 if port else found.text.count(_ANY_PORT)
        ):  # fmt: skip
            return read_row(row, place, number)
        text, columns = found.text, found.columns
        if is_host:
            text = text.replace(f"-s {_ANY_HOST}/32", f"-s {row.source}/32", 1)
            columns = columns.replace(_ANY_HOST, row.source, 1)
        if port:
            text = text.replace(f"--dport {_ANY_PORT}", f"--dport {int(port[1])}", 1)
        return replace(found, text=text, columns=columns)

    def _prove(self, told: Chains, names: Names) -> None:
        """A rule that the kernel would refuse where it stands keeps only what its columns say.

        It was loaded once, so the listing does not show something that it needs. What lacks
        something by name stays: the error that names it tells all.
        """
        for _ in range(MOST_ROUNDS):
            try:
                load_rules("\n".join(dump_of(told)), names, family=self.family)
                return
            except Refused as refused:
                lines = {error.span.line: error.message for error in refused.errors
                         if not error.lacks}  # fmt: skip
            at = 1 + len(told.rules)
            for name, rules in told.rules.items():
                for place in range(len(rules)):
                    at += 1 + ((name, place) in told.untold)
                    if at in lines:
                        where = f"{name} {place + 1}"
                        if where not in self.unread:
                            self.unread.append(where)
                        rules[place] = self.columns.get((name, place), "")
                        said = f"why it loads: {_short(lines[at])}"
                        known = told.untold.get((name, place), ())
                        if said not in known:
                            told.untold[name, place] = (said, *known)

    def _names_asked(
        self,
        found: ReadRow,
        row: ListedRow,
        place: RowPlace,
        number: int,
        text: str,
        untold: list[str],
    ) -> tuple[str, list[str]]:
        """Host names that the paste does not tell are asked; an answer is remembered."""
        for name in dict.fromkeys(found.hostnames):
            answer = self.desk.ask(name, f"Which address does the name {name} stand for?")
            with suppress(ValueError):
                self.desk.name_address(name, ip_address(answer or ""), self.block.first)
        if found.hostnames and all(name in self.desk.sheet.hostnames for name in found.hostnames):
            again = read_row(row, place, number)
            return again.text, list(again.untold)
        return text, untold

    def _not_listed(self, listed: ListedTable) -> list[str]:
        """Chains that are jumped to, which neither this listing nor one above shows."""
        known = set(STANDARD) | {chain.name for chain in listed.chains}
        table = self.desk.sheet.live.ruleset(self.family).tables.get(self.table)
        known |= set(table.chains) if table is not None else set()
        missing = []
        for chain in listed.chains:
            for row in chain.rows:
                if isinstance(row, ListedRow) and row.target and row.target not in known and (
                    (row.target, self.family) not in TARGETS
                ):  # fmt: skip
                    missing.append(row.target)
        return list(dict.fromkeys(missing))

    def _notes(self, answers: object) -> list[str]:
        notes = []
        if self.blind and answers is None:
            said = f"{_named(self.bare or self.blind)}"
            notes.append(
                "a listing without -v has no interfaces: each rule may be for one only, first of "
                f"all {said}; `sudo iptables -S` prints them"
            )
            self.desk.ask(
                "interfaces",
                f"The listing has no interfaces. Which rules are for one interface, as {said}? "
                "Write them as in `INPUT 3 -i lo, FORWARD 1 -o eth0`; `none`: no rule is",
                ("none", *([f"{self.loopback} -i lo"] if self.loopback else [])), optional=True,
            )  # fmt: skip
        for part, where in self.unseen.items():
            notes.append(f"{part} is in no listing: {_named(where)}")
        if self.unread:
            notes.append(f"not read: {_named(self.unread)}")
        return notes

    def _is_told_better(self, told: Chains) -> bool:
        """Has the paste shown these chains already, with their interfaces?"""
        if not told.untold:
            return False
        table = self.desk.sheet.live.ruleset(self.family).tables.get(self.table)
        if table is None:
            return False
        for name, rules in told.rules.items():
            chain = table.chains.get(name)
            if chain is None or len(chain.rules) != len(rules):
                return False
            for one, rule in zip(chain.rules, rules, strict=True):
                if one.untold or _blind(one.text.split(" ", 2)[2:]) != rule:
                    return False
        return True


def _blind(rest: list[str]) -> str:
    """A rule without its interfaces."""
    return re.sub(r"(?:! )?-[io] \S+ ?", "", rest[0]).strip() if rest else ""


def _is_bare(row: ListedRow) -> bool:
    return row.protocol in ("all", "any", "0") and {row.source, row.destination} <= {
        "anywhere", "0.0.0.0/0", "::/0"
    }  # fmt: skip


def _devices(answer: str | None) -> dict[tuple[str, int], str] | None:
    """The answer to which rules have interfaces: ``none``, or ``INPUT 3 -i lo, …``."""
    if answer is None:
        return None
    return {
        (found["chain"], int(found["number"])): found["words"].strip()
        for part in re.split(r"[,;]", answer)
        if (found := _ANSWERED.fullmatch(part.strip()))
    }


def _named(where: Sequence[str]) -> str:
    shown = [f"rule {name.split()[1]} of {name.split()[0]}" for name in where[:MOST_NAMED]]
    more = f" and {len(where) - MOST_NAMED} more" if len(where) > MOST_NAMED else ""
    return ", ".join(shown) + more


def _short(text: str) -> str:
    text = " ".join(text.split()).replace(", ", ",")
    return text if len(text) <= 80 else f"{text[:77]}…"


def _not_shown(listed: ListedTable, table: str, missing: list[str]) -> list[str]:
    notes = []
    there = {chain.name for chain in listed.chains}
    hidden = [hook.value for hook in TABLE_HOOKS[table] if hook.value not in there]
    if hidden and table == "filter":
        notes.append(f"{' and '.join(hidden)} not shown: taken as empty, with policy ACCEPT, "
                     "where nothing else says it")  # fmt: skip
    if missing:
        notes.append(f"chains that are not listed: {', '.join(missing[:MOST_NAMED])}")
    return notes
