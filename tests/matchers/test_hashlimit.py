"""-m hashlimit as sentences."""

from __future__ import annotations

import pytest

from sim.base.errors import Refused
from sim.read.rules.ruleset import load_rules
from tests.matchers.ask import SECOND, Rule, judged, runtime, udp


def test_each_source_has_a_bucket_of_its_own() -> None:
    """With --hashlimit-mode srcip one sender's burst does not use up another's."""
    rule = Rule("-m hashlimit --hashlimit-upto 1/s --hashlimit-burst 2 --hashlimit-mode srcip "
                "--hashlimit-name a")  # fmt: skip
    assert [rule.holds(udp()) for _ in range(3)] == [True, True, False]
    assert rule.holds(udp(src="10.0.0.9"))


def test_without_a_mode_all_traffic_shares_one_bucket() -> None:
    """No --hashlimit-mode: the third packet is over, whoever sends it."""
    rule = Rule("-m hashlimit --hashlimit-upto 1/s --hashlimit-burst 2 --hashlimit-name a")
    held = [rule.holds(udp(src=f"10.0.0.{n}")) for n in (2, 3, 4)]
    assert held == [True, True, False]


def test_a_bucket_fills_again_with_time() -> None:
    """At 2/s half a second brings one packet, no more than the burst in the end."""
    rule = Rule("-m hashlimit --hashlimit-upto 2/s --hashlimit-burst 1 --hashlimit-name a")
    assert [rule.holds(udp()), rule.holds(udp())] == [True, False]
    rule.runtime.now += SECOND // 2
    assert [rule.holds(udp()), rule.holds(udp())] == [True, False]
    rule.runtime.now += 100 * SECOND
    assert [rule.holds(udp()), rule.holds(udp())] == [True, False]


def test_above_is_the_complement_of_upto() -> None:
    """--hashlimit-above holds when the bucket is empty."""
    rule = Rule("-m hashlimit --hashlimit-above 1/s --hashlimit-burst 1 --hashlimit-name a")
    assert [rule.holds(udp()), rule.holds(udp())] == [False, True]


def test_rules_with_one_name_share_one_bucket_set_up_by_the_first() -> None:
    """The second rule's rate is not looked at; only its direction is its own."""
    run = runtime()
    text = (
        "*mangle\n-A PREROUTING -m hashlimit --hashlimit-upto 1/min --hashlimit-burst 1 "
        "--hashlimit-name n\n-A FORWARD -m hashlimit --hashlimit-upto 9/s --hashlimit-name n\n"
        "COMMIT\n"
    )
    run.rules = load_rules(text)
    second = Rule("-m hashlimit --hashlimit-upto 9/s --hashlimit-name n", on=run)
    assert [second.holds(udp()), second.holds(udp())] == [True, False]


def test_a_byte_rate_counts_lengths_in_sixteenths() -> None:
    """Bytes: the bucket holds one second's worth, each 16 bytes begun cost the same."""
    rule = Rule("-m hashlimit --hashlimit-upto 100b/s --hashlimit-name b")
    held = [rule.holds(udp(payload=bytes(20))) for _ in range(3)]  # 48 bytes each
    assert held == [True, False, False]


def test_rate_match_judges_whole_intervals() -> None:
    """--hashlimit-rate-match does not limit: the window after one over the rate is over too."""
    rule = Rule("-m hashlimit --hashlimit-above 3/s --hashlimit-burst 1 --hashlimit-name r "
                "--hashlimit-rate-match")  # fmt: skip
    first = [rule.holds(udp()) for _ in range(6)]
    assert first == [False, False, False, False, True, True]
    rule.runtime.now += SECOND
    assert rule.holds(udp())
    rule.runtime.now += 2 * SECOND
    assert not rule.holds(udp())


def test_an_idle_bucket_is_cleared_away_and_starts_full() -> None:
    """After --hashlimit-htable-expire the collector takes the bucket; the next one is full."""
    rule = Rule("-m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 1 --hashlimit-name e "
                "--hashlimit-htable-expire 500")  # fmt: skip
    assert [rule.holds(udp()), rule.holds(udp())] == [True, False]
    rule.runtime.now += 2 * SECOND
    assert rule.holds(udp())


def test_a_full_table_drops_what_would_need_a_new_bucket() -> None:
    """--hashlimit-htable-max 1: the second source's packet dies here."""
    line = ("-m hashlimit --hashlimit-upto 1/s --hashlimit-mode srcip --hashlimit-name m "
            "--hashlimit-htable-size 1 --hashlimit-htable-max 1")  # fmt: skip
    run = runtime()
    assert not judged(line, udp(), on=run).hotdrop
    assert judged(line, udp(src="10.0.0.9"), on=run).hotdrop


def test_rules_of_one_table_agree_on_rate_match() -> None:
    """The kernel refuses a table that some rules measure with and others limit with."""
    one = "-A INPUT -m hashlimit --hashlimit-upto 1/s --hashlimit-name x"
    with pytest.raises(Refused, match="hashlimit-rate-match by another rule"):
        load_rules(f"*filter\n{one}\n{one} --hashlimit-rate-match\nCOMMIT\n")
