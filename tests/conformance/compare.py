"""Our answer beside the real tools': accepted or refused, and what is printed back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sim.base.errors import Refused
from sim.extensions.extension import Names
from sim.read.names import names_of
from sim.read.rules.ruleset import load_rules
from sim.tell.save import save
from tests.conformance.oracle import Answer, Case, Oracle, without_comments

# Date-like state that a fresh load cannot give twice.
_COUNTERS = re.compile(r"\[\d+:\d+\]")


@dataclass(frozen=True)
class Ours:
    saved: str | None  # None: refused
    errors: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()  # where those errors are


def ours(case: Case, names: Names | None = None) -> Ours:
    """What we say to the same text, after the iptables commands of its setup."""
    before = [f"{line}\n" for line in case.setup.splitlines() if line.startswith("iptables ")]
    try:
        rules = load_rules("".join(before) + case.text, names or names_of(), family=case.family)
    except Refused as refused:
        lines = tuple(sorted({error.span.line - len(before) for error in refused.errors}))
        return Ours(None, tuple(str(error) for error in refused.errors), lines)
    return Ours(save(rules.of(case.family)))


def difference(case: Case, answer: Answer, names: Names | None = None) -> str | None:
    """How we differ, in words; ``None``: not at all."""
    mine = ours(case, names)
    if answer.code and mine.saved is None:
        if case.kind == "commands" and mine.lines != answer.failed:
            return f"the tool refuses lines {answer.failed}, we {mine.lines}: {mine.errors}"
        return None
    if answer.code:
        return f"refused by the tool, accepted by us: {answer.message.strip()}"
    if mine.saved is None:
        return f"accepted by the tool, refused by us: {'; '.join(mine.errors[:3])}"
    theirs = _COUNTERS.sub("[0:0]", without_comments(answer.saved))
    if theirs == mine.saved:
        return None
    for their_line, our_line in _pairs(theirs, mine.saved):
        if their_line != our_line:
            return f"printed back otherwise:\n    tool: {their_line}\n    we:   {our_line}"
    return "printed back otherwise"


def _pairs(first: str, second: str) -> Iterator[tuple[str, str]]:
    one, two = first.splitlines(), second.splitlines()
    for number in range(max(len(one), len(two))):
        yield (
            one[number] if number < len(one) else "(nothing)",
            two[number] if number < len(two) else "(nothing)",
        )


def differences(
    oracle: Oracle, cases: Iterable[Case], names: Names | None = None
) -> Iterator[tuple[Case, Answer, str]]:
    """Every case in which we differ from the tool."""
    listed = list(cases)
    for case, answer in zip(listed, oracle.answers(listed), strict=True):
        found = difference(case, answer, names)
        if found is not None:
            yield case, answer, found
