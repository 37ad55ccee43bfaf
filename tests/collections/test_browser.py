"""Forms that a browser sends: its own idea of origins and referrers counts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import EXAMPLE

pytestmark = pytest.mark.browser


def test_an_invitation_is_made_and_followed(page: Page, browser: Browser, server: str) -> None:
    """Made by one, joined by another, with nothing but forms."""
    page.goto("/k/new")
    page.get_by_label("Title").fill("Ours")
    page.get_by_label("Members only").check()
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("link", name="Members").click()
    page.locator("#invite-role").select_option("editor")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator(".key code").inner_text()
    context = browser.new_context(base_url=server, java_script_enabled=False)
    other = context.new_page()
    other.goto(link)
    other.get_by_label("Your name").fill("Ada")
    other.get_by_role("button", name="Join").click()
    expect(other.get_by_role("heading", name="Ours")).to_be_visible()
    expect(other.get_by_role("link", name="New page")).to_be_visible()
    context.close()
    page.reload()
    expect(page.get_by_text("Ada", exact=True)).to_be_visible()


def test_an_unlisted_scenario_is_saved_again(page: Page) -> None:
    """Its page sends forms like any other, script or not."""
    page.goto(EXAMPLE)
    page.locator("#save summary").click()
    page.get_by_label("An unlisted link").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/s/*")
    first = page.url
    page.locator("#title").evaluate("input => { input.value = 'Another'; }")
    page.locator("#save summary").click()
    page.get_by_label("An unlisted link").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(lambda url: "/s/" in url and url != first)
    expect(page).to_have_title("Another · Chainwalk")


def test_hits_come_into_the_page_and_back_leads_out(page: Page) -> None:
    """A search has an address; the way back is the page before it, with nothing kept of either."""
    page.goto("/k/new")
    page.get_by_label("Title").fill("Uplinks of ours")
    page.get_by_label("Everybody finds it").check()
    page.get_by_role("button", name="Make it").click()
    page.get_by_role("link", name="New page").click()
    page.get_by_label("Title").fill("Two uplinks")
    page.get_by_label("Text", exact=False).first.fill("rp_filter drops the second one")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/k/")
    page.get_by_role("searchbox").fill("rp_filter")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#found-said")).to_contain_text("1 page")
    expect(page.locator("#found").get_by_role("link", name="Two uplinks")).to_be_visible()
    assert page.url.endswith("/k/search?q=rp_filter")
    assert page.evaluate("sessionStorage.getItem('htmx-history-cache')") is None
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Collections")
    expect(page.locator("#found")).to_be_empty()
