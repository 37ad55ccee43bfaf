"""What is printed is read back to the same."""

from __future__ import annotations

from collections.abc import Iterator

from sim.base.errors import Refused
from sim.read.rules.ruleset import load_rules
from sim.tell.save import save
from tests.conformance import handmade

# What the tool prints and cannot read again: a line break in a comment, a name that only -E
# can make, a device name with a blank.
NOT_READ_BACK = ('"abc\n"', ":yyyyy", "-i a b")


def reloaded(text: str, family: int) -> str:
    return save(load_rules(text, family=family).of(family))


def printed() -> Iterator[tuple[int, str]]:
    """All texts of ours that load, as they are printed."""
    for case in handmade.cases():
        try:
            yield case.family, reloaded(case.text, case.family)
        except Refused:
            continue


def test_printing_is_a_fixed_point() -> None:
    """Print, load, print: the tables come in reverse order, as in the kernel, and are the same."""
    count = 0
    for family, text in printed():
        if any(odd in text for odd in NOT_READ_BACK):
            continue
        assert reloaded(reloaded(text, family), family) == text
        count += 1
    assert count > 100


def test_no_tables_print_nothing() -> None:
    """A kernel without tables has nothing to save."""
    assert reloaded("", 4) == ""
