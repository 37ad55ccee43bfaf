"""The playground in a real browser: mouse, keyboard alone, and script switched off."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.browsing import EXAMPLE, change_rules, text_of

pytestmark = pytest.mark.browser


def test_run_streams_the_trace_to_the_page(page: Page) -> None:
    """Press Run: the fate is told in words and the steps are there."""
    page.goto(EXAMPLE)
    page.locator("#run").click()
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    expect(page.locator("#fates")).to_contain_text("Forwarded out eth0")
    assert page.locator(".step").count() > 20


def test_edited_texts_are_what_runs(page: Page) -> None:
    """A changed rule changes the fate, without a reload."""
    page.goto(EXAMPLE)
    change_rules(page, "iptables -P FORWARD DROP")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#fates li").first).to_contain_text("filter FORWARD")


def test_errors_stand_beside_their_text(page: Page) -> None:
    """A word that is not understood is pointed at; mending it and running clears it."""
    page.goto(EXAMPLE)
    whole = page.locator("#rules").input_value()
    change_rules(page, "iptables -A INPUT --nonsense -j DROP")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#errors-rules")).to_contain_text("^")
    change_rules(page, whole)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#errors-rules")).to_be_empty()
    expect(page.locator("#fates")).to_contain_text("Forwarded out eth0")


def test_what_is_typed_before_the_socket_is_open_is_checked(page: Page) -> None:
    """On a slow line the text is changed first; its errors are told as soon as it is open."""
    page.add_init_script(
        """const Real = WebSocket;
        window.WebSocket = class extends Real {
          set onopen(open) { super.onopen = (event) => setTimeout(() => open(event), 2500); }
        };"""
    )
    page.goto(EXAMPLE)
    expect(page.locator(".of-rules .said")).to_have_count(1)  # the editor listens
    change_rules(page, "iptables -A INPUT -p tcp --dprot 22 -j DROP\n")
    expect(page.locator("#errors-rules")).to_contain_text("did you mean --dport?")


def test_an_error_is_told_under_its_line(page: Page) -> None:
    """Where the caret is, or the pointer; and an option that is pointed at is explained."""
    page.goto(EXAMPLE)
    expect(page.locator(".of-rules .said")).to_have_count(1)  # the editor listens
    rules = page.locator("#rules")
    rules.fill("iptables -A INPUT -p tcp --dprot 22 -j DROP\niptables -A INPUT -i lo -j ACCEPT\n")
    rules.press("Control+Home")
    said = page.locator(".of-rules .said")
    expect(said).to_have_text("nothing on this line has the option --dprot (did you mean --dport?)")
    rules.press("Escape")
    expect(said).to_be_hidden()
    rules.press("ArrowDown")
    expect(said).to_be_hidden()
    rules.hover(position={"x": 60, "y": 16})
    expect(said).to_be_visible()
    rules.hover(position={"x": 150, "y": 40})  # what is said can be pointed at
    expect(said).to_be_visible()
    page.mouse.move(0, 0)
    expect(said).to_be_hidden()
    rules.blur()
    rules.hover(position={"x": 8 + 7.2 * 19, "y": 36})
    expect(page.locator("#word-help")).to_contain_text("-i")


def test_the_keyboard_alone_runs_and_walks(page: Page) -> None:
    """Tab to the rules, run, go to the trace, step, jump to the fate; the address has the step."""
    page.goto(EXAMPLE)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    expect(page.locator(".step.is-current")).to_have_id("step-1")
    page.keyboard.press("f")
    expect(page.locator(".step.is-current")).to_have_class(
        "step is-goes of-fate depth-0 is-current"
    )
    page.wait_for_url("**#step-*")


def test_save_gives_a_link_that_shows_the_same(page: Page) -> None:
    """Saving ends on /s/ID with the trace in the page."""
    page.goto(EXAMPLE)
    page.locator("#save summary").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/s/*")
    expect(page.locator("#fates")).to_contain_text("Forwarded out eth0")


def walked_by_many(page: Page, rules: int) -> None:
    """A walk past so many rules of which none matches."""
    page.goto(EXAMPLE)
    change_rules(
        page,
        "".join(
            f"iptables -A FORWARD -s 10.0.{i // 250}.{i % 250} -j DROP\n" for i in range(rules)
        ),
    )
    page.locator("#run").click()
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1, timeout=30_000)


def spans(page: Page) -> list[list[int]]:
    """The first and last step of each line of the trace."""
    found: list[list[int]] = page.evaluate(
        """[...document.querySelectorAll('.piece > .fold, .block > .piece > .step')].map(
             one => [
             +(one.dataset.from || one.id.slice(5)), +(one.dataset.to || one.id.slice(5))])"""
    )
    return found


def test_a_streamed_trace_has_the_lines_of_one_that_is_loaded(page: Page) -> None:
    """Run in the page and a page that comes with its trace: a fold here is a fold there."""
    walked_by_many(page, 1200)
    streamed = spans(page)
    page.locator("#save summary").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/s/*")
    assert streamed == spans(page)
    assert [6, 1205] in streamed


def test_a_lost_connection_goes_on_where_it_was(page: Page) -> None:
    """The socket is cut in the middle of a long run; no step is lost or doubled."""
    cuts = []

    def relay(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        frames = []

        def forward(frame: str | bytes) -> None:
            frames.append(frame)
            socket.send(frame)
            if not cuts and len(frames) == 4:
                cuts.append(len(frames))
                socket.close(code=1012, reason="cut by the test")
                server.close()

        server.on_message(forward)

    page.route_web_socket(lambda url: url.endswith("/ws/run"), relay)
    walked_by_many(page, 1500)
    assert cuts
    numbers = spans(page)
    assert numbers[0][0] == 1
    assert numbers[-1][1] > 4000
    assert all(before[1] + 1 == after[0] for before, after in pairwise(numbers))
    assert [6, 1505] in numbers  # and the cut parts no fold


def test_a_long_fold_brings_its_rows_when_it_is_opened(page: Page) -> None:
    """A thousand rules that did not match are one line; opened, each says why."""
    walked_by_many(page, 1000)
    fold = page.locator(".fold").first
    assert fold.locator(".step").count() == 0
    fold.locator("summary").first.click()
    first, last = int(fold.get_attribute("data-from")), int(fold.get_attribute("data-to"))
    assert last - first + 1 == 1000
    expect(fold.locator(".step")).to_have_count(1000)
    ids = fold.locator(".step").evaluate_all("rows => rows.map(row => +row.id.slice(5))")
    assert ids == [*range(first, last + 1)]
    text = fold.locator(".step .text").first.inner_text()
    number = int(text.split()[3]) - 1
    address = f"10.0.{number // 250}.{number % 250}/32"
    assert text.startswith(
        f"filter FORWARD rule {number + 1} doesn't match: wants -s {address}, packet"
    )


def test_the_clauses_of_a_rule_are_shown_when_asked_for_and_are_searched(page: Page) -> None:
    """Every wanted and seen value is a key away, and found by words that only a clause has."""
    page.goto(EXAMPLE)
    change_rules(
        page,
        "iptables -A FORWARD -p tcp -m tcp --dport 22 -m comment --comment 'a \"b\" <c>' -j DROP\n"
        "iptables -A FORWARD -p tcp -j ACCEPT\n",
    )
    page.locator("#run").click()
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    page.locator("#search").fill("✗ does not")
    rule = page.locator(".step:not(.is-missed)").filter(has_text="--dport 22").first
    expect(page.locator(".step:visible").filter(has_text="-p tcp -j ACCEPT")).to_have_count(0)
    button = rule.get_by_role("button", name="clauses")
    button.focus()
    page.keyboard.press("Enter")
    cells = rule.locator("tbody tr").last.locator("td")
    expect(button).to_have_attribute("aria-expanded", "true")
    assert cells.all_inner_texts()[1:] == ["--dport 22", "443", "✗ does not hold"]
    page.keyboard.press("Enter")
    expect(rule.locator("table")).to_have_count(0)


def test_a_line_of_the_editor_tells_of_steps_in_a_fold_that_has_no_rows_yet(page: Page) -> None:
    """Its link opens the fold, and the step is shown as soon as its row is there."""
    walked_by_many(page, 1000)
    assert page.locator("[data-source='700']").count() == 0
    page.locator("#rules").evaluate(
        "area => { const at = area.value.split('\\n').slice(0, 699).join('\\n').length + 3;"
        " area.focus(); area.setSelectionRange(at, at); }"
    )
    page.locator("#rules").press("ArrowRight")
    expect(page.locator("#line-note")).to_contain_text("Line 700: looked at")
    page.locator("#line-note a").first.click()
    current = page.locator(".step.is-current")
    expect(current).to_contain_text("-s 10.0.2.199/32")
    expect(current).to_be_in_viewport()


def test_without_script_the_whole_path_works(browser: Browser, server: str) -> None:
    """Run, read the trace, open a fold, save: four page loads, no script."""
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto(EXAMPLE)
    page.locator("#run").click()
    expect(page.locator("#fates")).to_contain_text("Forwarded out eth0")
    page.locator("#save summary").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/s/*")
    expect(page.locator(".step").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_nothing_is_wider_than_the_screen(page: Page, width: int) -> None:
    """No sideways scrolling at any width."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/examples/published-port")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1440])
