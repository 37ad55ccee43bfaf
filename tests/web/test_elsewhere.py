"""The ways that people walk, in the other two families of browsers: Debian's Firefox and WebKit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browsing import EXAMPLE
from tests.web import firefox, ways
from tests.web.pastes import BROKEN
from tests.web.ways import FOCUSED, IN_VIEW

SIZE = {"width": 1366, "height": 768}
SECONDS = 60  # until what is expected must have come


# Firefox, by the same functions as Chromium.


@pytest.fixture(scope="module")
def fox(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    launched = firefox.launched(playwright, tmp_path_factory.mktemp("firefox"))
    yield launched
    launched.close()


@pytest.fixture
def tab(fox: Browser, server: str) -> Iterator[Page]:
    context = fox.new_context(base_url=server, viewport=SIZE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.mark.firefox
@pytest.mark.parametrize(
    "way", [ways.sysadmin_at_night, ways.student, ways.keyboard_alone], ids=lambda way: way.__name__
)
def test_firefox_walks_the_same_ways(tab: Page, way: Any) -> None:
    """Red word, fix, green; from a lesson to its steps; Tab, arrows and letters."""
    way(tab)


@pytest.mark.firefox
def test_firefox_has_all_in_view_and_scrolls_only_panes(tab: Page) -> None:
    """Packets, verdict, map and eight steps at 1366 by 768."""
    tab.goto("/")
    tab.locator("#paste").fill(BROKEN)
    tab.get_by_role("button", name="Read and run").click()
    expect(tab.locator(".card.is-chosen")).to_be_visible()
    in_view(tab.evaluate)


@pytest.mark.firefox
def test_firefox_paints_an_editor_to_its_edges(tab: Page) -> None:
    """No strip of another colour beside the lines, none of them cut where a step leads to it."""
    tab.goto(EXAMPLE)
    expect(tab.locator(".of-rules .paint .row").first).to_be_visible()
    assert "transparent" in tab.evaluate(TRACK) or "rgba(0, 0, 0, 0)" in tab.evaluate(TRACK)
    tab.locator("#run").click()
    expect(tab.locator("#cursor[data-done=walked]")).to_have_count(1)
    tab.keyboard.press("m")
    expect(tab.locator(".of-rules .row.is-current")).to_have_count(1)
    assert tab.locator("#rules").evaluate("area => area.scrollTop % 20") == 0


TRACK = "getComputedStyle(document.querySelector('#rules')).scrollbarColor"


def in_view(evaluate: Any) -> None:
    """What a laptop's screen shows after a run."""
    assert evaluate(IN_VIEW, "#fates .fate") == 3
    assert evaluate(IN_VIEW, ".card.is-chosen h3") == 1
    assert evaluate(IN_VIEW, ".group.is-chosen .map-place") == 1
    assert evaluate(IN_VIEW, ".group.is-chosen :is(.step, .fold)") >= 8
    assert evaluate("() => document.documentElement.scrollHeight <= innerHeight", None)


# WebKit, by WebDriver: what its driver can.


