"""Parts of dumps: what a whole dump would have told is written above the rules that need it."""

from __future__ import annotations

import re

from sim.extensions.targets import TARGETS
from sim.model.rules import STANDARD, TABLE_HOOKS
from sim.read.paste.alone import is_abbreviated, printed_alone
from sim.read.paste.sheet import Chains
from sim.read.rules.untold import untold_line

_RULE = re.compile(r"(?:\[\d+:\d+\]\s+)?-A (?P<chain>\S+)(?P<rest>.*)")
_JUMP = re.compile(r"(?<=\s-[jg]\s)\S+|(?<=\s--jump\s)\S+|(?<=\s--goto\s)\S+")
_DECLARED = re.compile(r":\S+ (?:ACCEPT|DROP|-)(?: \[\d+:\d+\])?\s*$")


def mended(lines: list[str], family: int) -> tuple[list[str], list[str]]:
    """A table whose dump was cut off, from ``*`` to COMMIT, and what is to be said of it.

    Its last line counts only as far as it goes; chains that it jumps to and does not declare are
    made, with rules that are not told.
    """
    notes: list[str] = []
    made = list(lines)
    if made[-2].startswith(":") and not _DECLARED.match(made[-2]):
        notes.append(f"cut off: {made.pop(-2)}")
    cut = _cut(made[-2], lines[0][1:].strip(), family, is_end=True)
    if cut is not None:
        notes.append(f"cut off: {made[-2][:60]}")
        made[-2:-1] = [untold_line((f"the rest of `{cut[1]}`",)), f"-A {cut[0]}"]
    missing = _missing(made, family)
    if missing:
        at = next(number for number, line in enumerate(made) if not line.startswith(("*", ":")))
        made[at:at] = [
            *(f":{name} - [0:0]" for name in missing),
            *(line for name in missing for line in stub(name)),
        ]
        notes.append(f"chains that are not shown: {', '.join(missing[:8])}")
    return made, notes


def without_gaps(told: Chains, last: str, known: frozenset[str]) -> list[str]:
    """Mend the chains of rule lines likewise.

    The line ``last`` may be cut off; ``known`` chains were told above.
    """
    notes = []
    cut = _cut(last, told.table, told.family, is_end=False)
    if cut is not None:
        # A line that the readers divide elsewhere has its rule under another name.
        name, rules = cut[0], told.rules.get(cut[0], [])
        if rules:
            notes.append(f"cut off: {rules[-1][:60]}")
            rules[-1] = ""
            told.untold[name, len(rules) - 1] = (f"the rest of `{cut[1]}`",)
    lines = [f":{name} -" for name in told.rules]
    lines += [f"-A {name} {rule}" for name, rules in told.rules.items() for rule in rules]
    missing = [
        name for name in _missing([f"*{told.table}", *lines], told.family) if name not in known
    ]
    for name in missing:
        told.chain(name, "-")
        told.add(name, "-j RETURN", (f"the rules of {name}",))
    if missing:
        notes.append(f"chains that are not shown: {', '.join(missing[:8])}")
    return notes


def stub(name: str) -> tuple[str, str]:
    """The lines of a chain whose rules are not told."""
    return untold_line((f"the rules of {name}",)), f"-A {name} -j RETURN"


def _cut(line: str, table: str, family: int, *, is_end: bool) -> tuple[str, str] | None:
    """The chain and the text of a rule that was cut off; ``is_end``: something was, for sure."""
    found = _RULE.match(line)
    if found is None:
        return None
    rest = found["rest"].strip()
    if _JUMP.search(line) and rest.count('"') % 2 == 0 and not is_end:
        return None  # what is wrong with it is the reader's to say
    return None if _is_whole(found["chain"], rest, table, family) else (
        found["chain"], rest.replace(",", " ").replace("`", "'")[:60])  # fmt: skip


def _is_whole(chain: str, rest: str, table: str, family: int) -> bool:
    """Does the rule load, and does it end in a whole word?"""
    if rest.count('"') % 2:
        return False
    jump = _JUMP.search(f" {rest}")
    named = {chain, *([jump[0]] if jump else [])}
    made = [name for name in named if not _is_target(name, family)]
    printed = printed_alone(f"-A {chain} {rest}", table, family, made)
    return printed is not None and not is_abbreviated(rest, printed)


def _is_target(name: str, family: int) -> bool:
    return name in STANDARD or (name, family) in TARGETS


def _missing(lines: list[str], family: int) -> list[str]:
    """Chains that are jumped to and neither declared nor targets."""
    known = {line[1:].split(" ")[0] for line in lines if line.startswith(":")}
    known |= {found["chain"] for line in lines if (found := _RULE.match(line))}
    known |= {hook.value for hook in TABLE_HOOKS.get(lines[0][1:].strip(), ())}
    wanted = [jump[0] for line in lines if _RULE.match(line) and (jump := _JUMP.search(line))]
    return [
        name for name in dict.fromkeys(wanted) if name not in known and not _is_target(name, family)
    ]