@pytest.mark.parametrize("path", ["/", "/examples/home-router"])
def test_axe_finds_nothing(page: Page, path: str, width: int, scheme: str) -> None:
    """No accessibility violation, idle and with a trace, in both themes."""
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path)
    # axe's script is put in by the debugger, where the page's policy does not hold.
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_options_are_completed_and_explained(page: Page) -> None:
    """Typing part of an option offers it with a line of help; Enter takes it, undo gives it up."""
    page.goto(EXAMPLE)
    with page.expect_response("**/reference.json"):
        page.locator("#rules").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("iptables -A FORWARD -m conntrack --ctst")
    expect(page.locator(".suggestions li").first).to_contain_text("--ctstate")
    page.keyboard.press("Enter")
    assert page.locator("#rules").input_value().endswith("-m conntrack --ctstate ")


def test_the_builder_and_the_text_stay_in_step(page: Page) -> None:
    """The line at the caret fills the form; a changed field changes the line."""
    page.goto(EXAMPLE)
    page.get_by_text("Build a packet").click()
    expect(page.locator("[data-field=dport]")).to_have_value("443")
    page.locator("[data-field=dport]").fill("80")
    assert "198.51.100.7:80 syn mss 1460" in page.locator("#packets").input_value()
    page.get_by_role("button", name="Add as a new line").click()
    assert page.locator("#packets").input_value().splitlines()[-1].endswith("198.51.100.7:80 syn")