class Kit:
    """A page of WebKit: ask, click, type, wait."""

    def __init__(self, driver: Any, server: str) -> None:
        self.driver, self.server = driver, server

    def goto(self, path: str) -> None:
        self.driver.get(self.server + path)

    def evaluate(self, function: str, *given: Any) -> Any:
        return self.driver.execute_script(f"return ({function})(...arguments)", *given)

    def until(self, function: str, *given: Any) -> Any:
        """Wait until a function of the page says yes."""
        from selenium.webdriver.support.wait import WebDriverWait

        return WebDriverWait(self.driver, SECONDS).until(lambda _: self.evaluate(function, *given))

    def click(self, selector: str) -> None:
        self.until("selector => document.querySelector(selector)?.checkVisibility()", selector)
        self.evaluate(
            "selector => document.querySelector(selector)"
            ".scrollIntoView({ block: 'center', behavior: 'instant' })",
            selector,
        )
        self.driver.find_element("css selector", selector).click()

    def press(self, *keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def reads(self, selector: str, words: str) -> None:
        self.until(
            "(selector, words) => document.querySelector(selector)?.textContent.includes(words)",
            selector, words,
        )  # fmt: skip


@pytest.fixture(scope="module")
def webkit() -> Iterator[Any]:
    pytest.importorskip("selenium")
    from tests.web.webkit import launched

    with launched(SIZE["width"], SIZE["height"]) as driver:
        yield driver


@pytest.fixture
def kit(webkit: Any, server: str) -> Kit:
    webkit.delete_all_cookies()
    return Kit(webkit, server)


def pasted(kit: Kit) -> None:
    kit.goto("/")
    kit.until(
        "() => document.querySelector('#by-hand:not([hidden])')"
    )  # the page's script is there
    kit.evaluate("text => { document.querySelector('#paste').value = text; }", BROKEN)
    kit.click("#enter .run")
    kit.reads(".card.is-chosen mark", "--dport 8080")


@pytest.mark.webkit
def test_webkit_shows_red_and_green(kit: Kit) -> None:
    """The sysadmin's way, with everything in view on it."""
    pasted(kit)
    kit.reads("#test-1 .short", "dropped: FORWARD")
    in_view(kit.evaluate)
    kit.click(".card.is-chosen .apply")
    kit.reads("#test-1 .short", "forwarded: eth1")
    kit.reads(".verdict.is-chosen h3", "Forwarded out eth1")
    assert kit.evaluate(IN_VIEW, ".verdict.is-chosen h3") == 1


@pytest.mark.webkit
def test_webkit_leads_from_a_lesson_to_its_steps(kit: Kit) -> None:
    """The student's way."""
    kit.goto("/lessons/")
    kit.click(".books a")
    kit.click(".walk .open a")
    for _ in range(3):
        kit.click("#player [data-act=step]")
    kit.until("() => document.querySelector('.step.is-current')")
    assert kit.evaluate(IN_VIEW, ".step.is-current") == 1
    assert kit.evaluate(IN_VIEW, ".group.is-chosen .map-place") == 1


@pytest.mark.webkit
def test_webkit_goes_by_keys(kit: Kit) -> None:
    """Arrows among the packets, letters through the steps, and a ring where the focus is."""
    from selenium.webdriver.common.keys import Keys

    kit.goto(EXAMPLE)
    kit.until("() => document.querySelector('#test-1 a[aria-current]')?.tabIndex === 0")
    kit.evaluate("() => document.querySelector('#test-1 a').focus()")
    kit.press(Keys.ARROW_DOWN)
    kit.press(Keys.ARROW_DOWN)
    kit.until("() => document.activeElement.closest('#test-3')")
    assert kit.evaluate(FOCUSED)["list"] == "fates"
    kit.press("j")
    kit.until("() => document.querySelector('.step.is-current')")
    assert kit.evaluate(IN_VIEW, ".step.is-current") == 1


@pytest.mark.webkit
def test_webkit_paints_the_steps_at_once(kit: Kit, tmp_path: Path) -> None:
    """Nothing has to be scrolled first: the rows of the trace are on the picture of the page."""
    from PIL import Image

    kit.goto(EXAMPLE)
    kit.until("() => document.querySelector('.group.is-chosen .step')?.checkVisibility()")
    kit.until("() => document.fonts.status === 'loaded'")
    path = tmp_path / "page.png"
    box = kit.evaluate(
        "() => { const box = document.querySelector('.group.is-chosen .steps')"
        ".getBoundingClientRect(); return [box.left, box.top, box.right, box.bottom]; }"
    )
    for _ in range(20):  # until the compositor has come round
        kit.driver.save_screenshot(str(path))
        with Image.open(path) as picture:
            colours = picture.convert("L").crop(tuple(map(round, box))).getcolors(256)
        if colours and sum(count for count, shade in colours if shade < 100) > 1000:
            return
        kit.until("() => new Promise(done => setTimeout(() => done(true), 100))")
    pytest.fail("the rows are not painted")
