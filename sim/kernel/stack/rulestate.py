"""What rules remember (limits, quotas, counts) when the ruleset changes under them.

iptables-legacy hands the kernel a whole table anew: each rule of it begins again, as each match's
``checkentry`` makes its memory. iptables-nft changes single rules, and the others go on. What has
a name of its own (a list of recent, a table of hashlimit) lives while some rule names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from sim.model.rules import ARP, BRIDGE, OF_NFT, Chain, Rules, Table

FAMILIES = (4, 6, BRIDGE, ARP)
_NAMED = {"recent": "--name", "hashlimit": "--hashlimit-name"}
_UNNAMED = "DEFAULT"  # the list of a recent without a name
Place = tuple[int, str, str, int]  # family, table, chain, rule
_LONGEST_MATCHED = 2_000  # rules of a chain that are held against the new ones word by word


def carry(state: dict[object, Any], before: Rules, after: Rules, backend: str) -> None:
    """Move what rules remember to their new places, and forget what is gone."""
    moved: dict[Place, Place | None] = {}
    for family in FAMILIES:
        old, new = before.of(family).tables, after.of(family).tables
        for name, table in old.items():
            now = new.get(name)
            if now == table:
                continue
            is_nft = backend == "nft" or name.startswith(OF_NFT)
            moved.update(_moved(family, table, now if is_nft else None))
    kept: dict[object, Any] = {}
    for key, value in state.items():
        place = _place_of(key)
        if place is None or place not in moved:
            kept[key] = value
        elif (there := moved[place]) is not None:
            kept[_replaced(key, there)] = value
    state.clear()
    state.update(kept)
    _forget_names(state, after)


def _moved(family: int, old: Table, new: Table | None) -> Iterator[tuple[Place, Place | None]]:
    for name, chain in old.chains.items():
        now = new.chains.get(name) if new is not None else None
        places = _same_rules(chain, now) if now is not None else {}
        for rule in chain.rules:
            there = places.get(rule.number)
            where = (family, old.name, name)
            yield (*where, rule.number), (*where, there) if there is not None else None


def _same_rules(old: Chain, new: Chain) -> dict[int, int]:
    """The numbers of rules that are still there, and their numbers now."""
    ours, theirs = ([rule.text for rule in chain.rules] for chain in (old, new))
    if max(len(ours), len(theirs)) > _LONGEST_MATCHED:
        head = next(
            (at for at, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]),
            min(len(ours), len(theirs)),
        )
        shift = len(theirs) - len(ours)
        numbers = range(len(ours))
        found = {at: at for at in numbers if at < head}
        tail = {at: at + shift for at in numbers if at >= head and at + shift >= head}
        found.update({a: b for a, b in tail.items() if ours[a] == theirs[b]})
    else:
        matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
        found = {
            block.a + step: block.b + step
            for block in matcher.get_matching_blocks()
            for step in range(block.size)
        }
    return {one + 1: other + 1 for one, other in found.items()}


def _place_of(key: object) -> Place | None:
    """The rule that a key is of: it begins with its place, or holds a key that does."""
    if not isinstance(key, tuple) or len(key) < 2:
        return None
    if len(key) >= 5 and isinstance(key[0], int) and isinstance(key[3], int):
        return key[:4]
    return next((found for part in key if (found := _place_of(part)) is not None), None)


def _replaced(key: Any, place: Place) -> object:
    """The key with another place in it."""
    if isinstance(key, tuple) and len(key) >= 5 and isinstance(key[0], int):
        return (*place, *key[4:])
    return tuple(_replaced(part, place) if isinstance(part, tuple) else part for part in key)


def _forget_names(state: dict[object, Any], after: Rules) -> None:
    """Lists and tables that no rule names any more are gone (recent_table_put, htable_put)."""
    for match, flag in _NAMED.items():
        named = {
            (family, args.value(flag, _UNNAMED))
            for family in FAMILIES
            for args in after.of(family).uses(match)
        }
        names = {name for _, name in named}
        for key in [key for key in state if isinstance(key, tuple) and key[:1] == (match,)]:
            if key[-1] not in names or (len(key) == 3 and key[1:] not in named):
                del state[key]
