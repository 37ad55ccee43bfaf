"""Rules without a tool in front: what ``iptables -S`` prints, or ``iptables-save | grep``.

The table is told by the command above, else by the chains and targets, else asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sim.model.rules import TABLE_HOOKS
from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.partial import without_gaps
from sim.read.paste.place import PastePlace
from sim.read.paste.programs import table_of_chains
from sim.read.paste.sheet import Chains
from sim.read.paste.shell.unknown import unknowns
from sim.read.rules.family import block_family

_LINE = re.compile(
    r"\s*(?:\[\d+:\d+\]\s+)?(?:"
    r"-P [A-Z]+ (?:ACCEPT|DROP)\b|-(?:N|A|I|D|E) [^\s-]\S*(?:\s|$)"
    r"|:\S+ (?:ACCEPT|DROP|-)(?: \[\d+:\d+\])?\s*$)"
)
_LINE_OR_BLANK = re.compile(rf"{_LINE.pattern}|\s*$")
_COUNTERS = re.compile(r"^\s*\[\d+:\d+\]\s+|\s-c \d+ \d+(?=\s|$)")
_LISTING = re.compile(r"(ip6?tables)(?:-(legacy|nft))?\s.*?-\w*S|--list-rules")
_OF_TARGET = {
    "DNAT": "nat", "SNAT": "nat", "MASQUERADE": "nat", "REDIRECT": "nat", "NETMAP": "nat",
    "TPROXY": "mangle", "TTL": "mangle", "HL": "mangle", "DSCP": "mangle", "TOS": "mangle",
    "CLASSIFY": "mangle", "NOTRACK": "raw", "REJECT": "filter", "SECMARK": "security",
}  # fmt: skip


class RuleLines(Form):
    """A run of ``-P``, ``-N`` and ``-A`` lines."""

    name = "rules without a table"
    is_listing = True

    def takes(self, place: PastePlace) -> int:
        return place.stretch(_LINE_OR_BLANK.match) if _LINE.match(place.line) else 0

    def read(self, block: Block, desk: Desk) -> Became:
        lines = [line.strip() for line in block.lines if line.strip()]
        plain = [re.sub(r"\s+", " ", _COUNTERS.sub("", line)) if "-c " in line
                 else _COUNTERS.sub("", line) for line in lines]  # fmt: skip
        family, backend = _tool(block, plain)
        table, how = _table(block, desk, plain)
        if not table:
            return Became("", "left aside until the table is known")
        if unknowns(" ".join(plain)):
            return Became("", "left aside until its questions are answered")
        if block.said is not None and desk.listed_by == (block.said.line, table, family) and all(
            line.startswith("-A") for line in plain
        ):  # fmt: skip
            # The rest of what the command printed: what stood between was not understood.
            tool = "ip6tables" if family == 6 else "iptables"
            for line in plain:
                desk.sheet.typed(f"{tool} -t {table} {line}")
            return Became("rules", how)
        if block.said is not None:
            desk.listed_by = (block.said.line, table, family)
        if not _is_listing(block, plain):
            tool = "ip6tables" if family == 6 else "iptables"
            if any(line.startswith(("-D", "-E", "-I")) for line in plain):
                for line in plain:
                    desk.sheet.typed(f"{tool} -t {table} {_as_command(line)}")
                return Became("rules", how)
        told = _chains(plain, family, table, backend or desk.backend, whole=_is_whole(block, plain))
        known = desk.sheet.live.ruleset(family).tables.get(table)
        gaps = without_gaps(told, plain[-1], frozenset(known.chains if known else ()))
        note = desk.sheet.chains(told)
        notes = [one for one in (how, *gaps, note, _not_shown(block, plain, table)) if one]
        return Became("rules", "; ".join(notes))


def _as_command(line: str) -> str:
    if not line.startswith(":"):
        return line
    name, policy = line[1:].split(" ")[:2]
    return f"-N {name}" if policy == "-" else f"-P {name} {policy}"


def _is_listing(block: Block, lines: Iterable[str]) -> bool:
    return block.said is not None and bool(_LISTING.search(block.said.text))


def _is_whole(block: Block, lines: list[str]) -> bool:
    """Is it the whole table, or a part? ``-S CHAIN`` and a grep tell a part."""
    said = block.said.text if block.said is not None else ""
    if "|" in said or re.search(r"-\w*S\s+[A-Za-z]", said):
        return False
    return sum(line.startswith("-P ") for line in lines) >= 2


def _tool(block: Block, lines: list[str]) -> tuple[int, str]:
    said = block.said.text if block.said is not None else ""
    found = re.search(r"\b(ip6?)tables(?:-(legacy|nft))?\b", said)
    if found:
        return 6 if found[1] == "ip6" else 4, found[2] or ""
    return block_family(lines), ""


def _table(block: Block, desk: Desk, lines: list[str]) -> tuple[str, str]:
    """The table, and how it is known where no command says it."""
    said = block.said.text if block.said is not None else ""
    if re.search(r"\bip6?tables\b", said) and "-save" not in said:
        found = re.search(r"(?:-t|--table)[ =]?(\w+)", said)
        return (found[1] if found and found[1] in TABLE_HOOKS else "filter"), ""
    found = re.search(r"-save\b.*?(?:-t|--table)[ =]?(\w+)", said)
    if found and found[1] in TABLE_HOOKS:
        return found[1], ""
    chains = {_chain(line) for line in lines}
    targets = set(re.findall(r"(?<= -j )\S+", " \n".join(lines)))
    by_target = {_OF_TARGET[name] for name in targets if name in _OF_TARGET}
    by_chain = {name for name, hooks in TABLE_HOOKS.items()
                if chains & _BUILT_IN <= {hook.value for hook in hooks}}  # fmt: skip
    wanted = by_target & by_chain if by_target else by_chain
    if len(wanted) == 1:
        table = next(iter(wanted))
        return table, f"taken for the table {table}, because of its chains and targets"
    program = table_of_chains(chains)
    if program and (program in wanted or not wanted):
        return program, f"taken for the table {program}, because of its chains"
    policies = {line.split(" ")[1] for line in lines if line.startswith("-P ")}
    if "FORWARD" in chains and not {"PREROUTING", "POSTROUTING"} & chains:
        return "filter", "taken for the table filter, because of its chains"
    if policies >= {"PREROUTING", "POSTROUTING"} and "FORWARD" not in policies:
        return "nat", "taken for the table nat, because of its chains"
    likely = [name for name in ("filter", "nat", "mangle", "raw") if name in (wanted or by_chain)]
    if (
        chains & {"INPUT", "OUTPUT"}
        and not {"PREROUTING", "POSTROUTING"} & chains
        and (not by_target)
    ):
        return "filter", "taken for the table filter, the one that commands change without -t"
    number = "" if "table" not in desk.tables_asked else str(len(desk.tables_asked) + 1)
    desk.tables_asked.append("table")
    where = f"lines {block.first} to {block.last}" if block.last > block.first else (
        f"line {block.first}")  # fmt: skip
    answer = desk.ask(f"table{number}", f"Of which table are the rules in {where}?", tuple(likely))
    return (answer, "") if answer in TABLE_HOOKS else ("", "")


_BUILT_IN = {hook.value for hooks in TABLE_HOOKS.values() for hook in hooks}


def _chain(line: str) -> str:
    return line[1:].split(" ")[0] if line.startswith(":") else line.split(" ")[1]


def _chains(lines: list[str], family: int, table: str, backend: str, *, whole: bool) -> Chains:
    told = Chains(family, table, backend, whole)
    for line in lines:
        if line.startswith(":"):
            name, policy = line[1:].split(" ")[:2]
            told.chain(name, policy)
            continue
        letter, name, *rest = line.split(" ", 2)
        if letter == "-P":
            told.chain(name, rest[0].split(" ")[0] if rest else "")
        elif letter == "-N":
            told.chain(name, "-")
        else:
            told.add(name, rest[0] if rest else "")
    return told


def _not_shown(block: Block, lines: list[str], table: str) -> str:
    """What of the table filter the listing does not tell."""
    if table != "filter":
        return ""
    policies = {line.split(" ")[1] for line in lines if line.startswith("-P ")}
    told = policies | {_chain(line) for line in lines if line.startswith("-A ")}
    missing = [name for name in ("INPUT", "FORWARD", "OUTPUT") if name not in told]
    unsaid = sorted(told & _BUILT_IN - policies)
    notes = []
    if missing:
        notes.append(f"{' and '.join(missing)} not shown")
    if unsaid:
        notes.append(f"the policy of {' and '.join(unsaid)} is not told")
    return ", ".join(notes) + (": taken as ACCEPT where nothing else says it" if notes else "")
