"""The card of what went wrong: the cause in words, the fix by one click, and green after it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, WebSocketRoute, expect

from playground.page.questions import advised
from sim.model.scenario import Scenario
from tests.browsing import EXAMPLE, text_of

SITUATIONS = Path(__file__).resolve().parents[1] / "why" / "situations"


def texts(name: str) -> dict[str, str]:
    scenario = Scenario.from_toml((SITUATIONS / f"{name}.toml").read_text())
    return {"rules": scenario.rules, "host": scenario.host, "packets": scenario.packets}


FORWARD = "forward-asks-for-the-port-before-dnat"


@pytest.mark.django_db
def test_the_page_tells_the_cause_without_script() -> None:
    """The closest rule with its word marked, the fix with its proof, a button with its key."""
    html = Client().post("/", texts(FORWARD)).content.decode()
    assert "<mark>--dport 8080</mark>" in html
    assert "packet has 80 since DNAT in nat PREROUTING rule 1" in html
    assert "proven by a rerun" in html
    assert 'value="why:1:0"' in html


@pytest.mark.django_db
def test_the_button_without_script_makes_the_fix_and_runs() -> None:
    """The rules are the mended ones, and the packet is forwarded with them."""
    html = Client().post("/advise", {**texts(FORWARD), "advice": "why:1:0"}).content.decode()
    assert "--dport 80 -j ACCEPT" in html
    assert "Forwarded out lan0" in html
    assert 'class="card' not in html


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["why:", "why:9:0", "why:1:99", "why:1:0:0", "why:٣:0", "why:-1:0"])
def test_a_key_of_no_cause_changes_nothing(key: str) -> None:
    """The page comes back with what was typed."""
    answer = Client().post("/advise", {**texts(FORWARD), "advice": key})
    assert answer.status_code == 200
    assert "--dport 8080 -j ACCEPT" in answer.content.decode()


@pytest.mark.django_db
def test_without_script_what_would_stop_a_packet_is_told_and_made() -> None:
    """The question stands under a packet that gets through; its button makes the change, runs."""
    page = Client().post("/", texts("all-is-well")).content.decode()
    assert "What would stop packet 1?" in page
    told = Client().post("/whatif", {**texts("all-is-well"), "line": "1"}).content.decode()
    assert "Any one of these changes stops it" in told
    assert 'value="stop:1:0"' in told
    mended = Client().post("/advise", {**texts("all-is-well"), "advice": "stop:1:0"})
    html = mended.content.decode()
    assert "-j DROP" in html
    assert '<div class="verdict is-dropped' in html


@pytest.mark.django_db
def test_a_packet_that_is_stopped_is_not_asked_to_be() -> None:
    html = Client().post("/", texts(FORWARD)).content.decode()
    assert "What would have let packet 1 through?" in html
    assert "What would stop" not in html


@pytest.mark.browser
def test_the_change_that_stops_a_packet_is_made_by_one_click(page: Page) -> None:
    page.goto(EXAMPLE)
    for name, text in texts("all-is-well").items():
        text_of(page, name).fill(text)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".fate.is-forwarded")).to_have_count(1, timeout=30_000)
    page.get_by_role("button", name="What would stop packet 1?").click()
    change = page.locator("#whatif-1 li").first
    expect(change).to_contain_text("from everybody", timeout=30_000)
    change.get_by_role("button", name="Apply and rerun").click()
    expect(page.locator(".fate.is-dropped")).to_have_count(1, timeout=30_000)


def test_where_nothing_is_wrong_there_is_no_card() -> None:
    """A connection that works has no symptom, so nothing is said."""
    assert 'class="card' not in advised(texts("all-is-well"))
    assert 'class="card"' in advised(texts("vpn-clients-untranslated"))


@pytest.mark.browser
def test_red_fix_green_in_three_actions(page: Page) -> None:
    """Paste, Run, Apply and rerun: the drop is named, the fix is made, the packet passes."""
    page.goto(EXAMPLE)
    for name, text in texts(FORWARD).items():
        text_of(page, name).fill(text)
    page.keyboard.press("Control+Enter")
    card = page.locator(".card").filter(has_text="Packet 1 didn't arrive")
    expect(card).to_contain_text("wants --dport 8080, packet has 80", timeout=30_000)
    expect(page.locator(".fate.is-dropped")).to_have_count(1)
    card.get_by_role("button", name="Apply and rerun").first.click()
    expect(page.locator(".fate.is-forwarded")).to_have_count(1, timeout=30_000)
    expect(page.locator(".card")).to_have_count(0, timeout=30_000)
    assert "--dport 80 -j ACCEPT" in page.input_value("#rules")


@pytest.mark.browser
def test_a_long_search_says_so_and_can_be_stopped(page: Page) -> None:
    """The walk is there at once; what looks for causes tells that it does, until it is stopped."""
    asked: list[str] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            action = json.loads(message)["action"]
            asked.append(action)
            if action != "advise":  # which takes for ever, then
                server.send(message)

        socket.on_message(pass_on)

    page.route_web_socket(lambda url: True, between)
    page.goto(EXAMPLE)
    for name, text in texts(FORWARD).items():
        text_of(page, name).fill(text)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".fate.is-dropped")).to_have_count(1, timeout=30_000)
    stop = page.get_by_role("button", name="Stop search")
    expect(stop).to_be_visible(timeout=30_000)
    stop.click()
    expect(stop).to_be_hidden()
    assert asked[-1] == "stop"
