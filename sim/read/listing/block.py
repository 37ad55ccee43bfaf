"""A listing as lines: which chains it shows, and of each the rows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field

from sim.base.frozen import dataclass
from sim.model.rules import TABLE_HOOKS
from sim.read.listing.row import ColumnHeads, ListedRow, is_heads, split
from sim.read.listing.rule import joined_row

CHAIN = re.compile(
    r"\s*Chain (?P<name>\S+) \((?:policy (?P<policy>ACCEPT|DROP|QUEUE|-)(?:\s[^)]*)?"
    r"|(?P<references>\d+) references?)\)"
)
TABLE = re.compile(r"Table: (?P<name>\w+)\s*$")
BUILT_IN = {hook.value for hooks in TABLE_HOOKS.values() for hook in hooks}
LONG = 60  # a line so long may have been wrapped


@dataclass(slots=True)
class ListedChain:
    """One chain. ``policy`` is ``-`` of a user chain and empty where it is not told.

    Rows that cannot be cut at their columns are kept as text.
    """

    name: str
    policy: str
    rows: list[ListedRow | str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)  # of the rows, counted in the block


@dataclass(slots=True)
class ListedTable:
    """Chains that were listed together. ``name`` is empty where nothing says it."""

    name: str = ""
    chains: list[ListedChain] = field(default_factory=list)

    def has(self, name: str) -> bool:
        return any(chain.name == name for chain in self.chains)


def is_surely_row(line: str) -> bool:
    """Could this be nothing but a row of a listing?"""
    words = line.split()
    if not len(words) >= 4 or not {"--", "-f", "!f"} & set(words[:6]):
        return False
    return split(line, ColumnHeads()) is not None


def is_part(line: str) -> bool:
    return bool(CHAIN.match(line) or TABLE.match(line)) or is_heads(line) or is_surely_row(line)


def tables_of(lines: Iterable[str], chain: str) -> list[ListedTable]:
    """The tables of a listing; ``chain``: whose the rows are before any chain is named.

    A chain that comes again begins another table, as does one that the table cannot have.
    """
    tables = [ListedTable()]
    heads, before = ColumnHeads(), ""
    for number, line in enumerate(lines):
        found, table = CHAIN.match(line), TABLE.match(line)
        if table is not None:
            tables.append(ListedTable(table["name"]))
        elif found is not None:
            if _begins(tables[-1], found["name"]):
                tables.append(ListedTable())
            policy = found["policy"] or "-"
            tables[-1].chains.append(ListedChain(found["name"], policy.replace("QUEUE", "DROP")))
        elif is_heads(line):
            heads = ColumnHeads.of(line)
        elif line.strip():
            if not tables[-1].chains:
                tables[-1].chains.append(ListedChain(chain, ""))
            line = _add(tables[-1].chains[-1], line, number, heads, before)
        before = line
    return [table for table in tables if table.chains]


def _begins(table: ListedTable, name: str) -> bool:
    """Does this chain stand in another table than those before it?"""
    if table.has(name):
        return True
    if name not in BUILT_IN:
        return False
    there = {chain.name for chain in table.chains} & BUILT_IN | {name}
    if name == "OUTPUT" and "POSTROUTING" in there and "FORWARD" not in there:
        return False  # iptables 1.8.4 (nf_tables) lists nat so
    return not any(there <= {hook.value for hook in hooks} for hooks in TABLE_HOOKS.values()) or (
        bool(there - {name}) and _order(name) < max(map(_order, there - {name}))
    )


def _order(name: str) -> int:
    """Built-in chains are listed in the order of the hooks."""
    return ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING").index(name)


def _add(chain: ListedChain, line: str, number: int, heads: ColumnHeads, before: str) -> str:
    """Add a row, or the rest of the one before; the row's text as far as it goes now."""
    row = split(line, heads) or split(line, ColumnHeads())
    if row is None and chain.rows and len(before) >= LONG:
        last = chain.rows[-1]
        joined = joined_row(before, line) or f"{before.rstrip()} {line.strip()}"
        whole = split(joined, heads) or split(joined, ColumnHeads())
        if whole is not None or isinstance(last, str):
            chain.rows[-1] = whole if whole is not None else joined
            return joined
    chain.rows.append(row if row is not None else line.strip())
    chain.lines.append(number)
    return line


def family_of(tables: Iterable[ListedTable]) -> int:
    """4 or 6 as addresses and protocols tell; 0: nothing tells it."""
    for table in tables:
        for chain in table.chains:
            for row in chain.rows:
                found = _family_of(row) if isinstance(row, ListedRow) else 0
                if found:
                    return found
    return 0


def _family_of(row: ListedRow) -> int:
    for value in (row.source, row.destination):
        value = value.removeprefix("!")
        if value.count(":") >= 2:
            return 6
        if re.match(r"\d{1,3}(\.\d{1,3}){3}", value):
            return 4
    protocol = row.protocol.removeprefix("!")
    if protocol in ("ipv6-icmp", "icmpv6", "58") or "icmp6-" in row.rest:
        return 6
    return 4 if protocol in ("icmp", "1") or row.opt != "--" else 0
