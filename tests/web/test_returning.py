"""A page of one's own: what the example leaves, what comes back, what is said of what is wrong."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import EXAMPLE, change_rules, text_of

pytestmark = pytest.mark.browser

MINE = "in eth1 udp 192.168.100.10:5353 -> 198.51.100.7:53\n"


def opened(page: Page, path: str = EXAMPLE) -> None:
    page.goto(path)
    expect(page.locator("#player")).to_be_visible()


def walked(page: Page) -> None:
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1, timeout=20_000)


def test_an_examples_expectations_go_with_its_packets(page: Page) -> None:
    """Those of packets that stand as they stood are kept; edited ones are the person's own."""
    opened(page, "/examples/published-port")
    lines = page.locator("#packets").input_value().rstrip("\n").split("\n")
    asked = page.locator("#expect").input_value()
    assert "1:" in asked
    text_of(page, "packets").fill("\n".join([lines[0], MINE.replace("eth1", "eth0")]))
    page.locator("#run").click()
    walked(page)
    kept = [line for line in page.locator("#expect").input_value().split("\n") if line]
    assert kept == [line for line in asked.split("\n") if line.startswith("1:")]
    page.get_by_text("Title, description, expectations").click()
    page.locator("#expect").fill("1: dropped\n2: dropped")
    text_of(page, "packets").fill(lines[0])
    page.locator("#run").click()
    expect(page.locator("#cursor[data-done=refused]")).to_have_count(1)


def test_texts_come_back_with_the_page(page: Page) -> None:
    """Behind another page, after a reload; and the page says that it has not walked them."""
    opened(page)
    text_of(page, "packets").fill(MINE)
    change_rules(page, "iptables -A FORWARD -j DROP\n")
    page.get_by_role("link", name="Examples").click()
    page.wait_for_url("**/examples/")
    page.go_back()
    for _ in range(2):
        expect(page.locator("#packets")).to_have_value(MINE)
        expect(page.locator("#rules")).to_have_value("iptables -A FORWARD -j DROP\n")
        expect(page.locator("#status")).to_contain_text("Restored your unsaved text")
        expect(page.locator(".of-rules .w-target")).to_have_text("DROP")
        page.reload()
    expect(page.locator("#run")).to_be_visible()
    page.locator("#run").click()
    walked(page)
    expect(page.locator("#fates")).to_contain_text("Dropped by filter FORWARD rule 1")


def test_texts_come_back_without_script_too(browser: Browser, server: str) -> None:
    """The browser keeps what was typed."""
    page = browser.new_page(java_script_enabled=False, base_url=server)
    page.goto(EXAMPLE)
    text_of(page, "packets").fill(MINE)
    page.get_by_role("link", name="Examples").click()
    page.wait_for_url("**/examples/")
    page.go_back()
    expect(page.locator("#packets")).to_have_value(MINE)
    page.close()


def test_the_way_back_leads_to_the_step_before_a_link(page: Page) -> None:
    """A link to a step is a place one came to; steps between are not."""
    opened(page)
    fates = page.locator("#fates .fate a")
    current = page.locator(".step.is-current")
    first, third = fates.nth(0).get_attribute("href"), fates.nth(2).get_attribute("href")
    fates.nth(0).click()
    page.wait_for_url(f"**{first}")
    page.wait_for_timeout(1000)  # a step that was jumped to is kept in sight until all is laid out
    fates.nth(2).click()
    page.wait_for_url(f"**{third}")
    page.go_back()
    expect(current).to_have_id(str(first)[1:])
    page.go_forward()
    expect(current).to_have_id(str(third)[1:])
    page.locator("#result").focus()
    page.keyboard.press("k")
    expect(current).not_to_have_id(str(third)[1:])
    page.wait_for_timeout(500)
    page.go_back()
    expect(current).to_have_id(str(first)[1:])


def test_a_step_that_a_trace_has_not_is_named(page: Page) -> None:
    """A link to another trace's step says so."""
    page.goto(f"{EXAMPLE}#step-9999")
    expect(page.locator("#player-note")).to_have_text("This trace has no step 9999.")


def test_what_is_to_be_mended_is_listed_and_leads_there(page: Page) -> None:
    """Beside the editors; and the counts of the run before are gone from the lines."""
    opened(page)
    expect(page.locator(".of-rules .count").first).to_be_visible()
    change_rules(page, "*filter\n-A FORWARD -p tcp --dprot 80 -j ACCEPT\nCOMMIT\n")
    text_of(page, "packets").fill("in eth1 tcp 192.168.100.10 -> here\n")
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("to fix before this can run")
    mends = page.locator(".mends a")
    expect(mends.first).to_be_in_viewport()
    expect(mends.first).to_contain_text("Rules, line 2 nothing on this line has the option --dprot")
    expect(page.locator(".of-rules .count")).to_have_count(0)
    mends.first.click()
    expect(page.locator("#rules")).to_be_focused()
    at = page.locator("#rules").evaluate("area => area.value.slice(area.selectionStart)")
    assert at.startswith("--dprot 80")


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_a_line_that_is_chosen_tells_of_itself_beside_it(page: Page, width: int) -> None:
    """Under the editor, in sight on a phone too."""
    page.set_viewport_size({"width": width, "height": 844})
    opened(page)
    if width < 1000:
        page.get_by_role("radio", name="Rules").check()
    page.locator("#rules").evaluate(
        "area => { const at = area.value.indexOf('-A FORWARD -i eth1');"
        " area.focus(); area.setSelectionRange(at, at); area.dispatchEvent(new Event('click')); }"
    )
    note = page.locator("#line-note")
    expect(note).to_contain_text("looked at")
    expect(note).to_be_in_viewport()
    note.get_by_role("button").click()
    expect(page.locator("#why")).to_contain_text("Packet 1")


def test_a_search_hides_the_packets_that_have_nothing_and_ends_with_a_run(page: Page) -> None:
    """A map without a step below it is of no use."""
    opened(page)
    groups = page.locator("#trace > .group")
    expect(groups).to_have_count(4)
    page.locator("#search").fill("MASQUERADE: source")
    expect(page.locator("#trace > .group:not(.is-missed)")).to_have_count(1)
    expect(page.locator("#trace > .group:visible")).to_contain_text("MASQUERADE: source")
    page.locator("#run").click()
    walked(page)
    expect(page.locator("#search")).to_have_value("")
    expect(page.locator("#trace > .group:not(.is-missed)")).to_have_count(4)


def test_paper_has_the_texts_and_no_buttons(page: Page) -> None:
    """What is typed now, whole; the player, its search and the editors stay on the screen."""
    opened(page)
    text_of(page, "packets").fill(MINE)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = page.locator(".printed")
    expect(printed).to_contain_text("-A POSTROUTING -o eth0 -j MASQUERADE")
    expect(printed).to_contain_text(MINE.strip())
    for gone in ("#player", "#search", "#rules", ".ask", "button.clauses"):
        expect(page.locator(gone).first).to_be_hidden()
    page.emulate_media(media="screen")
    expect(printed).to_be_hidden()


def test_many_fates_leave_the_trace_in_reach(page: Page) -> None:
    """Sixty packets' headlines and their ladder scroll in a place of their own."""
    opened(page)
    text_of(page, "packets").fill(MINE * 60)
    page.locator("#run").click()
    walked(page)
    page.locator(".talk summary").click()
    for place, most in (("#fates", 0.45), ("#ladder", 0.85)):
        box = page.locator(place).bounding_box()
        assert box
        assert box["height"] < most * 900
