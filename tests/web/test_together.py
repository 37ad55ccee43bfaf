"""Two people in two browsers, one walk."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.together.test_socket import PK
from tests.web.test_accessible import violations

pytestmark = pytest.mark.browser
Opening = Callable[..., Page]


@pytest.fixture
def opening(browser: Browser, server: str) -> Iterator[Opening]:
    """Open a page in a browser profile of its own; the console must stay silent."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(path: str, **options: object) -> Page:
        context = browser.new_context(base_url=server, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def begun(opening: Opening) -> tuple[Page, str]:
    """A leader's page and the link for the others."""
    leader = opening(f"/s/{PK}")
    leader.get_by_role("button", name="walk through it together").click()
    leader.wait_for_url("**/w/*/")
    expect(leader.locator("#led")).to_contain_text("You lead")
    return leader, leader.url


def current(page: Page) -> str:
    return str(page.locator(".step.is-current").get_attribute("id"))


def stepped(page: Page, keys: str) -> None:
    page.locator("#result").focus()
    for key in keys:
        page.keyboard.press(key)


def at(page: Page, step: str) -> None:
    expect(page.locator(f"#{step}.is-current")).to_have_count(1)


def test_everyones_page_follows_the_leader(opening: Opening) -> None:
    """With the rule's line marked and the band saying where and who; who comes late is there."""
    leader, link = begun(opening)
    other = opening(link)
    expect(other.locator(".led")).to_contain_text("has not begun")
    stepped(leader, "jjjm")
    at(other, current(leader))
    expect(other.locator(".editor .row.is-current").first).to_be_visible()
    number = current(leader).removeprefix("step-")
    expect(other.locator(".led")).to_contain_text(f"leads, at step {number} of")
    expect(other.locator("#people li")).to_have_count(2)
    late = opening(link)
    at(late, current(leader))
    expect(other.locator("#announce")).to_have_text(str(leader.locator("#announce").text_content()))
    expect(other.locator("#announce")).to_contain_text("matches")


def test_a_step_is_said_once(opening: Opening) -> None:
    """One polite announcement of a step; who leads is said again only when that changes."""
    leader, link = begun(opening)
    other = opening(link)
    expect(other.locator("#people li")).to_have_count(2)
    for page in (leader, other):
        page.evaluate(
            """() => {
              window.said = [];
              for (const live of document.querySelectorAll("[aria-live], [role=status]")) {
                new MutationObserver(() => window.said.push(live.id))
                  .observe(live, { childList: true, characterData: true, subtree: true });
              }
            }"""
        )
    stepped(leader, "j")
    at(other, "step-1")
    expect(other.locator("#announce")).not_to_be_empty()
    assert leader.evaluate("window.said") == ["announce"]
    assert other.evaluate("window.said") == ["announce"]


def test_anybody_may_look_around_and_come_back(opening: Opening) -> None:
    """Their own step moves nobody else; the leader's moves them again when they say so."""
    leader, link = begun(opening)
    other = opening(link)
    stepped(leader, "jj")
    at(other, "step-2")
    stepped(other, "f")
    expect(other.locator("#led")).to_contain_text("You look around by yourself")
    apart = current(other)
    stepped(leader, "j")
    expect(other.locator(".led")).to_contain_text("is at step 3")
    assert current(other) == apart
    assert current(leader) == "step-3"
    other.locator("#follow").focus()
    other.keyboard.press("Enter")
    at(other, "step-3")
    expect(other.locator("#follow")).to_be_hidden()
    stepped(leader, "j")
    at(other, "step-4")


def test_leading_is_handed_over(opening: Opening) -> None:
    """By name; from then on the other one steps for both."""
    leader, link = begun(opening)
    other = opening(link)
    other.locator("#more summary").click()
    other.locator("#name").fill("Robin")
    other.keyboard.press("Enter")
    leader.get_by_role("button", name="Let Robin lead").click()
    expect(other.locator("#led")).to_contain_text("You lead")
    expect(leader.locator("#led")).to_contain_text("Robin")
    stepped(other, "jjj")
    at(leader, "step-3")
    expect(leader.locator("#ending")).to_be_hidden()


def test_a_reloaded_leader_still_leads(opening: Opening) -> None:
    """And is where they were."""
    leader, link = begun(opening)
    stepped(leader, "jjjj")
    other = opening(link)
    at(other, "step-4")
    leader.reload()
    expect(leader.locator(".led")).to_contain_text("You lead, at step 4")
    at(leader, "step-4")
    stepped(leader, "j")
    at(other, "step-5")


def test_the_end_is_told(opening: Opening) -> None:
    """The trace stays on the others' pages; nothing tries to connect again."""
    leader, link = begun(opening)
    other = opening(link)
    expect(leader.locator("#people li")).to_have_count(2)
    leader.locator("#more summary").click()
    leader.get_by_role("button", name="End it for everybody").click()
    expect(other.locator("#led")).to_contain_text("This walk is over")
    expect(other.locator("#trace .step").first).to_be_visible()


def test_without_script_the_page_shows_where_the_leader_is(opening: Opening) -> None:
    """Refreshing shows the next; a leader without script leads by a form."""
    leader = opening(f"/s/{PK}", java_script_enabled=False)
    leader.get_by_role("button", name="walk through it together").click()
    link = leader.url
    other = opening(link, java_script_enabled=False)
    expect(other.locator(".led")).to_contain_text("The leader has not begun")
    leader.get_by_label("Everyone to step").fill("6")
    leader.get_by_role("button", name="Go").click()
    live = opening(link)
    at(live, "step-6")
    other.get_by_role("link", name="Refresh").click()
    expect(other.locator(".led")).to_contain_text("The leader is at step 6")
    other.get_by_role("link", name="See it in the trace").click()
    assert other.url.endswith("#step-6")
    leader.get_by_label("Everyone to step").fill("9")
    leader.get_by_role("button", name="Go").click()
    at(live, "step-9")


@pytest.mark.parametrize("width", [320, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(opening: Opening, width: int, scheme: str) -> None:
    """Leading with others here, following, and looking around."""
    look = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    leader, link = begun(opening)
    other = opening(link, **look)
    leader.set_viewport_size(look["viewport"])  # type: ignore[arg-type]
    stepped(leader, "jjj")
    at(other, "step-3")
    expect(leader.locator("#people li")).to_have_count(2)
    said = violations(leader, "leading") + violations(other, "following")
    stepped(other, "j")
    other.locator("#more summary").click()
    said += violations(other, "apart")
    assert said == []
