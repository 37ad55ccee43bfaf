"""Walking through a trace in a real browser: what is in sight, and what is said."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import EXAMPLE, change_rules, text_of

pytestmark = pytest.mark.browser

# What stands where a step begins: the step itself, or what hides it.
ON_TOP = """step => {
  const { left, top, width, height } = step.getBoundingClientRect();
  return step.contains(document.elementFromPoint(left + width / 2, top + Math.min(8, height / 2)));
}"""

NUMBERS = "cells => cells.map(cell => parseInt(cell.firstChild.data, 10))"


def started(page: Page, path: str = EXAMPLE) -> None:
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


def test_a_closed_table_of_conntrack_is_not_read_out(page: Page) -> None:
    """A step to it is announced with how many there are; with its lines only while it is open."""
    started(page)
    row = page.locator(".step:has(.flows)").first
    row.locator("summary").focus()
    page.locator("#trace").evaluate("trace => trace.querySelector('.step').click()")
    page.keyboard.press("f")
    page.keyboard.press("j")
    expect(row).to_have_attribute("aria-current", "step")
    said = page.locator("#announce")
    expect(said).to_have_text("conntrack holds 1 connection.")
    row.locator("details").evaluate("table => { table.open = true; }")
    page.keyboard.press("k")
    page.keyboard.press("j")
    expect(said).to_contain_text("conntrack holds 1 connection: tcp 6 ")


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
    page.get_by_role("button", name="Whole map").click()
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
    change_rules(page, rules)
    text_of(page, "packets").fill("in eth1 udp 10.0.0.1:1 -> 9.9.9.9:53\n" * 60)
    page.locator("#run").click()
    expect(page.locator(".step").nth(200)).to_be_attached()
    page.locator("#stop").click()
    expect(page.locator("#status")).to_have_text("Stopped. Run starts it again.")
    expect(page.locator("#cursor[data-done]")).to_have_count(0)


def test_hit_counts_never_stand_at_lines_that_moved(page: Page) -> None:
    """An edit takes them away until the next run, which stands them at the lines as they are."""
    started(page)
    counted = page.locator(".of-rules .n:has(.count)")
    expect(counted.first).to_be_visible()
    before = counted.evaluate_all(NUMBERS)
    page.locator("#rules").press("Control+Home")
    page.keyboard.type("iptables -A NOPE -j DROP\n")  # an error: no run follows by itself
    expect(page.locator("#errors-rules .error")).to_have_count(1)
    expect(counted).to_have_count(0)
    page.keyboard.press("Control+Home")
    page.keyboard.press("Shift+End")
    page.keyboard.type("# one more line")
    expect(counted).to_have_count(len(before))
    assert counted.evaluate_all(NUMBERS) == [line + 1 for line in before]


def test_a_rule_that_could_not_be_decided_has_a_mark_of_its_own(page: Page) -> None:
    """Looked at, matched, not known: three marks beside the lines."""
    started(page)
    page.locator("#expect").evaluate("area => { area.value = ''; }")
    change_rules(
        page,
        "iptables -A INPUT -p udp -j DROP\n"
        "iptables -A INPUT -p tcp\n"
        "iptables -A INPUT -m time --timestart 09:00 --timestop 17:00 -j DROP\n",
    )
    text_of(page, "host").fill("interface eth0 192.0.2.1/24")
    text_of(page, "packets").fill("in eth0 tcp 192.0.2.9:5 -> 192.0.2.1:80 syn")
    page.locator("#run").click()
    expect(page.locator(".of-rules .count")).to_have_text(["·", "1×", "?"])


def test_a_map_is_made_when_its_packet_is_looked_at(page: Page) -> None:
    """Or printed. Without script every map is there; the page is lighter without the others."""
    page.goto(EXAMPLE)
    expect(page.locator("#map-1 svg.map")).to_have_count(2)  # wide and tall
    assert page.locator(".map-place svg.map").count() == 2
    page.locator("#result").focus()
    page.keyboard.press("p")
    expect(page.locator("#map-2 svg.map.is-wide.is-cropped")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".map-place svg.map")).to_have_count(8)
    assert page.locator(".map-place noscript").count() == 0


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


def test_who_clicks_run_goes_on_with_the_keys_of_the_trace(page: Page) -> None:
    """Who presses a key stays where it was pressed: on the button, in the editor."""
    started(page)
    page.locator("#run").click()
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    page.keyboard.press("m")
    expect(page.locator(".step.is-current")).to_contain_text("matches")
    page.locator("#run").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    expect(page.locator("#run")).to_be_focused()


@pytest.mark.parametrize("width", [390, 1440])
def test_escape_leads_to_the_trace_and_e_to_the_line_of_a_step(page: Page, width: int) -> None:
    """The caret is on the rule that the step is of, or on the packet's line."""
    page.set_viewport_size({"width": width, "height": 900})
    started(page)
    if width < 1000:
        page.get_by_role("radio", name="Rules").check()
    page.locator("#rules").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#result")).to_be_focused()
    page.keyboard.press("r")  # the TTL
    page.keyboard.press("r")
    expect(page.locator(".step.is-current")).to_contain_text("NAT rewrites the source")
    page.keyboard.press("e")
    expect(page.locator("#rules")).to_be_focused()
    at = page.locator("#rules").evaluate("area => area.value.slice(area.selectionStart)")
    assert at.startswith("-A POSTROUTING -o eth0 -j MASQUERADE\n")
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.keyboard.press("f")
    page.keyboard.press("e")
    expect(page.locator("#packets")).to_be_focused()
    at = page.locator("#packets").evaluate("area => area.value.slice(area.selectionStart)")
    assert at.startswith(page.locator("#packets").input_value().split("\n")[1])


