"""The broken scenarios of the lessons: the first finding is the lesson's point."""

from __future__ import annotations

import pytest

from playground.lessons.shelf import lesson
from sim.read.scenario import compile_scenario
from sim.tools.why import explain

POINTS = (
    ("docker-user-and-dnat", "by-published-port", 1, "match-after-nat"),
    ("fail2ban-and-recent", "update-then-set", 5, "rule-stops-it"),
    ("fail2ban-and-recent", "without-state", 5, "rule-stops-it"),
    ("first-steps", "no-forwarding", 1, "forwarding-off"),
    ("first-steps", "no-translation", 1, "no-source-nat"),
    ("hairpin-nat", "without", 1, "hairpin"),
    ("insert-or-append", "appended", 1, "rule-too-late"),
    ("insert-or-append", "reversed", 1, "rule-too-late"),
    ("invalid-drops", "dropped", 4, "invalid-dropped"),
    ("ip-forward", "off", 1, "forwarding-off"),
    ("ip-forward", "per-device", 2, "forwarding-off"),
    ("ip-forward", "sudo-echo", 1, "forwarding-off"),
    ("mss-clamping", "plain", 2, "mtu-too-small"),
    ("notrack-and-nat", "untracked", 1, "notrack"),
    ("rp-filter-two-uplinks", "strict", 1, "rp-filter"),
    ("snat-or-masquerade", "change-snat", 3, "snat-dynamic"),
)


@pytest.mark.parametrize(("slug", "name", "packet", "cause"), POINTS)
def test_the_first_finding_is_the_lessons_point(
    slug: str, name: str, packet: int, cause: str
) -> None:
    """For each scenario in which something goes wrong on purpose."""
    found = lesson(slug)
    assert found is not None
    report = next(iter(explain(compile_scenario(found.scenarios[name]), lines=(packet,))))
    assert [each.name for each in report.causes][:1] == ([cause] if cause else [])
