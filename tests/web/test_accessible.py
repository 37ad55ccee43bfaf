"""axe finds nothing on any page, in both themes, and nothing is wider than the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from playground.links import ids, store
from playground.page import gallery
from tests.browsing import EXAMPLE, change_rules, served
from tests.web.test_addresses import WHOLE

pytestmark = pytest.mark.browser

PK = ids.public_id(ids.canonical(store.body_of(gallery.first().scenario)))
# Beside each address without an argument: those that need one, and what is said where nothing is.
PAGES = (
    "/lessons/snat-or-masquerade/", "/lessons/security-groups-on-a-bridge/", "/k/search?q=x",
    f"/s/{PK}", f"/s/{PK}/embed", f"/e/{PK}", f"/s/{PK}/diff/1/1", "/s/nothing", "/nothing",
)  # fmt: skip


def violations(page: Page, path: str) -> list[str]:
    """What axe has to say of a page, and whether it scrolls sideways."""
    found = Axe().run(page)
    said = [
        f"{path}: {one['id']} {one['nodes'][0]['target']}" for one in found.response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        said.append(f"{path} is wider than the screen")
    return said


def shows_a_page(context: BrowserContext, path: str) -> bool:
    """Not what only takes a form, or gives data."""
    answer = context.request.get(path)
    return answer.ok and answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1440])
def test_every_page_is_accessible(browser: Browser, server: str, width: int, scheme: str) -> None:
    """All pages but the playground itself, which has tests of its own."""
    context = browser.new_context(
        base_url=server, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page = context.new_page()
    said = []
    for path in (*PAGES, *(one for one in WHOLE if shows_a_page(context, one))):
        page.goto(path)
        said += violations(page, path)
    page.goto(EXAMPLE)
    page.locator("button", has_text="Mask").evaluate("button => button.click()")
    page.get_by_role("heading", name="Masked").wait_for()
    said += violations(page, "/mask")
    context.close()
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1440])
def test_the_playground_is_accessible_while_it_runs_and_with_errors(
    browser: Browser, server: str, width: int, scheme: str
) -> None:
    """The states that are not the first one: walking, walked with a question answered, refused."""
    context = browser.new_context(
        base_url=server, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(EXAMPLE)
    if width < 1024:  # one text at a time there
        page.get_by_role("radio", name="Rules").check()
    change_rules(
        page,
        "".join(f"iptables -A FORWARD -s 10.0.{i // 250}.{i % 250} -j DROP\n" for i in range(1500)),
    )
    page.locator("#run").click()
    said = violations(page, "/ while it runs")
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1, timeout=30_000)
    said += violations(page, "/ when it has run")
    if width < 1024:  # Run showed the walk
        page.get_by_role("radio", name="Rules").check()
    change_rules(page, "iptables -A NOPE -j DROP\n")
    page.locator("#run").click()
    expect(page.locator("#errors-rules .error")).to_have_count(1)
    said += violations(page, "/ with an error")
    context.close()
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_collection_is_accessible(browser: Browser, server: str, scheme: str) -> None:
    """Made with the forms, by keyboard where it matters; each of its pages at three widths."""
    context = browser.new_context(base_url=server, color_scheme=scheme)
    page = context.new_page()
    page.goto("/k/new")
    page.get_by_label("Title").fill("Handbook")
    page.get_by_label("Title").press("Enter")
    page.get_by_role("link", name="New page").click()
    page.get_by_label("Title").fill("A page")
    page.get_by_label("Text").fill(f"Look:\n\n/s/{PK}\n\n| a | b |\n| - | - |\n| 1 | 2 |\n")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Forwarded out eth0").first).to_be_visible()
    written = page.url
    front = written.partition("p/")[0]
    said = []
    for width in (320, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for path in (front, written, f"{written}/edit", f"{written}/history", f"{front}edit",
                     f"{front}members"):  # fmt: skip
            page.goto(path)
            said += violations(page, path)
    context.close()
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_team_meets_is_accessible(
    browser: Browser, server: str, scheme: str, tmp_path: Path
) -> None:
    """A page whose scenario no longer holds, a conflict, a folder taken, an invitation."""
    context = browser.new_context(base_url=server, color_scheme=scheme)
    page = context.new_page()
    page.goto(EXAMPLE)
    page.locator("#expect").evaluate("area => { area.value = '1: dropped'; }")
    page.locator("#save summary").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/s/*")
    link = page.url.removeprefix(server)
    page.goto("/k/new")
    page.get_by_label("Title").fill("Handbook")
    page.get_by_role("button", name="Make it").click()
    front = page.url
    page.get_by_role("link", name="New page").click()
    page.get_by_label("Title").fill("Was true")
    page.get_by_label("Text").fill(f"Look:\n\n{link}\n")
    page.get_by_role("button", name="Save").click()
    written = page.url
    said = at_all_widths(page, "a flagged page")
    page.goto(f"{written}/edit")
    other = context.new_page()
    other.goto(f"{written}/edit")
    other.get_by_label("Text").fill("Something else")
    other.get_by_role("button", name="Save").click()
    page.get_by_label("Text").fill("A third thing")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    said += at_all_widths(page, "a conflict")
    folder = tmp_path / "folder.zip"
    folder.write_bytes(context.request.get(f"{front}export.zip").body())
    page.goto(f"{front}edit")
    page.get_by_text("Replace contents from a zip").click()
    page.locator("#zip").set_input_files(folder)
    page.get_by_role("button", name="Replace contents").click()
    expect(page.get_by_role("heading", name="Taken from the folder")).to_be_visible()
    said += at_all_widths(page, "a folder taken")
    page.goto(f"{front}members")
    page.locator("#invite-role").select_option("reader")
    page.get_by_role("button", name="Make a link").click()
    said += at_all_widths(page, "an invitation made")
    invited = browser.new_context(color_scheme=scheme)
    guest = invited.new_page()
    guest.goto(page.locator(".key code").inner_text())
    said += at_all_widths(guest, "an invitation")
    invited.close()
    context.close()
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_login_is_accessible(browser: Browser, tmp_path: Path, scheme: str) -> None:
    """As it comes, and after a wrong password."""
    with served(tmp_path, CHAINWALK_ACCOUNTS="1") as url:
        context = browser.new_context(base_url=url, color_scheme=scheme)
        page = context.new_page()
        page.goto("/login")
        said = at_all_widths(page, "/login")
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_text("correct username and password")).to_be_visible()
        said += at_all_widths(page, "/login refused")
        context.close()
    assert said == []


def at_all_widths(page: Page, name: str) -> list[str]:
    said = []
    for width in (320, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        said += violations(page, f"{name} at {width}")
    return said
