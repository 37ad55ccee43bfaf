"""Rules that a terminal or a mail broke over several lines, put together again.

What was broken is told by loading it: a rule that loads with the line below it and not without,
or one that the line below gives another option. Padding that a terminal leaves where it wrapped
is cut out by its columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sim.extensions.targets import TARGETS
from sim.model.rules import STANDARD, TABLE_HOOKS
from sim.read.paste.alone import is_abbreviated, printed_alone
from sim.read.paste.prompts import is_command, named_prompt

_RULE = re.compile(
    r"(?P<before>\s*(?:\[\d+:\d+\]\s+)?|.{0,60}?\b(?P<tool>ip6?tables)\s+(?:-t\s*(?P<table>\w+)\s+)?)"
    r"(?P<rule>-[AI]\s+(?P<chain>[^\s-]\S*)(?=\s|$).*)"
)
_BEGINS = re.compile(
    r"\s*(?:$|#|\*\w+\s*$|:\S+ \S+|COMMIT\s*$|-[A-Z]\s|\[\d+:\d+\]|```|~~~|Chain\s|\d+: |Table:)"
)
_OPTION = re.compile(r"\s*(?:! )?--?[a-z]")
_FRAGMENT = re.compile(r"(?=\S*[\d.,:/-])[\w.,:/-]+$")
_SHELL = re.compile(r"[$`\\|<>&;]")
_DECLARED = re.compile(r"(?:^|\s)(?::|-N\s+|Chain\s)([^\s-]\S*)")
_GAP = re.compile(r"(?<=\S) {30,}(?=\S)")
_PADDED = re.compile(r"\s*(?:\[\d+:\d+\]\s+)?-[AI]\s|.*\s--\s")
USUAL = 80  # columns of a terminal
MOST_PARTS = 4  # lines that one rule may have become
MOST_TRIED = 300  # of a paste: each costs a load


def unwrapped(lines: Sequence[str]) -> tuple[list[str], list[tuple[int, str]]]:
    """The lines, each rule on its first one, and what is to be said of which line.

    A rule's other lines are then empty: each line keeps its number.
    """
    made, told = _without_padding(lines)
    tried = 0
    chains: frozenset[str] | None = None
    for at, line in enumerate(made[:-1]):
        below = made[at + 1]
        if not below.strip() or len(line) > 4000:
            continue
        found = _RULE.match(line)
        if found is None or _begins(below) or line.rstrip().endswith("\\"):
            continue
        if found["tool"] and _SHELL.search(line):
            continue
        tried += 1
        if tried > MOST_TRIED:
            break
        if chains is None:
            chains = frozenset(name for one in made for name in _DECLARED.findall(one))
        parts = [found["rule"]]
        for part in made[at + 1 : at + MOST_PARTS]:
            if _begins(part):
                break
            parts.append(part)
        whole, count = _joined(parts, found, chains)
        if count > 1:
            made[at] = line[: found.start("rule")] + whole
            made[at + 1 : at + count] = [""] * (count - 1)
            told.append((at + 1, f"lines {at + 1} to {at + count} are one rule"))
    return made, told


def _begins(line: str) -> bool:
    """Is this surely no rest of a rule?"""
    return bool(_BEGINS.match(line)) or named_prompt(line) is not None or is_command(line.strip())


def _joined(
    parts: list[str], found: re.Match[str], chains: frozenset[str]
) -> tuple[str, int]:  # fmt: skip
    """The rule, and of how many parts it is made."""
    table, chain = found["table"] or "", found["chain"]
    rule, best = parts[0], 1
    is_whole = _ends_well(rule, table, chain, chains)
    texts = [rule]
    for count, part in enumerate(parts[1:], 2):
        if is_whole and not (_OPTION.match(part) or _FRAGMENT.match(part.strip())):
            break
        texts = [
            f"{text.rstrip() if blank else text}{blank}{part.strip() if blank else part.rstrip()}"
            for text in texts
            for blank in ((" ", "") if _OPTION.match(part) else ("", " "))
        ]
        whole = next((text for text in texts if _ends_well(text, table, chain, chains)), None)
        if whole is not None:
            rule, best, is_whole, texts = whole, count, True, [whole]
    return rule, best


def _ends_well(rule: str, table: str, chain: str, chains: frozenset[str]) -> bool:
    """Does the rule load, with a target that is known?"""
    jump = re.search(r"\s-[jg]\s+(\S+)", rule)
    if jump is None:
        return False
    return rule.count('"') % 2 == 0 and _loads(rule, table, chain, jump[1], jump[1] in chains)


@lru_cache(maxsize=1000)
def _loads(rule: str, table: str, chain: str, target: str, is_chain: bool) -> bool:
    made = (chain, target) if is_chain else (chain,)
    for name in (table,) if table in TABLE_HOOKS else ("filter", "nat", "mangle", "raw"):
        for family in (4, 6):
            if not is_chain and target not in STANDARD and (target, family) not in TARGETS:
                continue
            printed = printed_alone(rule, name, family, made)
            if printed is not None:
                return not is_abbreviated(rule, printed)
    return False


def _ends_words(lines: Sequence[str], gaps: list[tuple[int, int, int]], width: int) -> bool:
    """Is it a column of a listing that is this wide, and no place where lines were broken?

    No word goes on behind the gap, and rows that have nothing there end at the same column.
    """
    return all(
        lines[at][start - 1] in "0123456789" and lines[at][:start].count("  ") > 3
        and _HEADS.match(lines[at][:start]) is not None
        and re.match(r"(?:udp|tcp|icmp\w*|ctstate|state|multiport|policy|limit:|mark|/\*|match-set"
                     r"|ADDRTYPE|LOG|to:|reject-with|[A-Z]\w* )", lines[at][end:])
        for at, start, end in gaps
    )  # fmt: skip


# A row as far as its destination.
_HEADS = re.compile(
    r"\s*(?:\d+\s+)?(?:\d+[KMGT]?\s+\d+[KMGT]?\s+)?\S+\s+\S+\s+(?:--|-f|!f)\s+(?:\S+\s+\S+\s+)?"
    r"!?(?:\d+\.){3}\d+(?:/\d+)?\s+!?(?:\d+\.){3}\d+(?:/\d+)?$"
)


def _without_padding(lines: Sequence[str]) -> tuple[list[str], list[tuple[int, str]]]:
    """Lines whose wrapped parts stand behind blanks up to the terminal's later width."""
    gaps = [
        (at, gap.start(), gap.end())
        for at, line in enumerate(lines)
        if len(line) > USUAL and " " * 30 in line and _PADDED.match(line)
        for gap in _GAP.finditer(line)
    ][:MOST_TRIED]  # fmt: skip
    made = list(lines)
    if not gaps:
        return made, []
    width, period = max(gap[1] for gap in gaps), min(gap[2] for gap in gaps)
    is_sure = len(gaps) > 1 or width == USUAL
    if not is_sure or period - width < 20 or _ends_words(made, gaps, width):
        return made, []
    for at in {gap[0] for gap in gaps}:
        line = made[at]
        pads = [line[start + width : start + period] for start in range(0, len(line), period)]
        if not any(pad.strip() for pad in pads):
            made[at] = "".join(line[start : start + width] for start in range(0, len(line), period))
    first = min(gap[0] for gap in gaps) + 1
    said = f"lines are broken after {width} columns and filled up with blanks: put together"
    return made, [(first, said)]