def test_a_matrix_leads_into_each_walk(page: Page) -> None:
    """Sources by ports as a table of fates; a cell is a walk one press away, beside the others."""
    page.goto(EXAMPLE)
    page.get_by_text("Try many packets").click()
    page.get_by_label("Sources").fill("192.168.100.10-192.168.100.11")
    page.get_by_label("Ports").fill("25, 80, 443")
    page.get_by_role("button", name="Show each verdict").click()
    expect(page.locator(".matrix td")).to_have_count(6)
    page.locator(".cell.is-rejected").first.click()
    expect(page.locator("#fates")).to_contain_text("Rejected by filter LAN rule 1")
    expect(page.locator(".matrix td")).to_have_count(6)
    expect(page.locator(".cell[aria-current]")).to_have_count(1)
    expect(page.get_by_label("Sources")).to_have_value("192.168.100.10-192.168.100.11")
    assert "# reply" in page.locator("#packets").input_value()
    page.locator(".cell.is-forwarded").first.click()
    expect(page.locator("#fates")).to_contain_text("Forwarded out eth0")


def test_a_drop_says_what_would_have_let_it_through(page: Page) -> None:
    """Asked in place: a list of changes, each with the fate it leads to."""
    page.goto(EXAMPLE)
    page.locator("#test-3 a").click()
    page.get_by_role("button", name="What would have let packet 3 through?").click()
    expect(page.locator("#whatif-3")).to_contain_text("in eth1 tcp 198.51.100.66:4444")
    expect(page.locator("#whatif-3")).to_contain_text("Delivered to the listener")


def test_a_line_of_the_rules_shows_the_steps_that_looked_at_it(page: Page) -> None:
    """The caret on a rule: how often it was looked at and matched, with links to the steps."""
    page.goto(EXAMPLE)
    page.locator("#rules").evaluate(
        "area => { const at = area.value.indexOf('-A FORWARD -i eth1');"
        " area.focus(); area.setSelectionRange(at, at); area.dispatchEvent(new Event('click')); }"
    )
    expect(page.locator("#line-note")).to_contain_text("matched 2")
    assert page.locator(".step.is-looked").count() == 2


def test_a_large_capture_is_sorted_as_it_is_and_can_be_undone(page: Page) -> None:
    """Blanks, tabs and brackets stay, and what stood in the host text comes back."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(EXAMPLE)
    page.wait_for_timeout(500)
    before = page.locator("#host").input_value()
    rules = "*filter\n:INPUT DROP [0:0]\n" + "-A INPUT -s 10.0.0.1/32 -j DROP\n" * 300 + "COMMIT\n"
    host = (
        "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP\n"
        "    inet 10.1.0.1/24  scope global   eth0 & more\n"
        + "".join(f"net.ipv4.conf.eth{i}.rp_filter\t=  {i % 3}\n" for i in range(300))
    )
    page.evaluate("text => navigator.clipboard.writeText(text)", rules + host)
    page.locator("#rules").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+v")
    expect(page.locator("#host")).to_have_value(host)
    expect(page.locator("#rules")).to_have_value(f"# Generated by iptables-save\n{rules}")
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#host")).to_have_value(before)


def test_without_a_host_one_is_proposed_in_sight(page: Page) -> None:
    """Run with an empty host: the proposal stands in the editor, and the packets walk."""
    page.goto(EXAMPLE)
    text_of(page, "host").fill("")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)
    assert "interface eth0" in page.locator("#host").input_value()
    expect(page.locator("#fates")).to_contain_text("Forwarded out eth0")


def test_a_line_of_the_rules_answers_why_for_every_packet(page: Page) -> None:
    """Of a rule that was tried, and of the same rule for packets that never came there."""
    page.goto(EXAMPLE)
    page.locator("#run").click()
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1, timeout=30_000)
    page.locator("#rules").evaluate(
        "area => { const at = area.value.indexOf('-A INPUT -i eth1');"
        " area.focus(); area.setSelectionRange(at, at); area.dispatchEvent(new Event('click')); }"
    )
    page.get_by_role("button", name="Why did it match, or not?").click()
    why = page.locator("#why li")
    expect(why).to_have_count(4)
    expect(why.nth(0)).to_contain_text("never came through INPUT")
    expect(why.nth(2)).to_contain_text("it did not match: -i eth1 (seen eth0) failed")
