"""Walking through a trace in a real browser: what is in sight, and what is said."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

# What stands where a step begins: the step itself, or what hides it.
ON_TOP = """step => {
  const { left, top, width, height } = step.getBoundingClientRect();
  return step.contains(document.elementFromPoint(left + width / 2, top + Math.min(8, height / 2)));
}"""


def started(page: Page, path: str = "/") -> None:
    page.goto(path)
    expect(page.locator("#player")).to_be_visible()


def test_the_table_of_conntrack_is_told_after_a_packet(page: Page) -> None:
    """Its entries, one a line, on the page from the server and on the one that was streamed."""
    for _ in range(2):
        started(page)
        table = page.locator(".flows").first
        table.locator("summary").click()
        expect(table.locator("pre")).to_contain_text("src=192.168.100.10 dst=198.51.100.7")
        assert "{{" not in page.content()
        page.locator("#run").click()
        expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
        expect(page.locator(".flows pre").first).to_contain_text("src=192.168.100.10")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("step", [9, 14, 40])
def test_a_link_to_a_step_shows_it_before_the_map(page: Page, step: int, width: int) -> None:
    """The map stays in sight above the steps, and hides none that a link leads to."""
    page.set_viewport_size({"width": width, "height": 900})
    started(page, f"/examples/published-port#step-{step}")
    row = page.locator(f"#step-{step}")
    expect(row).to_be_in_viewport()
    page.wait_for_timeout(600)  # until what is near has taken its place
    assert row.evaluate(ON_TOP)


@pytest.mark.parametrize("width", [390, 1440])
def test_without_script_a_link_to_a_step_leads_there(
    browser: Browser, server: str, width: int
) -> None:
    """The browser alone finds the place of a step far down."""
    page = browser.new_page(
        viewport={"width": width, "height": 900}, java_script_enabled=False, base_url=server
    )
    page.goto("/examples/home-router#step-58")
    page.wait_for_timeout(1500)  # it scrolls smoothly
    box = page.locator("#step-58").bounding_box()
    assert box
    assert 0 <= box["y"] < 900
    page.close()


def test_each_station_tells_what_it_does_in_sight(page: Page) -> None:
    """Pointed at or focused, also where the packet did not come by; Escape hides it."""
    started(page)
    about = page.locator(".about")
    for place in ("FORWARD", "INPUT"):
        page.locator(f".map.is-wide .station[data-name={place}] .mark").first.hover()
        expect(about).to_contain_text("rules, policy DROP")
        box = about.bounding_box()
        size = page.viewport_size
        assert box
        assert size
        assert 0 <= box["y"] < box["y"] + box["height"] <= size["height"]
    page.keyboard.press("Escape")
    expect(about).to_be_hidden()
    station = page.locator(".map.is-wide .station[data-name=INPUT] [tabindex]").first
    station.focus()
    expect(about).to_contain_text("3 rules, policy DROP")
    assert "3 rules, policy DROP" in (station.get_attribute("aria-label") or "")


def test_the_help_sheet_opens_where_one_is_and_escape_closes_it(page: Page) -> None:
    """Far down in a trace too, and the keys go on where they were."""
    started(page)
    page.locator("#result").focus()
    page.keyboard.press("f")
    page.wait_for_timeout(500)
    before = page.evaluate("scrollY")
    page.keyboard.press("?")
    sheet = page.locator("#help .help").bounding_box()
    assert sheet
    assert 0 <= sheet["y"] < 200
    page.keyboard.press("Escape")
    expect(page.locator("#help")).not_to_have_attribute("open", "")
    assert page.evaluate("scrollY") == before
    page.keyboard.press("f")
    page.wait_for_url("**#step-*")


def test_where_nothing_is_left_to_jump_to_it_is_said(page: Page) -> None:
    """And how many steps a search finds."""
    started(page)
    page.locator("#result").focus()
    for _ in range(12):
        page.keyboard.press("r")
    expect(page.locator("#player-note")).to_have_text("No more rewrite.")
    page.locator("#search").fill("no such words")
    expect(page.locator("#player-note")).to_have_text("no steps with these words")


def test_another_run_begins_with_its_fates(page: Page) -> None:
    """Not at the step of the trace before, whose number is in the address."""
    started(page)
    page.locator("#result").focus()
    page.keyboard.press("f")
    page.wait_for_url("**#step-*")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    page.wait_for_timeout(400)
    assert "#" not in page.url
    expect(page.locator(".is-current")).to_have_count(0)
    expect(page.locator("#fates .fate").first).to_be_in_viewport()


def test_a_second_run_can_be_stopped_too(page: Page) -> None:
    """Stop stays in sight until the run is over, and says what became of it."""
    started(page)
    page.locator("#run").click()
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    rules = "iptables -A FORWARD -p udp -j LOG\niptables -A FORWARD -s 10.9.9.9 -j DROP\n" * 500
    page.locator("#rules").fill(rules)
    page.locator("#packets").fill("in eth1 udp 10.0.0.1:1 -> 9.9.9.9:53\n" * 60)
    page.locator("#run").click()
    expect(page.locator(".step").nth(200)).to_be_attached()
    page.locator("#stop").click(timeout=2000)
    expect(page.locator("#status")).to_have_text("Stopped. Run starts it again.")
    expect(page.locator("#cursor[data-done]")).to_have_count(0)


def test_hit_counts_never_stand_at_lines_that_moved(page: Page) -> None:
    """An edit takes them away until the next run."""
    started(page)
    expect(page.locator(".of-rules .count").first).to_be_visible()
    with page.expect_websocket() as socket:
        page.reload()
    expect(page.locator(".of-rules .count").first).to_be_visible()
    page.locator("#rules").press("Control+Home")
    with socket.value.expect_event("framereceived"):  # the answer of the check
        page.keyboard.type("# one more line\n")
    page.wait_for_timeout(200)
    expect(page.locator(".of-rules .count")).to_have_count(0)


def test_the_ladder_follows_the_steps(page: Page) -> None:
    """The packet that one is at is the marked one, and says what became of it."""
    started(page)
    page.locator(".talk summary").click()
    now = page.locator(".ladder.is-wide [aria-current=step]")
    page.locator("#result").focus()
    page.keyboard.press("j")
    expect(now).to_contain_text("1 tcp syn")
    for _ in range(3):
        page.keyboard.press("f")
    expect(now).to_contain_text("3 tcp syn")
    assert (now.get_attribute("aria-label") or "").endswith("stopped here")
