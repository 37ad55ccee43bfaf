"""-m time as sentences. The clock of these tests starts at Monday, 4 May 2026, 23:30 UTC."""

from __future__ import annotations

from sim.read.host.text import parse_host
from tests.matchers.ask import SECOND, Rule, runtime, udp

START = 1777937400


def at(line: str, seconds: int = 0, text: str = "") -> bool | None:
    run = runtime(parse_host(f"interface eth0 10.0.0.1/24\nclock 2026-05-04T23:30:00{text}\n"))
    run.epoch, run.now = run.host.clock, seconds * SECOND
    return Rule(f"-m time {line}", on=run).holds(udp())


def test_the_daily_window_includes_both_ends() -> None:
    """--timestart 23:30 --timestop 23:40 holds at 23:30:00 and 23:40:00, not at 23:40:01."""
    line = "--timestart 23:30 --timestop 23:40"
    assert [at(line, s) for s in (0, 600, 601)] == [True, True, False]


def test_a_window_may_go_over_midnight() -> None:
    """23:00 to 01:00 holds at 23:30 and at 00:59, not at 01:30."""
    line = "--timestart 23:00 --timestop 01:00"
    assert [at(line, s) for s in (0, 89 * 60, 120 * 60)] == [True, True, False]


def test_contiguous_counts_the_morning_to_the_day_before() -> None:
    """Monday 23:00 to 01:00: at Tuesday 00:30 it holds only with --contiguous."""
    line = "--timestart 23:00 --timestop 01:00 --weekdays Mon"
    assert not at(line, 3600)
    assert at(f"{line} --contiguous", 3600)


def test_weekdays_and_monthdays_are_of_utc() -> None:
    """It is Monday the 4th, and an hour later Tuesday the 5th."""
    assert at("--weekdays Mon --monthdays 4")
    assert at("--weekdays Tue --monthdays 5", 3600)
    assert not at("! --weekdays Mon")


def test_dates_include_both_ends() -> None:
    """--datestart and --datestop name moments that still belong."""
    assert at("--datestart 2026-05-04T23:30:00 --datestop 2026-05-04T23:30:00")
    assert not at("--datestart 2026-05-04T23:30:01")


def test_kerneltz_takes_the_zone_that_the_clock_line_gives() -> None:
    """23:30+02:00 is 21:30 UTC; with --kerneltz the window is compared with 23:30."""
    line = "--timestart 23:00 --timestop 23:59"
    assert not at(line, text="+02:00")
    assert at(f"{line} --kerneltz", text="+02:00")


def test_without_a_clock_nobody_can_say() -> None:
    """A host text that does not say what time it is leaves the match undetermined."""
    judged = Rule("-m time --timestart 8:00").asked(udp())
    assert judged.held is None
    assert "clock" in judged.clauses[0].need


def test_bare_time_always_matches() -> None:
    """-m time without options holds at any time."""
    assert Rule("-m time").holds(udp())
