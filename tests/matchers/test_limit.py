"""-m limit."""

from __future__ import annotations

import pytest

from sim.base.errors import Refused
from tests.matchers.ask import SECOND, Rule, tcp


def passed(rule: Rule, packets: int) -> int:
    return sum(rule.holds(tcp()) is True for _ in range(packets))


def test_the_bucket_starts_full() -> None:
    """A burst of 5 lets five packets through at once, the sixth waits."""
    rule = Rule("-m limit --limit 1/s")
    assert passed(rule, 8) == 5
    assert rule.asked(tcp()).clauses[0].seen == "used up; the next one in 1 s"


def test_it_refills_at_its_rate_up_to_the_burst() -> None:
    """After two seconds at 1/s two more pass, after a day no more than the burst."""
    rule = Rule("-m limit --limit 1/s --limit-burst 3")
    passed(rule, 3)
    rule.runtime.now = 2 * SECOND
    assert passed(rule, 9) == 2
    rule.runtime.now = 86400 * SECOND
    assert passed(rule, 9) == 3


def test_credit_comes_in_ticks() -> None:
    """At 250 Hz a packet of 100/s costs 2.5 ticks: after two ticks none, after three one."""
    rule = Rule("-m limit --limit 100/s --limit-burst 1")
    assert passed(rule, 2) == 1
    rule.runtime.now = 8_000_000
    assert passed(rule, 1) == 0
    rule.runtime.now = 12_000_000
    assert passed(rule, 2) == 1


def test_a_sum_that_overflows_is_refused_as_in_the_kernel() -> None:
    """One a day with the usual burst does not fit into 32 bits; a burst of 6 wraps and loads."""
    with pytest.raises(Refused, match="overflows"):
        Rule("-m limit --limit 1/day")
    assert Rule("-m limit --limit 1/day --limit-burst 6")


def test_a_wrapped_burst_is_smaller_than_it_says() -> None:
    """Six a day wraps to a bucket of one packet."""
    assert passed(Rule("-m limit --limit 1/day --limit-burst 6"), 8) == 1


def test_state_belongs_to_the_rule() -> None:
    """Two rules with the same words have a bucket each."""
    rule = Rule("-m limit --limit 1/h --limit-burst 1")
    assert [rule.holds(tcp(), key=(1,)), rule.holds(tcp(), key=(2,))] == [True, True]
    assert rule.holds(tcp(), key=(1,)) is False
