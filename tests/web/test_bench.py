"""The workbench: everything in view, one packet at a time, and a split that can be moved."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import EXAMPLE
from tests.web.pastes import RULES as PORT_FORWARD
from tests.web.ways import IN_VIEW

pytestmark = pytest.mark.browser

HOST = """interface eth0 203.0.113.9/24
interface eth1 10.20.0.1/24
route default via 203.0.113.254 dev eth0
sysctl net.ipv4.ip_forward = 1
listen tcp 0.0.0.0:22 uid 0
"""
PACKETS = """in eth0 tcp 198.51.100.20:51000 -> 203.0.113.9:8080 syn
in eth0 tcp 198.51.100.20:51001 -> 203.0.113.9:22 syn
"""


def walked(page: Page) -> None:
    """The port forward that is broken on purpose, run with the keyboard."""
    page.goto(EXAMPLE)
    for name, text in (("rules", PORT_FORWARD), ("host", HOST), ("packets", PACKETS)):
        page.locator(f"#{name}").evaluate(
            "(area, text) => {"
            " area.value = text; area.dispatchEvent(new Event('chainwalk:set')); }",
            text,
        )
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    expect(page.locator(".card.is-chosen")).to_be_visible()


@pytest.mark.parametrize(("width", "height", "steps"), [(1366, 768, 8), (390, 844, 3)])
def test_verdict_map_and_steps_are_in_view_together(
    page: Page, width: int, height: int, steps: int
) -> None:
    """After a run nothing has to be scrolled to, and the page itself cannot be."""
    page.set_viewport_size({"width": width, "height": height})
    walked(page)
    assert page.evaluate(IN_VIEW, ".card.is-chosen h3") == 1
    assert page.evaluate(IN_VIEW, ".group.is-chosen .map-place") == 1
    assert page.evaluate(IN_VIEW, ".group.is-chosen :is(.step, .fold)") >= steps
    assert page.evaluate(IN_VIEW, ".player [data-act=step]") == 1
    if width > 1000:
        assert page.evaluate(IN_VIEW, "#fates .fate") == 2
    else:
        wide = page.locator(".card.is-chosen").bounding_box()
        assert wide is not None
        assert wide["width"] >= width - 16, "the walk has the whole width of a phone"
    size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert page.evaluate(size) == [width, height]


def test_a_packet_and_its_verdict_are_one_row_and_choose_its_walk(page: Page) -> None:
    """The list says what became of each; the one that is chosen is walked on the right."""
    walked(page)
    rows = page.locator("#fates .fate")
    expect(rows).to_have_count(2)
    expect(rows.nth(0).locator(".short")).to_have_text("dropped: FORWARD")
    expect(rows.nth(1).locator(".short")).to_have_text("delivered: port 22")
    expect(page.locator(".group:visible")).to_contain_text("203.0.113.9:8080")
    rows.nth(1).locator("a").click()
    expect(rows.nth(1).locator("a")).to_have_attribute("aria-current", "true")
    expect(page.locator(".group:visible")).to_contain_text("203.0.113.9:22")
    expect(page.locator(".verdict:visible")).to_contain_text("Delivered to the listener")
    expect(page.locator(".card:visible")).to_have_count(0)
    page.keyboard.press("p")
    expect(rows.nth(0).locator("a")).to_have_attribute("aria-current", "true")


def test_a_statement_that_waits_for_no_verdict_has_its_row(page: Page) -> None:
    """Time that passes is a line of the list too."""
    page.goto(EXAMPLE)
    page.locator("#adder").fill("wait 30s")
    page.keyboard.press("Enter")
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    last = page.locator("#fates .fate").last
    expect(last).to_contain_text("wait 30s")
    expect(last.locator(".short")).to_have_count(0)
    assert page.locator("#packets").input_value().endswith("wait 30s\n")
    expect(page.locator("#adder")).to_be_focused()


def test_the_split_is_moved_by_keys_and_mouse_and_is_remembered(page: Page) -> None:
    """A separator with a value, which a reload keeps."""
    page.goto(EXAMPLE)
    split = page.get_by_role("separator", name="Width of the left side")
    split.focus()
    page.keyboard.press("ArrowLeft")
    expect(split).to_have_attribute("aria-valuenow", "46")
    box = split.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, 400)
    page.mouse.down()
    page.mouse.move(1440 * 0.6, 400)
    page.mouse.up()
    expect(split).to_have_attribute("aria-valuenow", "60")
    page.reload()
    expect(split).to_have_attribute("aria-valuenow", "60")
    left = page.locator("#scenario").bounding_box()
    assert left is not None
    assert abs(left["width"] - 1440 * 0.6) < 2


def test_the_words_of_a_rule_say_what_held(page: Page) -> None:
    """Green words held, the red one did not; the row opens with what the packet had."""
    walked(page)
    page.locator(".group.is-chosen .fold summary").first.click()
    row = page.locator(".step.is-skipped:visible").filter(has_text="--dport 8080").last
    expect(row.locator(".rule .is-held").first).to_have_text("-d 10.20.0.5/32 -i eth0 -p tcp")
    expect(row.locator(".rule .is-failed")).to_have_text("--dport 8080")


def test_on_a_phone_three_tabs_lead_to_all_there_is(browser: Browser, server: str) -> None:
    """Packets, the walk, rules and host; a tap on a packet opens its walk."""
    context = browser.new_context(base_url=server, viewport={"width": 390, "height": 844})
    page = context.new_page()
    walked(page)
    page.locator("#tabs").get_by_text("Packets").click()
    expect(page.locator("#result")).to_be_hidden()
    page.locator("#test-2 a").click()
    expect(page.locator(".verdict:visible")).to_contain_text("Delivered to the listener")
    page.locator("#tabs").get_by_text("Rules, host").click()
    expect(page.locator("#rules")).to_be_visible()
    expect(page.locator("#chips")).to_contain_text("eth1 10.20.0.1/24")
    context.close()


def test_on_a_phone_the_map_shows_where_the_packet_ended(browser: Browser, server: str) -> None:
    """The map is higher than its place there: it begins at the end, not at the first stop."""
    context = browser.new_context(base_url=server, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto("/examples/home-router")
    page.locator("#run").click()
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    end = page.locator(".group.is-chosen .map.is-tall .station.is-end")
    expect(end).to_be_in_viewport()
    context.close()


@pytest.mark.parametrize("width", [390, 820])
def test_without_script_the_head_of_the_page_is_not_cut(
    browser: Browser, server: str, width: int
) -> None:
    """Every section of the site, Run and the title are on the screen, one below the other."""
    context = browser.new_context(
        base_url=server, viewport={"width": width, "height": 844}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/examples/published-port")
    for shown in (
        page.locator("#run"),
        page.get_by_role("link", name="API"),
        page.get_by_role("heading", level=1),
    ):
        box = shown.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["width"] > 20
    context.close()
