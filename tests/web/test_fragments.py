"""What the page fetches: one fragment for htmx, the whole page for everybody else."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from playground.links import store
from playground.page import gallery
from playground.site.limits import LIMITS
from tests.browsing import EXAMPLE, text_of

pytestmark = pytest.mark.django_db
FIRST = gallery.first().scenario
SWAP = {"HX-Request": "true"}
TEXTS = {key: str(value) for key, value in FIRST.as_json().items() if key != "seed"}
ASKED = {
    "m_iface": "eth1", "m_protocol": "tcp", "m_sources": "192.168.100.10",
    "m_destination": "198.51.100.7", "m_ports": "443",
}  # fmt: skip
# address, what is sent, what the page and the fragment both show
POSTED = [
    ("/matrix", ASKED, 'class="matrix"'),
    ("/propose", {"host": ""}, "interface eth1 192.168.100.1/24"),
    ("/mask", {}, "Proven by replay"),
]


@pytest.mark.parametrize(("address", "sent", "shown"), POSTED, ids=[one[0] for one in POSTED])
def test_a_button_gets_its_part_and_a_visitor_without_script_the_page(
    client: Client, address: str, sent: dict[str, str], shown: str
) -> None:
    """The same is shown in both, and caches know that the two differ."""
    whole = client.post(address, TEXTS | sent)
    part = client.post(address, TEXTS | sent, headers=SWAP)
    for answer, is_whole in ((whole, True), (part, False)):
        html = unescape(answer.content.decode())
        assert answer.status_code == 200
        assert ("<html" in html, "</body>" in html) == (is_whole, is_whole)
        assert shown in html
        assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize("address", ["/matrix", "/propose", "/mask"])
def test_texts_in_error_are_told_at_the_button_and_at_their_place(
    client: Client, address: str
) -> None:
    """422, which htmx swaps; the whole page has what was typed."""
    sent = TEXTS | ASKED | {"rules": "iptables -A INPUT --nonsense"}
    part = client.post(address, sent, headers=SWAP)
    html = part.content.decode()
    assert part.status_code == 422
    assert '<div id="errors-rules" hx-swap-oob="innerHTML"><div class="error"' in html
    whole = client.post(address, sent)
    assert whole.status_code == 422
    assert "--nonsense</textarea>" in whole.content.decode()


@pytest.mark.parametrize("address", ["/", "/matrix", "/propose", "/mask", "/save", "/whatif",
                                     "/cell", "/pick", "/advise"])  # fmt: skip
def test_a_text_over_its_limit_comes_back_whole(client: Client, address: str) -> None:
    """Nothing is cut: every form refuses it with 413 and shows it again."""
    title = "t" * (LIMITS.title_characters + 1)
    whole = client.post(address, TEXTS | ASKED | {"title": title})
    html = whole.content.decode()
    assert whole.status_code == 413
    assert f'value="{title}"' in html
    assert f"the title has {len(title)} characters" in html
    part = client.post(address, TEXTS | ASKED | {"title": title}, headers=SWAP)
    assert part.status_code == 413
    assert "<html" not in part.content.decode()
    assert 'role="alert"' in part.content.decode()


def test_a_problem_goes_beside_the_fields_that_have_it(client: Client) -> None:
    """The table stays; in the whole page the fields keep what was typed."""
    sent = TEXTS | ASKED | {"m_ports": "nine"}
    part = client.post("/matrix", sent, headers=SWAP)
    assert (part.status_code, part["HX-Retarget"]) == (422, "#matrix-problem")
    assert "Ports: &quot;nine&quot; is not a port" in part.content.decode()
    html = client.post("/matrix", sent).content.decode()
    assert 'name="m_ports" value="nine"' in html
    assert re.search(r'id="matrix-problem"><p class="problem" role="alert">Ports:', html)
    missing = client.post("/pcap", TEXTS, headers=SWAP)
    assert (missing.status_code, missing["HX-Retarget"]) == (422, "#pcap-problem")
    assert "Choose a file first" in missing.content.decode()


def test_a_save_leads_to_its_link_either_way(client: Client) -> None:
    """A redirect for a form, its address for htmx, and the key's cookie with both."""
    whole = client.post("/save", TEXTS)
    other = Client()
    part = other.post("/save", TEXTS, headers=SWAP)
    assert whole.status_code == 302
    assert (part.status_code, part["HX-Redirect"]) == (200, whole["Location"])
    assert "chainwalk_owner" in other.cookies
    assert "HX-Request" in part["Vary"]


