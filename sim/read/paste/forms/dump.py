"""What iptables-save prints, whole or in part, and files in that form (rules.v4, ufw's).

A dump begins with its tool's line or ``*table`` and ends with COMMIT; where COMMIT is missing (the
listing was cut off) the rules that are there are read, and the receipt says so.
"""

from __future__ import annotations

import re

from sim.base.backends import backend_of
from sim.base.errors import SourceError
from sim.model.rules import ARP, BRIDGE, TABLE_HOOKS
from sim.read.frames.dialect import block_tool, header_tool
from sim.read.lines import Line
from sim.read.paste.desk import Desk
from sim.read.paste.form import Form
from sim.read.paste.model import Became, Block
from sim.read.paste.partial import mended
from sim.read.paste.place import PastePlace
from sim.read.rules.family import Dumps, header_family, told_family

_HEADER = re.compile(r"# (?:Generated|Completed) (?:by|on)\b")
_WARNING = re.compile(r"# Warning: (?P<tool>ip6?tables)-legacy tables present")
_TABLE = re.compile(r"\*(?P<name>filter|nat|mangle|raw|security|broute)\s*$")
_PART = re.compile(r"\s*(:|-[A-Z] |--?[a-z]|\[\d+:\d+\]|#|COMMIT\s*$|$)")
_COMMENT = re.compile(r"\s*#|\s*$")
FAMILIES = {"iptables": 4, "ip6tables": 6, "ebtables": BRIDGE, "arptables": ARP}


class PastedDump(Form):
    """Whole tables; the comments between them are the dump's."""

    name = "iptables-save"
    is_listing = True

    def takes(self, place: PastePlace) -> int:
        line = place.line
        if _WARNING.match(line):
            return 1
        if not (_HEADER.match(line) or _TABLE.match(line)):
            return 1 if line.strip() == "COMMIT" else 0
        last, inside = 0, False
        for number, text in enumerate(place.rest(), 1):
            if _TABLE.match(text):
                inside, last = True, number
            elif text.strip() == "COMMIT":
                inside, last = False, number
            elif inside and _PART.match(text):
                last = number if text.strip() else last
            elif _HEADER.match(text):
                last = number
            elif not _COMMENT.match(text) or (inside and not _PART.match(text)):
                break
        return last

    def read(self, block: Block, desk: Desk) -> Became:
        if _WARNING.match(block.lines[0]):
            return _warned(block, desk)
        notes: list[str] = []
        head, tables = "", 0
        at, lines = 0, [line.rstrip("\r") for line in block.lines]
        under: set[str] = set()  # tables under the header at hand
        beside = Dumps(lines, 0)
        while at < len(lines):
            if _HEADER.match(lines[at]):
                head = lines[at] if lines[at].startswith("# Generated") else ""
                under.clear()
                at += 1
            elif _TABLE.match(lines[at]):
                end = _end(lines, at)
                if head and _is_of_another(head, lines[at:end], under):
                    head = ""
                under.add(lines[at].split()[0])
                likely = beside.family(at + 1) if beside.telling else 0
                notes += self._table(block, desk, head, lines[at:end], likely)
                tables += 1
                at = end
            else:
                at += 1
        if not tables:
            return Became("", "a header or end without a table")
        return Became("rules", "; ".join(dict.fromkeys(notes)))

    def _table(
        self, block: Block, desk: Desk, head: str, lines: list[str], likely: int
    ) -> list[str]:
        """``likely``: the family by the content of this table and of those beside it; 0: nothing
        tells it."""
        notes: list[str] = []
        is_cut = lines[-1].strip() != "COMMIT"
        family, head, note = _family(block, desk, head, lines, likely)
        if note and not family:
            return [note]
        notes += [note] if note else []
        if lines[-1] != "COMMIT":
            if lines[-1].strip() == "COMMIT":
                lines = [*lines[:-1], "COMMIT"]
            elif family in (4, 6):
                lines = [*lines, "COMMIT"]
                notes.append(
                    f"COMMIT of {lines[0]} is missing: the listing may have been cut off, and "
                    "rules behind its last line are not told"
                )
        lines = [line.rstrip() if line.startswith("*") else line for line in lines]
        told = {line[1:].split(" ")[0] for line in lines if line.startswith(":")}
        built_in = [hook.value for hook in TABLE_HOOKS.get(lines[0][1:], ())]
        missing = [name for name in built_in if name not in told]
        if told & set(built_in) and missing and family in (4, 6) and lines[0] == "*filter":
            notes.append(f"{' and '.join(missing)} not shown: taken as empty, with policy ACCEPT")
        backend = _backend(block, head)
        again = desk.sheet.told_again(family, backend, lines[0][1:])
        notes += [again] if again else []
        lines, said = mended(lines, family) if notes and is_cut else (lines, [])
        notes += said
        desk.sheet.dump(family, backend, lines, head)
        desk.backend = backend
        return notes


