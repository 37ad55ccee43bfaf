"""What the owner of a link does, in a browser: its rules on origins are not those of a client."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import EXAMPLE, text_of

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("has_script", [True, False])
@pytest.mark.parametrize("kind", ["A public link", "An unlisted link"])
def test_an_owner_edits_adds_a_version_and_deletes(
    browser: Browser, server: str, kind: str, has_script: bool
) -> None:
    """From the first save to the end, with a key of their own that is shown once."""
    context = browser.new_context(base_url=server, java_script_enabled=has_script)
    page = context.new_page()
    page.goto(EXAMPLE)
    packet = f"in eth1 udp 192.168.100.10:{5000 + len(kind) + has_script} -> 8.8.8.8:53"
    text_of(page, "packets").fill(packet)
    page.locator("#expect").evaluate("area => { area.value = ''; }")
    page.locator("#save > summary").click()
    page.get_by_label(kind).check()
    page.locator("#save").get_by_role("button", name="Save").click()
    page.wait_for_url("**/s/*")
    link = page.url
    expect(page.locator(".key a")).to_have_count(1)
    page.goto(link)
    expect(page.locator(".key a")).to_have_count(0)
    page.locator(".manage > summary").click()
    page.get_by_label("Title of the link").fill("Ours")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ours")
    text_of(page, "packets").fill(f"{packet} ttl 9")
    page.locator("#save > summary").click()
    page.locator("#save").get_by_role("button", name="Save").click()
    page.get_by_role("link", name="what differs from the first").click()
    expect(page.locator("ins").first).to_contain_text("ttl 9")
    page.goto(link)
    page.locator(".manage > summary").click()
    page.locator(".manage button.danger").click()
    page.wait_for_url("**/mine")
    assert page.goto(link).status == 410  # type: ignore[union-attr]
    context.close()
