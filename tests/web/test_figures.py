"""Figures of the layout: what is in view at once, what shifts, what a frame weighs and shows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from playground.links import ids, store
from playground.page import gallery
from tests.browsing import EXAMPLE
from tests.web.pastes import BROKEN
from tests.web.ways import IN_VIEW

pytestmark = pytest.mark.browser

PK = ids.public_id(ids.canonical(store.body_of(gallery.first().scenario)))
# Every shift that no key or click of the last half second explains.
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) {
    if (!shift.hadRecentInput) {
      const moved = shift.sources.map(({ node }) => node?.id || node?.className || node?.nodeName);
      window.shifts.push([shift.value, ...moved]);
    }
  }
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("packet", [1, 2])
def test_on_a_laptop_all_is_in_view_of_what_was_pasted(page: Page, packet: int) -> None:
    """Packets, verdict, map and eight steps; of a packet through the host and of one for it."""
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto("/")
    page.locator("#paste").fill(BROKEN)
    page.get_by_role("button", name="Read and run").click()
    expect(page.locator(".card.is-chosen")).to_be_visible()
    page.locator(f"#test-{packet} a").click()
    expect(page.locator(f"#test-{packet} a")).to_have_attribute("aria-current", "true")
    assert page.evaluate(IN_VIEW, "#fates .fate") == 3
    assert page.evaluate(IN_VIEW, ":is(.card, .verdict).is-chosen h3") == 1
    assert page.evaluate(IN_VIEW, ".group.is-chosen .map-place") == 1
    assert page.evaluate(IN_VIEW, ".group.is-chosen :is(.step, .fold)") >= 8
    size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert page.evaluate(size) == [1366, 768]


def test_the_words_of_every_map_can_be_read(page: Page) -> None:
    """Through the host or for it, the drawing is never shrunk below 10 px."""
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(EXAMPLE)
    for packet in (1, 2, 3, 4):
        page.locator(f"#test-{packet} a").click()
        name = page.locator(".group.is-chosen .map.is-wide .station.is-visited .name").first
        expect(name).to_be_visible()
        assert name.evaluate("text => 13 * text.getScreenCTM().a") >= 10


@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        EXAMPLE,
        f"/s/{PK}",
        f"/e/{PK}",
        "/lessons/",
        "/lessons/snat-or-masquerade/",
        "/examples/",
    ],
)
def test_nothing_shifts_while_a_page_comes(
    browser: Browser, server: str, path: str, width: int
) -> None:
    """What is there stays where it is; the head may close up while it is being parsed."""
    context = browser.new_context(base_url=server, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(path, wait_until="networkidle")
    page.wait_for_timeout(500)
    shifts = page.evaluate("window.shifts")
    assert sum(shift[0] for shift in shifts) < 0.01, shifts
    context.close()


def test_a_frame_weighs_little_and_plays_on_a_phone(browser: Browser, server: str) -> None:
    """At most 40 KB in four requests; Play leads through the steps with the map in view."""
    context = browser.new_context(base_url=server, viewport={"width": 390, "height": 480})
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"/e/{PK}", wait_until="networkidle")
    loaded = [one for one in answers if "icon" not in one.url]  # a frame has no tab to show it in
    assert len(loaded) <= 4, [one.url for one in loaded]
    assert sum(one.request.sizes()["responseBodySize"] for one in loaded) <= 40_000
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Play").click()
    for number in (1, 2, 3):
        expect(page.locator(f"#step-{number}")).to_have_attribute("aria-current", "step")
        expect(page.locator(f"#step-{number}")).to_be_in_viewport()
        assert page.evaluate(IN_VIEW, ".group:has(.is-current) .map-place") == 1
    page.get_by_role("button", name="Pause").click()
    drawing = page.locator(".group:has(.is-current) .map.is-tall")
    expect(drawing).to_be_visible()
    assert drawing.locator("text").first.evaluate("text => 13 * text.getScreenCTM().a") >= 10
    now = page.locator(".group:has(.is-current) .map.is-tall .is-now .mark")
    expect(now).to_be_in_viewport()
    context.close()
