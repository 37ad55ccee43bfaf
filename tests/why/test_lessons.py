"""The broken scenarios of the lessons: the first finding is the lesson's point."""

from __future__ import annotations

import pytest

from playground.lessons.shelf import lesson, lessons
from sim.model.scenario import Scenario
from sim.read.scenario import compile_scenario
from sim.tools.why import explain

POINTS = (
    ("answer-takes-another-way", "lost", 1, "answer-other-way"),
    ("docker-user-and-dnat", "by-published-port", 1, "match-after-nat"),
    ("fail2ban-and-recent", "update-then-set", 5, "limit-used-up"),
    ("fail2ban-and-recent", "without-state", 5, "limit-used-up"),
    ("first-steps", "no-rules", 2, "nothing-listens"),
    ("first-steps", "no-forwarding", 1, "forwarding-off"),
    ("first-steps", "no-translation", 1, "no-source-nat"),
    ("hairpin-nat", "without", 1, "hairpin"),
    ("insert-or-append", "appended", 1, "rule-too-late"),
    ("insert-or-append", "reversed", 1, "rule-too-late"),
    ("invalid-drops", "dropped", 4, "invalid-dropped"),
    ("invalid-drops", "leaks", 4, "invalid-untranslated"),
    ("invalid-drops", "one-direction", 1, "answer-without-question"),
    ("ip-forward", "off", 1, "forwarding-off"),
    ("ip-forward", "per-device", 2, "forwarding-off"),
    ("ip-forward", "sudo-echo", 1, "forwarding-off"),
    ("kube-proxy-service", "one-endpoint", 1, "hairpin"),
    ("mss-clamping", "plain", 2, "mss-not-clamped"),
    ("notrack-and-nat", "untracked", 1, "notrack"),
    ("owner-match", "ping", 2, "no-rule-accepts"),
    ("redirect-to-a-proxy", "loop", 1, "redirect-loop"),
    ("rp-filter-two-uplinks", "strict", 1, "rp-filter"),
    ("security-groups-on-a-bridge", "spoofed-arp", 2, "no-rule-accepts"),
    ("security-groups-on-a-bridge", "spoofed-arp", 3, "rule-stops-it"),
    ("snat-or-masquerade", "change-snat", 3, "snat-dynamic"),
    ("strongswan-clients", "without-exemption", 1, "ipsec-masqueraded"),
    ("ufw-and-docker", "bypassed", 3, "door-in-other-chain"),
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


EVERY = [
    pytest.param(scenario, id=f"{each.slug}-{name}")
    for each in lessons()
    for name, scenario in each.scenarios.items()
]


@pytest.mark.parametrize("scenario", EVERY)
def test_no_symptom_of_a_lesson_is_without_a_cause(scenario: Scenario) -> None:
    """Of each scenario that a lesson shows, broken on purpose or not."""
    for report in explain(compile_scenario(scenario)):
        for symptom in report.symptoms:
            assert symptom.name in [cause.symptom for cause in report.causes], symptom.text
