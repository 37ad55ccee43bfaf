"""Six people, each with one question: what they do, and what they must see."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.web import ways
from tests.web.pastes import ASKING, BROKEN
from tests.web.ways import FOCUSED, IN_VIEW

pytestmark = pytest.mark.browser


def phone(browser: Browser, server: str) -> BrowserContext:
    return browser.new_context(
        base_url=server,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
    )


def test_a_sysadmin_at_night_mends_a_port_forward(page: Page) -> None:
    """Paste, red word, fix, green: five actions at most, in less than a minute."""
    person = ways.sysadmin_at_night(page)
    assert person.actions <= 5
    assert person.seconds < 60


def test_a_student_comes_from_a_lesson_to_its_walk(page: Page) -> None:
    """The first page leads to a lesson, its scenario to the bench, the steps to the end."""
    ways.student(page)


def test_a_team_lead_keeps_it_and_gives_it_on(page: Page) -> None:
    """Save with a title, a second version, what differs, an embed, a page of a collection."""
    page.goto("/examples/home-router")
    page.locator("#save summary").click()
    page.locator("#save-title").fill("Our gateway")
    page.keyboard.press("Enter")
    page.wait_for_url("**/s/*")
    expect(page).to_have_title("Our gateway · Chainwalk")
    expect(page.get_by_role("button", name="Copy link")).to_be_focused()
    assert page.locator("details.key").get_attribute("open") is None, "the key is folded away"
    link = page.locator("#saved-link").get_attribute("href") or ""
    path = re.sub(r"^https?://[^/]+", "", link)
    rules = page.locator("#rules").input_value()
    page.locator("#rules").fill(rules.replace("25,465,587", "25,80"))
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    page.locator("#save summary").click()
    page.get_by_role("button", name="Save", exact=True).click()
    differs = page.get_by_role("link", name="what differs").first
    page.goto(differs.get_attribute("href") or "")  # a page of its own, for those one sends it to
    expect(page.get_by_role("heading", level=1)).to_have_text("What differs: Our gateway")
    expect(page.locator(".diff mark").first).to_have_text("25,465,587")
    page.goto(f"{path}/embed")
    expect(page.locator("textarea").first).to_have_value(re.compile(r"<iframe src=.*/e/"))
    page.goto("/k/new")
    page.get_by_label("Title").fill("Handbook")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="New page").click()
    page.get_by_label("Title").fill("The gateway")
    page.get_by_label("Text").fill(f"How it forwards:\n\n{path}\n")
    page.get_by_role("button", name="Save").click()
    walk = page.locator(".walk")
    expect(walk).to_contain_text("Our gateway")
    expect(walk.locator(".fate").first).to_contain_text("Forwarded out eth0")


def test_a_phone_shows_verdict_map_and_steps_to_a_thumb(browser: Browser, server: str) -> None:
    """Taps alone, nothing sideways, and what is tapped is large enough."""
    context = phone(browser, server)
    page = context.new_page()
    page.goto("/")
    page.locator("#paste").fill(BROKEN)
    page.get_by_role("button", name="Read and run").tap()
    expect(page.locator(".card.is-chosen")).to_be_visible()
    assert page.evaluate(IN_VIEW, ".card.is-chosen h3") == 1
    assert page.evaluate(IN_VIEW, ".group.is-chosen .map-place") == 1
    assert page.evaluate(IN_VIEW, ".group.is-chosen :is(.step, .fold)") >= 3
    page.get_by_role("button", name="Step ▸").tap()
    page.get_by_role("button", name="Step ▸").tap()
    expect(page.locator(".step.is-current")).to_be_in_viewport()
    page.locator("#tabs").get_by_text("Packets").tap()
    expect(page.locator("#fates .fate")).to_have_count(3)
    page.locator("#test-2 a").tap()
    expect(page.locator(".group.is-chosen")).to_contain_text("203.0.113.9:22")
    page.locator("#tabs").get_by_text("Rules, host").tap()
    expect(page.locator("#rules")).to_be_visible()
    page.locator("#tabs").get_by_text("Walk").tap()
    page.locator("#save summary").tap()
    box = page.locator("#save fieldset").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    expect(page.locator("#save")).not_to_have_attribute("open", "")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    small = page.evaluate(SMALL)
    assert small == [], "too small for a thumb"
    context.close()


# What can be tapped in the bench and is smaller than 24 px, the least that WCAG 2.2 allows.
SMALL = """[...document.querySelectorAll('button, a, summary, select, input')].filter(one => {
    if (!one.checkVisibility() || one.closest('svg, .sr, p, [tabindex="-1"]')) return false;
    const { width, height } = one.getBoundingClientRect();
    return width && height && (height < 24 || width < 24) && !one.matches('[type=radio]');
}).map(one => one.outerHTML.slice(0, 80))"""


def test_a_keyboard_alone_is_enough(page: Page) -> None:
    """Tab to the packets, arrows among them, letters through the steps, a run by shortcut."""
    ways.keyboard_alone(page)


def test_every_stop_of_the_tab_key_has_a_ring_and_lists_are_one(page: Page) -> None:
    """From the top of the bench to its foot: packets, map and trace stop Tab once each."""
    page.goto("/examples/home-router")
    expect(page.locator("#player")).to_be_visible()
    lists: list[str] = []
    for _ in range(70):
        page.keyboard.press("Tab")
        where = page.evaluate(FOCUSED)
        if where["name"].startswith("BODY"):
            break
        assert where["seen"], where
        assert page.evaluate(RING), f"no ring: {where}"
        if where["list"]:
            lists.append(where["list"])
    else:
        pytest.fail("Tab never comes to an end")
    assert "fates" in lists
    assert len(lists) == len(set(lists)), lists


# Does the focused element, or what stands for it, look other than without the focus?
RING = """() => {
  const one = document.activeElement;
  const around = one.closest('.editor, .box, label');
  const shown = [one, around, one.firstElementChild, one.closest('svg')];
  return shown.some(box => box && (() => {
    const style = getComputedStyle(box);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  })());
}"""


def test_without_script_everything_is_one_form(browser: Browser, server: str) -> None:
    """A form post, the receipt, questions as buttons, a saved link; a # link says what it needs."""
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.locator("#paste").fill(ASKING)
    page.get_by_role("button", name="Read and run").click()
    expect(page.get_by_label("What was read")).to_contain_text("Which value has $WAN")
    page.locator(".question textarea").fill("eth7")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("#fates")).to_contain_text("delivered")
    page.goto("/")
    page.locator("#paste").fill(BROKEN)
    page.get_by_role("button", name="Read and run").click()
    expect(page.locator(".card").first).to_contain_text("packet has 80")
    page.get_by_role("button", name="Apply and rerun").first.click()
    expect(page.locator("#fates .fate").first).to_contain_text("forwarded: eth1")
    page.locator("#save summary").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/s/*")
    expect(page.locator("#saved-link")).to_be_visible()
    expect(page.locator("#fates .fate").first).to_contain_text("forwarded: eth1")
    page.goto("/#v1.nothing-that-needs-to-be-read")
    expect(page.locator(".start .no-script").first).to_contain_text("needs script")
    context.close()
