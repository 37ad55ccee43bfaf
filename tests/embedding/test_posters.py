"""The moving picture of a packet's way: what it says, that it stays inside, that it may move."""

from __future__ import annotations

import base64
import hashlib
import re
from xml.etree import ElementTree

import pytest
from django.test import Client

from playground.embedding.moving import moving
from playground.embedding.poster import HEIGHT, MARGIN, WIDTH, Told, frames_of, laid_out, told_of
from playground.links import store
from playground.page import gallery
from playground.walks import runs
from sim.model.scenario import Scenario
from tests.manage import manage

SVG = "{http://www.w3.org/2000/svg}"
SCENARIOS = [one.scenario for one in gallery.everything()]
PUBLISHED = Scenario(
    title="A port that the filter closes",
    rules="*nat\n-A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 10.20.0.5:80\nCOMMIT\n"
    "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -p tcp --dport 8080 -j ACCEPT\nCOMMIT\n",
    host="interface eth0 203.0.113.9/24\ninterface eth1 10.20.0.1/24\n"
    "sysctl net.ipv4.ip_forward = 1\n",
    packets="in eth0 tcp 203.0.113.20:51000 -> 203.0.113.9:8080 syn\n",
)


def told(scenario: Scenario) -> Told:
    return told_of(scenario.title, runs.walk_of(scenario))


def test_a_poster_says_the_stops_the_rewrite_and_the_end() -> None:
    """In the packet's order; what it did not reach any more is there, and marked so."""
    stops = told(PUBLISHED).stops
    assert [(stop.label, stop.is_reached) for stop in stops] == [
        ("in eth0", True), ("PREROUTING", True), ("routing", True), ("FORWARD", True),
        ("POSTROUTING", False), ("out", False),
    ]  # fmt: skip
    assert [stop.plate[1] for stop in stops[:2]] == ["→ 203.0.113.9:8080", "→ 10.20.0.5:80"]
    assert stops[1].detail == "destination NAT"
    assert told(PUBLISHED).meaning == "stopped"


def test_a_poster_tells_of_the_packet_that_did_not_arrive() -> None:
    """It is the one that people ask about; where all arrive, the first."""
    packets = "in eth1 tcp 10.20.0.5:4 -> 203.0.113.20:5 syn\n"
    rules = "iptables -P FORWARD DROP\niptables -A FORWARD -i eth1 -j ACCEPT\n"
    later = "in eth0 tcp 203.0.113.20:7 -> 10.20.0.5:8 syn\n"
    both = Scenario(rules=rules, host=PUBLISHED.host, packets=packets + later)
    assert told(both).stops[0].label == "in eth0"
    one = Scenario(rules=rules, host=PUBLISHED.host, packets=packets)
    assert told(one).stops[0].label == "in eth1"
    assert told(one).stops[-1].label == "out eth0"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.title[:20])
def test_all_of_a_poster_is_inside_the_picture(scenario: Scenario) -> None:
    """Stops, plate and words; and its document is well-formed, with the verdict as its words."""
    poster = laid_out(told(scenario))
    for placed in poster.stops:
        assert MARGIN <= placed.x <= WIDTH - MARGIN
        assert placed.detail_y < HEIGHT - 40
    for frame in poster.frames:
        assert MARGIN <= frame.left <= frame.left + poster.plate_width <= WIDTH - MARGIN + 1
    document = ElementTree.fromstring(moving(poster.told).text)
    assert document.findtext(f"{SVG}desc") == poster.told.sentence


def test_the_plate_changes_where_the_packet_is_and_ends_as_the_packet_did() -> None:
    """One pair of lines at every moment: each begins when the one before it is gone."""
    plates = laid_out(told(PUBLISHED)).plates
    assert [plate.lines[1] for plate in plates] == ["→ 203.0.113.9:8080", "→ 10.20.0.5:80"]
    assert [plate.first for plate in plates] == [0, plates[0].last]
    frames = laid_out(told(PUBLISHED)).frames
    assert frames[2].at < plates[1].first < frames[3].at  # while it stands at PREROUTING
    assert [frame.at for frame in frames_of([79.0, 500.0], 200, 10)] == [0, 10, 20, 30]


def test_without_motion_a_poster_is_its_last_frame() -> None:
    """No animation stands outside the question whether the reader wants any."""
    text = moving(told(PUBLISHED)).text
    outside, inside = text.split("@media(prefers-reduced-motion:no-preference)")
    assert "animation" not in outside
    assert "animation:stem" in inside
    still = re.search(r"\.stem\{transform:translateX\(([\d.]+)px\)\}", outside)
    assert still
    assert float(still[1]) == laid_out(told(PUBLISHED)).reached


@pytest.mark.django_db
def test_a_posters_policy_lets_its_own_style_hold_and_nothing_else(client: Client) -> None:
    """The hash is of the very style in the document."""
    found = store.save(PUBLISHED)
    answer = client.get(f"/s/{found.share.pk}.poster.svg")
    assert answer["Content-Type"].startswith("image/svg+xml")
    style = ElementTree.fromstring(answer.content).findtext(f"{SVG}style") or ""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert client.get(f"/s/{found.share.pk}/1.poster.svg").content == answer.content
    dark = client.get(f"/s/{found.share.pk}.poster.svg?theme=dark")
    assert b"prefers-color-scheme" not in dark.content


def test_what_is_written_in_a_scenario_stays_words_in_a_poster() -> None:
    """A title that looks like markup, a device that does."""
    scenario = Scenario(
        title="</title><script>alert(1)</script>", rules=PUBLISHED.rules,
        host=PUBLISHED.host, packets=PUBLISHED.packets,
    )  # fmt: skip
    document = ElementTree.fromstring(moving(told(scenario)).text)
    assert document.findtext(f"{SVG}title") == scenario.title
    assert not [one for one in document.iter() if one.tag.endswith("script")]


@pytest.mark.django_db
def test_the_command_draws_a_file_and_refuses_what_cannot_be_read() -> None:
    """As a person starts it."""
    told_toml = PUBLISHED.to_toml()
    drawn = manage("poster", "-", given=told_toml)
    assert drawn.returncode == 0, drawn.stderr
    assert "destination NAT" in drawn.stdout
    refused = manage("poster", "-", given='rules = "iptables -A NOPE -j DROP"\n')
    assert refused.returncode == 2
    assert "NOPE" in refused.stderr
    assert refused.stdout == ""
