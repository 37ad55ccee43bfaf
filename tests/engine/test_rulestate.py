"""What a rule remembers goes with it when its chain is edited (sim/kernel/stack/rulestate.py)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sim.kernel.stack import rulestate
from sim.model.rules import Chain
from sim.read.rules.ruleset import load_rules


def chain(marks: Sequence[int]) -> Chain:
    """One rule for each mark; equal marks are equal rules."""
    rules = "".join(f"-A FORWARD -m mark --mark {mark} -j ACCEPT\n" for mark in marks)
    return load_rules(f"*filter\n{rules}COMMIT\n").ipv4.tables["filter"].chains["FORWARD"]


@pytest.mark.parametrize(
    "new",
    [
        (9, 1, 2, 3, 4, 5), (1, 2, 9, 3, 4, 5), (1, 2, 3, 4, 5, 9), (2, 3, 4, 5), (1, 2, 4, 5),
        (1, 2, 3, 4), (1, 2, 9, 4, 5), (1, 2, 8, 9, 5), (1, 5), (), (1, 2, 3, 4, 5),
    ],
)  # fmt: skip
def test_a_long_chain_finds_its_rules_as_a_short_one_does(
    new: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one edit: rules before it keep their numbers, those behind it move together."""
    before, after = chain((1, 2, 3, 4, 5)), chain(new)
    wanted = rulestate._same_rules(before, after)
    monkeypatch.setattr(rulestate, "_LONGEST_MATCHED", 0)
    assert rulestate._same_rules(before, after) == wanted


def test_of_equal_rules_of_a_long_chain_each_finds_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two that become one do not both go on in it."""
    monkeypatch.setattr(rulestate, "_LONGEST_MATCHED", 0)
    assert rulestate._same_rules(chain((1, 2, 2, 3)), chain((1, 2, 3))) == {1: 1, 2: 2, 4: 3}
    assert rulestate._same_rules(chain((1, 2, 3)), chain((1, 2, 2, 3))) == {1: 1, 2: 2, 3: 4}
