"""One rule of a paste, loaded by itself: what the loader makes of it, and is it a whole one?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sim.base.errors import Refused
from sim.model.rules import TABLE_HOOKS
from sim.read.names import names_of
from sim.read.rules.ruleset import load_rules


def printed_alone(rule: str, table: str, family: int, chains: Iterable[str]) -> str | None:
    """The rule's text once it is loaded; nothing when it does not load.

    ``rule`` begins with ``-A``. ``chains``: what it is in and what it jumps to; those that are
    not built in are made first.
    """
    built_in = {hook.value for hook in TABLE_HOOKS[table]}
    heads = [f":{name} - [0:0]" for name in {*chains} - built_in]
    text = "\n".join([f"*{table}", *heads, rule, "COMMIT", ""])
    try:
        loaded = load_rules(text, names_of(), family=family).of(family)
    except Refused:
        return None
    made = [rule for chain in loaded.tables[table].chains.values() for rule in chain.rules]
    return made[-1].text  # of several when it lists addresses


def is_abbreviated(rule: str, printed: str) -> bool:
    """Does the rule end in the beginning of a word, which iptables takes for the whole one?"""
    last = re.split(r"[\s,]", rule.strip())[-1]
    words = re.split(r"[\s,]", printed)
    return last not in words and any(word.startswith(last) for word in words)
