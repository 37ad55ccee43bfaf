"""The list of packets and the card of each tell one story."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from playground.page import gallery
from playground.shown.presenters import row
from playground.walks import runs
from playground.walks.troubles import WORDS
from sim.tools.why import symptoms
from sim.trace.steps import HookEntered, PolicyApplied
from tests.browsing import EXAMPLE, text_of
from tests.web.test_causes import FORWARD, texts

NO_WAY_BACK = "gateway-mode-without-masquerade"


def test_every_symptom_of_a_packet_that_passes_has_its_words() -> None:
    """A new symptom fails here until the list can say it; short enough to stand in a row."""
    named = {value for name, value in vars(symptoms).items()
             if name.isupper() and isinstance(value, str) and name[0] != "_"}  # fmt: skip
    assert set(WORDS) == named - {symptoms.NOT_ARRIVED, symptoms.PASSES}
    assert max(map(len, WORDS.values())) <= 24


@pytest.mark.django_db
def test_without_script_a_row_says_what_its_card_says() -> None:
    html = Client().post("/", texts(NO_WAY_BACK)).content.decode()
    assert '<span class="trouble">forwarded, no way back</span>' in html
    assert 'data-trouble="forwarded, no way back"' in html


@pytest.mark.django_db
def test_a_packet_that_is_stopped_keeps_its_verdict() -> None:
    html = Client().post("/", texts(FORWARD)).content.decode()
    assert "dropped: FORWARD</span>" in html
    assert set(re.findall(r'class="trouble">([^<]*)<', html)) == {""}


@pytest.mark.browser
def test_a_row_is_red_until_the_fix_is_made(page: Page) -> None:
    """Forwarded with no way back is no green row; with the fix applied it is one."""
    page.goto(EXAMPLE)
    for name, text in texts(NO_WAY_BACK).items():
        text_of(page, name).fill(text)
    page.keyboard.press("Control+Enter")
    first = page.locator("#test-1")
    expect(first.locator(".trouble")).to_have_text("forwarded, no way back", timeout=30_000)
    expect(first.locator(".short")).to_be_hidden()
    page.get_by_role("button", name="Apply and rerun").first.click()
    expect(first.locator(".short")).to_be_visible(timeout=30_000)
    expect(first.locator(".trouble")).to_be_hidden()


def test_a_row_names_its_place_once_and_a_policy_no_rule() -> None:
    """TRACE counts a policy behind the last rule; people don't."""

    steps = runs.walk_of(gallery.first().scenario).steps
    policies = [row(step) for step in steps if isinstance(step, PolicyApplied)]
    assert {one.text for one in policies} <= {"policy: ACCEPT.", "policy: DROP."}
    assert all(not re.search(r"\d$", one.place) for one in policies)
    hooks = [row(step) for step in steps if isinstance(step, HookEntered)]
    assert all(not one.text.startswith(one.place) for one in hooks)
    assert hooks[0].text == "(in eth1) runs defrag, conntrack, nat."
