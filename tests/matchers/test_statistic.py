"""-m statistic."""

from __future__ import annotations

from tests.matchers.ask import Rule, tcp


def test_nth_counts_the_packets_that_reach_it() -> None:
    """Every third, beginning with number --packet + 1."""
    rule = Rule("-m statistic --mode nth --every 3 --packet 1")
    assert [rule.holds(tcp()) for _ in range(7)] == [False, True, False, False, True, False, False]


def test_nth_inverted_is_the_rest() -> None:
    """! --every 2 holds of the packets between."""
    rule = Rule("-m statistic --mode nth ! --every 2 --packet 0")
    assert [rule.holds(tcp()) for _ in range(4)] == [False, True, False, True]


def test_chance_comes_from_the_seed() -> None:
    """0 never, 1 always, and two runs of one seed draw the same."""
    assert not any(Rule("-m statistic --mode random --probability 0").holds(tcp()) for _ in "abc")
    assert all(Rule("-m statistic --mode random --probability 1").holds(tcp()) for _ in "abc")
    half = "-m statistic --mode random --probability 0.5"
    one, two = Rule(half), Rule(half)
    assert [one.holds(tcp()) for _ in range(20)] == [two.holds(tcp()) for _ in range(20)]


def test_the_clause_says_that_it_was_drawn() -> None:
    """Nobody may take a drawn number for a fact about the kernel."""
    seen = Rule("-m statistic --mode random --probability 0.5").asked(tcp()).clauses[0].seen
    assert "at random" in seen