def test_too_many_saves_are_told_in_the_dialog(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the whole page keeps the texts."""
    monkeypatch.setattr("playground.links.views.may_save", lambda request: False)
    part = client.post("/save", TEXTS, headers=SWAP)
    assert (part.status_code, part["Retry-After"]) == (429, "60")
    assert part.content.decode().strip().startswith('<p class="problem" role="alert">')
    whole = client.post("/save", TEXTS)
    assert whole.status_code == 429
    assert "MASQUERADE" in whole.content.decode()


def test_what_an_author_says_of_a_link_comes_back_when_it_is_refused(client: Client) -> None:
    """422, with what was typed in its field and what is wrong beside it; nothing is cut or kept."""
    link = client.post("/save", TEXTS)["Location"]
    title = "t" * (LIMITS.title_characters + 1)
    answer = client.post(f"{link}/edit", {"title": title, "description": "mine", "tags": "a"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert f'value="{title}"' in html
    assert "mine</textarea>" in html
    assert f"It has {len(title)} characters; at most {LIMITS.title_characters} are taken." in html
    assert store.find(link.rpartition("/")[2]).share.title == ""


def test_a_difference_is_a_page_and_a_part(client: Client) -> None:
    """Whoever goes back to its address gets the page, though it is htmx that asks."""
    link = client.post("/save", TEXTS)["Location"]
    parent = f"{link.rpartition('/')[2]}/1"
    changed = TEXTS | {"rules": TEXTS["rules"].replace("MASQUERADE", "ACCEPT")}
    client.post("/save", changed | {"as": "version", "parent": parent})
    whole = client.get(f"{link}/diff/1/2")
    part = client.get(f"{link}/diff/1/2", headers=SWAP)
    back = client.get(f"{link}/diff/1/2", headers=SWAP | {"HX-History-Restore-Request": "true"})
    assert "outcome changed" in whole.content.decode()
    assert "outcome changed" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert back.content == whole.content
    assert "HX-Request" in whole["Vary"]


def test_what_fails_is_a_fragment_for_htmx(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate, and a missing cookie: the page around it is still there."""
    monkeypatch.setattr("playground.site.costs.within", lambda *_: False)
    part = client.post("/matrix", TEXTS | ASKED, headers=SWAP)
    assert part.status_code == 429
    assert part.content.decode().strip().startswith('<p class="problem" role="alert">More than')
    strict = Client(enforce_csrf_checks=True)
    part = strict.post("/propose", TEXTS, headers=SWAP)
    assert part.status_code == 403
    assert part.content.decode().strip().startswith('<p class="problem" role="alert">Your browser')
    assert "MASQUERADE" in strict.post("/propose", TEXTS).content.decode()


@pytest.mark.browser
def test_a_proposed_host_is_put_in_and_walked(page: Page) -> None:
    """The page stays, and the browser's undo has the old host."""
    page.goto(EXAMPLE)
    address = page.url
    text_of(page, "host").fill("")
    page.get_by_role("button", name="Propose a host").click()
    expect(page.locator("#host")).to_have_value(re.compile("^# Proposed from the rules"))
    expect(page.locator("#announce")).to_contain_text("The host is proposed")
    assert page.url == address


@pytest.mark.browser
def test_a_mask_is_shown_beside_the_texts(page: Page) -> None:
    """It takes the focus; left alone, nothing has changed."""
    page.goto(EXAMPLE)
    address, rules = page.url, page.locator("#rules").input_value()
    page.locator("#save > summary").click()
    page.get_by_role("button", name="Mask addresses first").click()
    expect(page.locator("#mask h2").first).to_be_focused()
    expect(page.locator("#mask")).to_contain_text("Proven by replay")
    expect(page.locator("#save")).not_to_have_attribute("open", "")
    page.get_by_role("button", name="Leave it unmasked").click()
    expect(page.locator("#mask")).to_be_empty()
    assert (page.url, page.locator("#rules").input_value()) == (address, rules)


@pytest.mark.browser
def test_what_the_matrix_cannot_take_is_told_beside_its_fields(
    browser: Browser, server: str
) -> None:
    """A refused request is swapped in; a right one takes the words away.

    Not the usual page: the browser's console tells of a status of 422.
    """
    page = browser.new_page(base_url=server)
    page.goto(EXAMPLE)
    page.locator("summary", has_text="Try many packets").click()
    page.locator("[name=m_ports]").fill("nine")
    page.get_by_role("button", name="Show each verdict").click()
    expect(page.locator("#matrix-problem [role=alert]")).to_contain_text("nine")
    page.locator("[name=m_ports]").fill("443")
    page.get_by_role("button", name="Show each verdict").click()
    expect(page.locator("#matrix table")).to_be_visible()
    expect(page.locator("#matrix-problem")).to_be_empty()
    page.close()


def test_what_would_stop_a_packet_is_one_part(client: Client) -> None:
    """The answer alone for htmx, inside the page of its run without; texts in error are told."""
    part = client.post("/whatif", TEXTS | {"line": "1"}, headers=SWAP)
    whole = client.post("/whatif", TEXTS | {"line": "1"})
    for answer, is_whole in ((part, False), (whole, True)):
        html = answer.content.decode()
        assert answer.status_code == 200
        assert ("<html" in html, 'id="verdicts"' in html) == (is_whole, is_whole)
        assert "Any one of these changes stops it" in html
    wrong = client.post("/whatif", TEXTS | {"line": "1", "rules": "-A nonsense"}, headers=SWAP)
    assert wrong.status_code == 422
    assert "<html" not in wrong.content.decode()


@pytest.mark.parametrize(("address", "sent"), [
    ("/cell", ASKED | {"cell": "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn"}),
    ("/pick", {"pick": "in eth1 udp 192.168.100.10:5000 -> 198.51.100.7:53"}),
])  # fmt: skip
def test_a_packet_that_is_chosen_is_put_into_the_page(
    client: Client, address: str, sent: dict[str, str]
) -> None:
    """htmx gets the texts that changed, which the page puts in and runs; else the page is run."""
    packet = next(iter(reversed(sent.values())))
    part = unescape(client.post(address, TEXTS | sent, headers=SWAP).content.decode())
    assert f'data-packets="{packet}\n' in part
    assert "<html" not in part
    assert "data-rules" not in part
    whole = unescape(client.post(address, TEXTS | sent).content.decode())
    assert f"<code>{packet}</code>" in whole


def test_a_capture_of_which_nothing_is_chosen_stays(client: Client) -> None:
    part = client.post("/pick", TEXTS, headers=SWAP).content.decode()
    assert "Choose at least one packet" in part
    assert 'id="pcap"' not in part


@pytest.mark.browser
def test_a_question_and_a_cell_leave_the_page_where_it_is(page: Page) -> None:
    """Neither loads the page anew: what was typed, opened and scrolled to stays."""
    page.goto(EXAMPLE)
    page.evaluate("() => { window.isSame = true; }")
    page.get_by_role("button", name="What would stop packet 1?").click()
    expect(page.locator("#whatif-1")).to_contain_text("stops it", timeout=30_000)
    page.get_by_text("Try many packets").click()
    page.get_by_label("Sources").fill("192.168.100.10")
    page.get_by_label("Ports").fill("25, 443")
    page.get_by_role("button", name="Show each verdict").click()
    page.locator(".cell.is-rejected").click()
    expect(page.locator("#test-1 .short")).to_have_text("rejected: FORWARD", timeout=30_000)
    expect(page.locator(".cell[aria-current]")).to_have_class("cell is-rejected")
    expect(page.locator("#test-1 a")).to_have_attribute("aria-current", "true")
    assert page.evaluate("() => window.isSame")


@pytest.mark.browser
def test_what_lies_over_the_walk_is_reached_to_its_end_and_left_by_escape(page: Page) -> None:
    """Only panes scroll: what is higher than its own must do so too, inside its margins."""
    page.goto(EXAMPLE)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.locator("#save summary").click()
    page.get_by_role("button", name="Mask addresses first").click()
    last = page.locator("#mask pre").last
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    box, pane = last.bounding_box(), page.locator("#result").bounding_box()
    assert box is not None
    assert pane is not None
    assert box["x"] >= pane["x"] + 16
    assert box["x"] + box["width"] <= pane["x"] + pane["width"] - 16
    last.focus()
    page.keyboard.press("Escape")
    expect(page.locator("#mask")).to_be_empty()
    expect(page.locator(".verdict.is-chosen")).to_be_in_viewport()
    expect(page.locator("#result")).to_be_focused()
