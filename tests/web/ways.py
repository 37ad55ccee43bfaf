"""What people do with the page, as functions of a page: each browser walks the same ways.

A way says what a person does and what they must see then; it knows no browser.
"""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from tests.web.pastes import BROKEN

# How many of what is asked for can be seen: not covered, not cut off at their beginning.
IN_VIEW = """selector => [...document.querySelectorAll(selector)].filter(one => {
    const box = one.getBoundingClientRect();
    if (!box.height || !one.checkVisibility()) return false;
    const [x, y] = [box.left + Math.min(box.width / 2, 40), box.top + box.height / 2];
    return one.contains(document.elementFromPoint(x, y));
}).length"""


class Person:
    """Counts what somebody does, and how long it takes."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0
        self.began = time.monotonic()

    def does(self) -> Page:
        """One more action: a paste, a click, a key."""
        self.actions += 1
        return self.page

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


def sysadmin_at_night(page: Page) -> Person:
    """A broken port forward: the terminal is pasted, the word is red, the fix makes it green."""
    person = Person(page)
    person.does().goto("/")
    person.does().locator("#paste").fill(BROKEN)
    person.does().get_by_role("button", name="Read and run").click()
    card = page.locator(".card.is-chosen")
    expect(card.locator(".miss mark")).to_have_text("--dport 8080")
    expect(page.locator("#test-1 .short")).to_have_text("dropped: FORWARD")
    expect(card).to_contain_text("proven by a rerun")
    person.does().get_by_role("button", name="Apply and rerun").first.click()
    expect(page.locator("#test-1 .short")).to_have_text("forwarded: eth1")
    expect(page.locator(".verdict.is-chosen")).to_contain_text("Forwarded out eth1")
    assert page.evaluate(IN_VIEW, ".verdict.is-chosen h3") == 1
    assert "--dport 80 -j ACCEPT" in page.locator("#rules").input_value()
    return person


def student(page: Page) -> Person:
    """From the first page to a lesson, to a scenario of it, through its steps to the end."""
    person = Person(page)
    person.does().goto("/")
    person.does().get_by_role("link", name="New to iptables?").click()
    person.does().get_by_role("link", name="First steps").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("First steps")
    expect(page.locator(".walk .fate").first).to_be_visible()
    person.does().locator(".walk .open a").first.click()
    expect(page.locator("#player")).to_be_visible()
    expect(page.locator(".strip")).to_contain_text("From the lesson")
    for _ in range(4):
        person.does().get_by_role("button", name="Step ▸").click()
    current = page.locator(".step.is-current")
    expect(current).to_have_count(1)
    assert page.evaluate(IN_VIEW, ".step.is-current") == 1
    assert page.evaluate(IN_VIEW, ".group.is-chosen .map-place") == 1
    person.does().get_by_role("button", name="Verdict", exact=True).click()
    expect(current).to_have_class("step is-goes of-fate depth-0 is-current")
    return person


def keyboard_alone(page: Page) -> Person:
    """Tab, arrows and letters: a list is one stop, and the focus is always somewhere in sight."""
    person = Person(page)
    page.goto("/examples/home-router")
    expect(page.locator("#player")).to_be_visible()
    stops = []
    for _ in range(40):
        person.does().keyboard.press("Tab")
        where = page.evaluate(FOCUSED)
        assert where["seen"], f"the focus is out of sight: {where}"
        stops.append(where["list"] or where["name"])
        if where["list"] == "fates":
            break
    assert stops[-1] == "fates"
    for key in ("ArrowDown", "ArrowDown"):
        person.does().keyboard.press(key)
        assert page.evaluate(FOCUSED)["list"] == "fates"
    expect(page.locator("#test-3 a")).to_have_attribute("aria-current", "true")
    expect(page.locator("#test-3 a")).to_be_focused()
    person.does().keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["list"] != "fates", "a list of packets is one stop"
    person.does().keyboard.press("Shift+Tab")
    person.does().keyboard.press("j")
    person.does().keyboard.press("m")
    rule = page.locator(".step.is-current.is-matched, .step.is-current")
    expect(rule).to_have_count(1)
    # A run swaps the lists; the focus stays where it was.
    person.does().keyboard.press("Control+Enter")
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    expect(page.locator("#fates [aria-current]")).to_have_count(1)
    where = page.evaluate(FOCUSED)
    assert where["name"] != "BODY", "a run loses the focus"
    assert where["seen"]
    return person


# Where the focus is: is it seen there, with a ring, and which list is it in.
FOCUSED = """() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const held = one.closest('#fates, .map, .matrix, .steps');
  const list = held ? held.id || held.classList[0] : '';
  const seen = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
    && one.checkVisibility();
  return { name: one.id || one.tagName + ':' + one.textContent.trim().slice(0, 20), list, seen };
}"""
