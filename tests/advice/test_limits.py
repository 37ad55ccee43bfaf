"""Rules that would make a trap compare everything with everything are given up, not suffered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sim.base.faults import told_to
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools import advice
from sim.tools.advice import MOST_EDITS, Trap, advise
from sim.tools.advice.case import MOST_LOOKS, Case, TooMuch
from sim.tools.advice.finding import Evidence


def test_a_case_counts_its_looks() -> None:
    """More than one trap may take: it stops."""
    case = Case(compile_scenario(Scenario()))
    case.spend(MOST_LOOKS)
    with pytest.raises(TooMuch):
        case.spend(1)


def test_a_trap_that_stops_leaves_the_others_their_say() -> None:
    """Two thousand redirections, each of which would look at all: the contradiction is told."""
    lines = "".join(
        f"-A OUTPUT -d 198.51.{n // 250}.{n % 250} -p tcp -j REDIRECT --to-ports 1\n"
        for n in range(2000)
    )
    rules = f"*nat\n{lines}-A OUTPUT -p udp --dport 9:8 -j ACCEPT\nCOMMIT\n"
    found = advise(compile_scenario(Scenario(rules=rules)))
    assert "never-matches" in {finding.name for finding in found}


def test_a_fix_of_very_many_edits_is_not_offered() -> None:
    """The finding is."""
    lines = "-A INPUT -m state --state NEW -j LOG\n" * MOST_EDITS
    found = advise(compile_scenario(Scenario(rules=f"*filter\n{lines}COMMIT\n")))
    (told,) = [finding for finding in found if finding.name == "deprecated"]
    assert told.fix is None
    assert len(told.places) == MOST_EDITS


def test_a_broken_trap_is_told_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who listens hears which one broke and how, and has what the others found; who does not
    listen has the fault itself."""

    def broken(case: object) -> Iterator[Evidence]:
        yield from ()
        raise ZeroDivisionError

    rules = "*filter\n-A FORWARD -p udp --dport 9:8 -j ACCEPT\nCOMMIT\n"
    compiled = compile_scenario(Scenario(rules=rules))
    whole = advise(compiled)
    assert whole
    trap = Trap("broken-trap", "info", "Never.", "traversal", broken)
    monkeypatch.setattr(advice, "TRAPS", (trap, *advice.TRAPS))
    with pytest.raises(ZeroDivisionError):
        advise(compiled)
    heard: list[tuple[str, Exception]] = []
    with told_to(lambda name, fault: heard.append((name, fault))):
        assert advise(compiled) == whole
    assert [name for name, _ in heard] == ["broken-trap"]
    assert isinstance(heard[0][1], ZeroDivisionError)
