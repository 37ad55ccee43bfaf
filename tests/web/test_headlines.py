"""The lines above a trace: one for each packet of the text, streamed or in one page."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from django.test import Client

from playground.page.stream import fragments_of
from playground.site.limits import LIMITS
from playground.walks import runs
from sim.model.scenario import Scenario
from sim.tell.expected import check
from sim.trace.steps import Fate

pytestmark = pytest.mark.django_db

HOST = "interface eth0 192.0.2.1/24\n"
SYN = "in eth0 tcp 192.0.2.9:5 -> 192.0.2.1:80 syn\n"
LINE = re.compile(
    r'<li id="test-(?P<line>\d+)" class="fate is-(?P<verdict>[\w-]+)"[^>]*>'
    r'<a href="#(?P<at>[^"]*)"[^>]*>'
    r'.*?<span class="sentence">(?P<sentence>.*?)</span>'
)


def scenario(packets: str, **texts: str) -> Scenario:
    return Scenario(rules="iptables -A INPUT -j REJECT\n", host=HOST, packets=packets, **texts)


def values_of(scenario: Scenario) -> dict[str, str]:
    return {key: str(value) for key, value in scenario.as_json().items()}


def lines(page: str) -> list[tuple[str, ...]]:
    parts = ("verdict", "at", "line", "sentence")
    return [tuple(html.unescape(found[part]) for part in parts) for found in LINE.finditer(page)]


def paged(client: Client, scenario: Scenario) -> str:
    return client.post("/", values_of(scenario)).content.decode()


def streamed(scenario: Scenario) -> str:
    return "".join(fragments_of({**values_of(scenario), "after": "0"}))


@pytest.mark.parametrize(
    ("packets", "verdicts"),
    [
        (SYN + "reply\n" + SYN, ["1 rejected", "2 unsent", "3 rejected"]),
        ("reply\n", ["1 unsent"]),
        (SYN + "wait 5s\n" + SYN, ["1 rejected", "3 rejected"]),
    ],
)
def test_a_statement_that_made_no_packet_says_why(
    client: Client, packets: str, verdicts: list[str]
) -> None:
    """A reply to nothing has its line among the fates; to let time pass needs none."""
    found = lines(paged(client, scenario(packets)))
    assert [f"{line} {verdict}" for verdict, _, line, _ in found] == verdicts
    assert found == lines(streamed(scenario(packets)))
    for verdict, _, _, sentence in found:
        assert sentence.startswith("There is no reply: ") == (verdict == "unsent")


def test_what_was_not_sent_is_no_fate(client: Client) -> None:
    """It has no map, cannot be asked what would let it through, and fulfils no expectation."""
    tried = scenario(SYN + "reply\n", expect="2: delivered\n")
    walk = runs.walk_of(tried)
    assert walk.prepared is not None
    fates = [step for step in walk.steps if isinstance(step, Fate)]
    assert {fate.line for fate in fates} == {1}
    assert [bool(one.failures) for one in check(walk.prepared.expectations, fates)] == [True]
    for page in (paged(client, tried), streamed(tried)):
        assert "let packet 1 through?" in page
        assert "let packet 2 through?" not in page
        assert "not known yet" not in page.split('id="packet-2"')[1].split("</section>")[0]


def status(page: str) -> str:
    found = re.findall(r'<p id="status"[^>]*>\s*(.*?)\s*</p>', page, re.S)
    return html.unescape(found[-1])


@pytest.mark.parametrize(
    ("packets", "steps", "words"),
    [
        (SYN * 4, 20, " Packet 2 came to no end. Packets 3–4 were not walked."),
        (SYN * 3, 20, " Packet 2 came to no end. Packet 3 was not walked."),
        (SYN * 2, 20, " Packet 2 came to no end."),
        (SYN + "reply\n" + SYN, 15, " Packet 3 was not walked."),
        (SYN + "wait 5s\n" + SYN, 15, " Packet 3 was not walked."),
    ],
)
def test_a_cut_run_says_what_is_missing(
    client: Client, monkeypatch: pytest.MonkeyPatch, packets: str, steps: int, words: str
) -> None:
    """Which packet has no end, and which were not walked, in the page and streamed."""
    assert next(one.seq for one in runs.walk_of(scenario(packets)).steps if one.line == 2) == 15
    monkeypatch.setattr("playground.walks.runs.LIMITS", replace(LIMITS, steps=steps))
    for page in (paged(client, scenario(packets)), streamed(scenario(packets))):
        limit = f"Stopped after {steps} steps, the most a run may take here."
        assert status(page) == limit + words


def test_too_many_statements_are_told_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None was walked: there is no packet to name."""
    monkeypatch.setattr("playground.walks.runs.LIMITS", replace(LIMITS, statements=1))
    for page in (paged(client, scenario(SYN * 2)), streamed(scenario(SYN * 2))):
        assert status(page) == "The packets text has 2 statements; at most 1 run here."
