"""The packet builder beside its text, and the words that the rules editor offers."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import EXAMPLE, text_of

pytestmark = pytest.mark.browser

SYN = "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn mss 1460"
PING = "in eth1 icmp 192.168.100.10 -> 198.51.100.7 echo-request id 7 seq 1"


def _open(page: Page, text: str, line: int = 1) -> None:
    """The builder open beside a text, with the caret at the end of one of its lines."""
    page.goto(EXAMPLE)
    page.get_by_text("Build a packet").click()
    text_of(page, "packets").fill(text)
    _caret(page, line)


def _caret(page: Page, line: int) -> None:
    text_of(page, "packets").focus()
    page.keyboard.press("Control+Home")
    for _ in range(line - 1):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("End")


def _text(page: Page) -> str:
    return page.locator("#packets").input_value()


def _set(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        field = page.locator(f"[data-field={name}]")
        if name in ("protocol", "direction"):
            field.select_option(value)
        else:
            field.fill(value)


def test_the_form_follows_what_is_typed_on_a_line(page: Page) -> None:
    """The caret stays on its line: the fields still show what is typed, and do not undo it."""
    _open(page, "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:44")
    page.keyboard.type("5 syn")
    expect(page.locator("[data-field=dport]")).to_have_value("445")
    expect(page.locator("[data-field=flags]")).to_have_value("syn")
    _set(page, source="192.168.100.11")
    assert _text(page) == "in eth1 tcp 192.168.100.11:40000 -> 198.51.100.7:445 syn"


@pytest.mark.parametrize(
    "other", ["reply", "wait 30s", "", "# a remark", "in eth1 tcp", f"{SYN} \\"]
)
def test_a_line_that_is_no_packet_is_left_alone(page: Page, other: str) -> None:
    """On such a line the form changes no line; it says so and adds a new one when asked."""
    text = f"{SYN}\n{other}\nreply"
    _open(page, text, 1)
    expect(page.locator("#builder-line")).to_contain_text("Line 1:")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#builder-line")).to_contain_text("Line 2 is not a packet")
    _set(page, dport="80", protocol="udp")
    assert _text(page) == text
    page.get_by_role("button", name="Add as a new line").click()
    assert _text(page) == f"{text}\nin eth1 udp 192.168.100.10:40000 -> 198.51.100.7:80"
    expect(page.locator("#builder-line")).to_contain_text("Line 4:")


def test_a_line_that_is_gone_is_not_written(page: Page) -> None:
    """After lines are deleted, or a script has set the text, no phantom line appears."""
    _open(page, f"reply\nreply\n{SYN}", 3)
    text_of(page, "packets").fill("")
    _set(page, dport="80")
    assert _text(page) == ""
    page.get_by_role("button", name="Add as a new line").click()
    assert _text(page) == "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:80 syn"
    page.evaluate("document.getElementById('packets').value = 'reply\\nwait 3s'")
    _set(page, dport="81")
    assert _text(page) == "reply\nwait 3s"
    expect(page.locator("#builder-line")).to_contain_text("has changed meanwhile")


@pytest.mark.parametrize(
    ("before", "fields", "after"),
    [
        (f"{SYN}  # the first", {"dport": "80"},
         "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:80 syn mss 1460  # the first"),
        ('in eth1 udp 10.0.0.1:1 -> 10.0.0.2:2 payload "a # \\" b" ttl 3 #c', {"dport": "53"},
         'in eth1 udp 10.0.0.1:1 -> 10.0.0.2:53 payload "a # \\" b" ttl 3 #c'),
        (f"{SYN} ttl 3 # c", {"protocol": "icmp"},
         "in eth1 icmp 192.168.100.10 -> 198.51.100.7 echo-request id 7 seq 1 ttl 3 # c"),
        (f"{SYN} ttl 3", {"protocol": "udp"},
         "in eth1 udp 192.168.100.10:40000 -> 198.51.100.7:443 ttl 3"),
        (f"{PING} ttl 3", {"protocol": "tcp"},
         "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn ttl 3"),
        ("in eth1 udp 10.0.0.1:1 -> 10.0.0.2:2 id 9 mark 4", {"protocol": "icmp"},
         "in eth1 icmp 10.0.0.1 -> 10.0.0.2 echo-request id 7 seq 1 ip-id 9 mark 4"),
        ("in eth1 icmp 10.0.0.1 -> 10.0.0.2 time-exceeded quoting (udp ::1:1 -> ::2:2) tos 4",
         {"protocol": "udp"}, "in eth1 udp 10.0.0.1:40000 -> 10.0.0.2:443 tos 4"),
        ("local uid 5 gid 6  tcp  a:https -> [::1]:2 mss 9 ack,syn", {"uid": "7", "flags": "rst"},
         "local uid 7 gid 6  tcp  a:https -> [::1]:2 mss 9 rst"),
        ("local gid 6 udp 10.0.0.1:1 -> 10.0.0.2:2 cmd curl", {"direction": "in"},
         "in eth1 udp 10.0.0.1:1 -> 10.0.0.2:2"),
    ],
)  # fmt: skip
def test_what_the_form_has_no_field_for_stays(
    page: Page, before: str, fields: dict[str, str], after: str
) -> None:
    """Comments, quoted text and attributes stay, unless the new protocol cannot have them."""
    _open(page, before)
    _set(page, **fields)
    assert _text(page) == after


def test_a_protocol_and_back_again_loses_nothing(page: Page) -> None:
    """Walking through the protocols with the arrow keys ends at the line as it was."""
    _open(page, f"{SYN} # c")
    for protocol in ("udp", "icmp", "icmpv6", "tcp"):
        _set(page, protocol=protocol)
    assert _text(page) == f"{SYN} # c"


def test_the_builders_edit_is_undone_by_the_browser(page: Page) -> None:
    """Undo in the text gives back the line, then what was typed before; the caret in the field
    stays where the typing is."""
    _open(page, f"reply\n{SYN}", 1)
    page.keyboard.type(" ttl 3")
    page.keyboard.press("ArrowDown")
    field = page.locator("[data-field=dport]")
    field.focus()
    page.keyboard.press("Home")
    page.keyboard.type("22")
    expect(field).to_be_focused()
    expect(field).to_have_value("22443")
    assert field.evaluate("field => field.selectionStart") == 2
    assert "198.51.100.7:22443 syn" in _text(page)
    text_of(page, "packets").focus()
    for _ in range(4):
        page.keyboard.press("Control+z")
    assert _text(page).endswith(SYN), _text(page)
    while _text(page).startswith("reply "):  # what was typed before the form was used
        page.keyboard.press("Control+z")
    assert _text(page) == f"reply\n{SYN}"
    expect(field).to_have_value("443")


def test_undo_in_a_field_takes_the_line_along(page: Page) -> None:
    """Undo from within the form: line and field go back together, and forth again."""
    _open(page, SYN)
    field = page.locator("[data-field=dport]")
    field.focus()
    page.keyboard.press("Home")
    page.keyboard.type("2")
    page.keyboard.press("Control+z")
    expect(field).to_have_value("443")
    assert _text(page) == SYN


def _rules(page: Page, text: str) -> None:
    """The rules editor with a text, its caret at the end, its words known."""
    page.goto(EXAMPLE)
    with page.expect_response("**/reference.json"):
        page.locator("#rules").focus()
    page.locator("#rules").fill(text)
    page.keyboard.press("Control+End")


def test_completion_works_on_a_line_that_is_scrolled_sideways(page: Page) -> None:
    """The list stays with its word while the text scrolls, and Enter takes what it offers."""
    _rules(page, "iptables -A FORWARD -m comment --comment " + "x" * 200)
    page.keyboard.type(" -m conntrack --ct", delay=40)
    listed = page.locator(".suggestions")
    assert page.locator("#rules").evaluate("area => area.scrollLeft") > 300
    expect(listed).to_be_visible()
    page.keyboard.type("sta")
    expect(listed).to_be_visible()
    column = "+document.querySelector('.suggestions').style.getPropertyValue('--column')"
    before = page.evaluate(column)
    assert 0 < before < 100  # of what is in view, not of the line
    page.locator("#rules").evaluate("area => { area.scrollLeft -= 40; }")
    # Asked from here: a wait inside the page is an eval, which the page's own policy forbids.
    until = time.monotonic() + 10
    while page.evaluate(column) <= before + 3 and time.monotonic() < until:
        page.wait_for_timeout(20)
    assert page.evaluate(column) > before + 3
    expect(listed).to_be_visible()
    page.keyboard.press("Enter")
    assert page.locator("#rules").input_value().endswith("-m conntrack --ctstate ")


@pytest.mark.parametrize("key", ["Escape", "ArrowLeft", "Home", "Tab", "Control+ArrowLeft"])
def test_the_help_line_offers_only_what_enter_takes(page: Page, key: str) -> None:
    """However the list is closed, the line below no longer says that Enter takes something."""
    _rules(page, "iptables -A FORWARD -m conntrack")
    page.keyboard.type(" --ctst")
    expect(page.locator("#word-help")).to_contain_text("Enter takes it")
    page.keyboard.press(key)
    expect(page.locator(".suggestions")).to_be_hidden()
    expect(page.locator("#word-help")).not_to_contain_text("Enter takes it")


def test_a_list_whose_line_is_scrolled_away_is_closed(page: Page) -> None:
    """Scrolled up and down, the list goes along; out of view there is neither list nor promise."""
    _rules(page, "# a remark\n" * 100 + "iptables")
    page.keyboard.type(" --pr", delay=40)
    expect(page.locator(".suggestions")).to_be_visible()
    page.locator("#rules").evaluate("area => { area.scrollTop = 0; }")
    expect(page.locator(".suggestions")).to_be_hidden()
    expect(page.locator("#word-help")).not_to_contain_text("Enter takes it")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("--protoc", "--protocol"),
        ("--sour", "--source"),
        ("--jum", "--jump"),
        ("--in-i", "--in-interface"),
        ("--protocol tcp --dpo", "--dport"),
        ("--jump MASQ", "MASQUERADE"),
    ],
)
def test_long_names_are_completed(page: Page, typed: str, offered: str) -> None:
    """Whoever writes options by their long names is helped as well."""
    _rules(page, "iptables --append FORWARD ")
    page.keyboard.type(typed)
    expect(page.locator(".suggestions li.is-chosen b")).to_contain_text(offered)
    page.keyboard.press("Enter")
    assert page.locator("#rules").input_value().endswith(f"{offered} ")


@pytest.mark.parametrize("width", [320, 1440])
def test_the_open_builder_is_accessible(page: Page, width: int) -> None:
    """The group of fields is named by the line that it edits, and fits the screen."""
    from axe_playwright_python.sync_playwright import Axe

    page.set_viewport_size({"width": width, "height": 900})
    page.goto(EXAMPLE)
    if width < 700:
        page.get_by_role("radio", name="Packets").check()
    page.get_by_text("Build a packet").click()
    group = page.get_by_role("group", name="Line 1: a change here changes it")
    expect(group).to_be_visible()
    assert group.evaluate("group => group.getBoundingClientRect().right") <= width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_large_paste_goes_in_beside_a_trace_and_can_be_undone(page: Page) -> None:
    """For as long as it takes the page has no trace; neither that nor the scrolling is seen."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(EXAMPLE)
    expect(page.locator("#player")).to_be_visible()
    before = page.locator("#rules").input_value()
    scrolled = "document.querySelector('.group.is-chosen > .steps').scrollTop"
    page.evaluate(f"{scrolled} = 60")
    page.wait_for_timeout(300)
    at = page.evaluate(scrolled)
    assert at > 40
    text = "".join(f"iptables -A FORWARD -s 10.0.{i >> 8}.{i & 255} -j LOG\n" for i in range(3000))
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator("#rules").evaluate("area => { area.focus({preventScroll: true}); area.select(); }")
    changing = page.evaluate_handle("""() => {
      const seen = [];
      const area = document.getElementById('rules');
      area.addEventListener('beforeinput', () => seen.push(document.documentElement.className));
      return seen;
    }""")
    page.keyboard.press("Control+v")
    expect(page.locator("#rules")).to_have_value(text)
    assert changing.json_value() == ["is-changing"]
    assert page.evaluate("document.documentElement.className") == ""
    expect(page.locator("#trace")).to_be_visible()
    assert page.evaluate(scrolled) == at
    page.keyboard.press("Control+z")
    expect(page.locator("#rules")).to_have_value(before)


def test_every_target_has_its_colour(page: Page) -> None:
    """What follows -j or -g, a chain of one's own too; and a policy."""
    page.goto(EXAMPLE)
    page.locator("#rules").fill(
        ":INPUT DROP [0:0]\n-A INPUT -j mine\n-A INPUT -g TPROXYING\n-A INPUT --jump NFQUEUE\n"
    )
    words = page.locator(".of-rules .w-target")
    expect(words).to_have_text(["DROP", "mine", "TPROXYING", "NFQUEUE"])