def _is_of_another(head: str, table: list[str], under: set[str]) -> bool:
    """A dump that was pasted behind one whose last line is missing: no tool prints a table twice,
    nor one of the other family."""
    told = told_family(table)
    return table[0].split()[0] in under or told not in (0, header_family(head) or told)


def _end(lines: list[str], at: int) -> int:
    for number in range(at + 1, len(lines)):
        if lines[number].strip() == "COMMIT":
            return number + 1
        if _TABLE.match(lines[number]) or _HEADER.match(lines[number]):
            return number
    return len(lines)


def _backend(block: Block, head: str) -> str:
    """Whose tables these are, as the tool's line or the command above says."""
    if "(nf_tables)" in head:
        return "nft"
    said = block.said.text if block.said is not None else ""
    for text in (head, said):
        found = re.search(r"ip6?tables-(legacy|nft)\b", text)
        if found:
            return found[1]
    return backend_of(head) if "v1." in head and "(legacy)" in head else ""


def _family(
    block: Block, desk: Desk, head: str, lines: list[str], likely: int
) -> tuple[int, str, str]:
    """The family, the tool's line to put above, and what is to be said of it (or nothing).

    0: it cannot be told.
    """
    said = _said_tool(block)
    if head:
        tool = header_tool(head) or "iptables"
        family = FAMILIES[tool] if tool not in ("iptables",) else header_family(head) or 4
        return family, head, ""
    if said:
        return FAMILIES[said], f"# Generated by {said}-save", ""
    try:
        tool = block_tool(Line(block.first, lines[0]), lines[1:], "")
    except SourceError:
        answer = desk.ask(
            "tool", f"Which tool printed the table in line {block.first}?", ("iptables", "ebtables")
        )
        if answer not in FAMILIES:
            return 0, "", "which tool printed this table is not known yet"
        tool = answer
    if tool != "iptables":
        return FAMILIES[tool], f"# Generated by {tool}-save", ""
    note = ""
    if not likely:
        answer = desk.answers.get("family", "")
        likely = 6 if "6" in answer else 4
        if not answer and any(map(_says, lines)):
            desk.ask("family", "Which tool printed the tables?", ("iptables", "ip6tables"),
                     optional=True)  # fmt: skip
            note = "read as IPv4, because nothing in it tells the family"
    return likely, f"# Generated by {'ip6tables' if likely == 6 else 'iptables'}-save", note


def _says(line: str) -> bool:
    """Does this line make a table another than an empty one?"""
    return line.startswith("-A") or (line.startswith(":") and " DROP" in line)


def _said_tool(block: Block) -> str:
    said = block.said.text if block.said is not None else ""
    found = re.search(r"\b(ip6?tables|ebtables|arptables)(?:-\w+)*-save\b", said)
    if found:
        return found[1]
    if re.search(r"rules\.v6\b|before6|after6|user6|ip6tables", said):
        return "ip6tables"
    return "iptables" if re.search(r"rules\.v4\b|before\.rules|user\.rules", said) else ""


def _warned(block: Block, desk: Desk) -> Became:
    found = _WARNING.match(block.lines[0])
    tool = found["tool"] if found else "iptables"
    desk.warned[tool] = block.first
    return Became("", f"{tool}-legacy has tables beside these, and the kernel asks both")