def test_escape_first_closes_what_is_open_in_an_editor(page: Page) -> None:
    """A list of words; then it leaves the editor."""
    started(page)
    with page.expect_response("**/reference.json"):
        page.locator("#rules").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("iptables -A INPUT -m conntrack --cts")
    expect(page.locator(".suggestions")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".suggestions")).to_be_hidden()
    expect(page.locator("#rules")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#result")).to_be_focused()


def test_the_fate_is_the_packets_own_not_that_of_the_hosts_answer(page: Page) -> None:
    """A rejected packet's key leads past the ICMP error that went out because of it."""
    started(page)
    page.locator("#result").focus()
    for number in range(1, 5):
        page.keyboard.press("f")
        expect(page.locator(".step.is-current")).to_have_attribute("data-line", str(number))
    expect(page.locator(".step.is-current")).to_contain_text("Rejected by filter LAN rule 1")


def test_the_packets_plate_hides_no_name_of_the_map(page: Page) -> None:
    """At no station that the example's packets come by."""
    started(page)
    page.locator("#result").focus()
    seen = set()
    for _ in range(60):
        page.keyboard.press("j")
        page.wait_for_timeout(30)
        hidden = page.evaluate("""() => {
          const marker = [...document.querySelectorAll(".marker[visibility=visible]")]
            .find(one => one.checkVisibility());
          if (!marker) return [];
          const plate = marker.querySelector("rect").getBBox();
          const at = new DOMMatrix(marker.style.transform);
          const [left, top] = [plate.x + at.e, plate.y + at.f];
          const names = [...marker.ownerSVGElement.querySelectorAll(".station text")]
            .filter(name => name.getClientRects().length);  // what is drawn at all
          const moved = part => part ? new DOMMatrix(part.style.transform).f : 0;
          return [marker.ownerSVGElement.querySelector(".is-now").dataset.name,
            ...names.filter(name => {
              const box = name.getBBox();
              box.y += moved(name.closest(".station")) + moved(name.closest(".platform"));
              return box.x < left + plate.width && box.x + box.width > left
                && box.y + 3 < top + plate.height && box.y + box.height - 3 > top;
            }).map(name => name.textContent)];
        }""")
        if hidden:
            seen.add(hidden[0])
        assert hidden[1:] == [], hidden[0]
    assert {"PREROUTING", "routing", "FORWARD", "POSTROUTING", "INPUT"} <= seen


def test_long_addresses_stand_in_two_lines_on_a_narrow_map(page: Page) -> None:
    """The plate is never wider than the drawing."""
    page.set_viewport_size({"width": 390, "height": 844})
    started(page)
    for name, text in {
        "host": "interface eth0 2001:db8:aaaa:bbbb:cccc:dddd:eeee:1/64\nlisten tcp [::]:22\n",
        "packets": "in eth0 tcp [2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:40000 -> "
        "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:1]:22 syn\n",
        "rules": "",
        "expect": "",
    }.items():
        page.locator(f"#{name}").evaluate("(area, text) => { area.value = text; }", text)
    page.locator("#run").click()
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    page.keyboard.press("j")
    marker = page.locator(".map.is-tall .marker[visibility=visible]").first
    expect(marker.locator("tspan")).to_have_count(2)
    page.wait_for_timeout(300)  # it glides
    box = marker.locator("rect").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_the_command_that_captures_a_machine_can_be_copied(page: Page) -> None:
    """Into the clipboard, as it stands on the page."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    started(page)
    page.get_by_text("Capture my machine").click()
    page.get_by_role("button", name="Copy the command").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("(iptables-save; ip6tables-save;")
    assert copied.endswith("2>/dev/null")


def test_without_a_packet_the_page_says_how_one_is_written(page: Page) -> None:
    """And where examples are; the trace of the run before is gone."""
    started(page)
    text_of(page, "packets").fill("# nothing yet\n")
    page.locator("#run").click()
    expect(page.locator("#status")).to_have_text("No packets yet. Add one under Packets, then Run.")
    expect(page.locator("#trace")).to_contain_text("Write a packet into Packets")
    expect(page.locator("#trace .step")).to_have_count(0)
    page.locator("#trace").get_by_role("link", name="an example").click()
    page.wait_for_url("**/examples/")


def test_a_row_without_a_packet_shows_that_of_the_row_before(page: Page) -> None:
    """Conntrack's table is told of the packet as it left, however one came there."""
    started(page)
    page.locator("#result").focus()
    page.keyboard.press("f")
    page.keyboard.press("j")
    expect(page.locator(".step.is-current")).to_contain_text("conntrack holds")
    plate = page.locator(".map.is-wide .marker[visibility=visible] text").first
    expect(plate).to_have_text("tcp 203.0.113.1:40000 → 198.51.100.7:443")
