"""The words of a rule, coloured by what held: one pass over the rule's own text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sim.extensions.extension import Clause

STATES = {True: "held", False: "failed", None: "open"}
Piece = tuple[str, str]


def marked(rule: str, clauses: Iterable[Clause]) -> tuple[Piece, ...]:
    """The rule's text as pieces, each with what its clause answered, ``""`` for the rest.

    What names its chain is a piece of its own, ``chain``: where the place stands beside it once is
    enough.

    Clauses come in the order of the text; one that is written in another way than it is compared
    (``--dports`` sorted, a name looked up) leaves its words plain.
    """
    pieces: list[Piece] = []
    chain = re.match(r"-A \S+ ", rule)
    at = chain.end() if chain else 0
    _add(pieces, rule[:at], "chain")
    for clause in clauses:
        words = _written(rule, clause, at)
        if not words:
            continue
        start = rule.index(words, at)
        _add(pieces, rule[at:start], "")
        _add(pieces, words, STATES[clause.held])
        at = start + len(words)
    _add(pieces, rule[at:], "")
    return tuple(pieces)


def _written(rule: str, clause: Clause, at: int) -> str:
    """The clause's words as they stand in the rule, from this place on."""
    wanted = f"{clause.flag} {clause.want}"
    for words in (f"! {wanted}", wanted) if clause.negated else (wanted,):
        start = rule.find(words, at)
        end = start + len(words)
        if start >= 0 and (end == len(rule) or rule[end] == " "):
            return words
    return ""


def _add(pieces: list[Piece], text: str, state: str) -> None:
    """One piece for neighbours of one state, with the blanks between them: rows stay small."""
    if not text:
        return
    if len(pieces) > 1 and pieces[-1] == (" ", "") and pieces[-2][1] == state:
        pieces.pop()
        text = f" {text}"
    if pieces and pieces[-1][1] == state:
        pieces[-1] = (pieces[-1][0] + text, state)
    else:
        pieces.append((text, state))
