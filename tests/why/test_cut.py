"""A search for causes whose time is over ends, and says that it was cut short."""

from __future__ import annotations

import pytest

from sim.base.budget import TOO_MUCH
from sim.base.errors import Refused, SourceError, Span
from sim.model.scenario import Compiled, Scenario
from sim.read.scenario import compile_scenario
from sim.tools.why import search
from sim.tools.why.explain import explain

# Forwarding is off, and FORWARD drops: one change alone mends nothing.
TWICE = Scenario(
    rules="*filter\n:INPUT ACCEPT\n:FORWARD DROP\n:OUTPUT ACCEPT\nCOMMIT\n",
    host=(
        "interface eth0 203.0.113.1/24\ninterface eth1 192.168.100.1/24\n"
        "route default via 203.0.113.254 dev eth0\nsysctl net.ipv4.ip_forward = 0\n"
    ),
    packets="in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn\n",
)


def test_two_changes_together_are_found_while_there_is_time() -> None:
    report = next(iter(explain(compile_scenario(TWICE))))
    assert len(report.causes[0].fix.edits) == 2
    assert not report.is_cut


def test_a_text_that_there_is_no_time_to_read_again_cuts_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was an error of the server, where the machine was busy."""
    compiled = compile_scenario(TWICE)

    def spent(scenario: Scenario) -> Compiled:
        raise Refused([SourceError("it takes too long", Span(1, 1, 1, 2), kind=TOO_MUCH)])

    monkeypatch.setattr(search, "compile_scenario", spent)
    report = next(iter(explain(compiled)))
    assert report.causes == ()
    assert report.is_cut
