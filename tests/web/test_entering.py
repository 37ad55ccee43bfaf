"""The way in: one box for anything, its receipt, its questions; and nothing of an example stays."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from playground.page import gallery
from playground.walks import entering
from sim.model.scenario import Scenario
from tests.browsing import EXAMPLE, text_of
from tests.web.test_accessible import violations

SESSION = """root@gw:~# iptables -S INPUT
-P INPUT DROP
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
root@gw:~# ip -br addr
lo UNKNOWN 127.0.0.1/8
eth0 UP 192.0.2.10/24
root@gw:~# uname -s
Linux
"""
ASKING = "iptables -P INPUT DROP\niptables -A INPUT -i $WAN -p tcp --dport 22 -j ACCEPT\n"
MINE = "iptables -A INPUT -p tcp --dport 2222 -j ACCEPT\niptables -P INPUT DROP\n"
LOG = (
    "[ 12.3] [UFW BLOCK] IN=eth1 OUT= MAC=02:00:00:00:00:02:02:00:00:00:00:01:08:00 "
    "SRC=192.168.100.10 DST=192.168.100.1 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP "
    "SPT=40000 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0"
)


def paste(page: Page, selector: str, text: str) -> None:
    """From the clipboard, over all that stands there, as a person does it."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator(selector).focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+v")


def walked(page: Page) -> None:
    expect(page.locator("#cursor[data-done=walked]")).to_have_count(1)


# Without a browser.


def test_the_first_page_is_empty_and_asks(client: Client) -> None:
    """No text of an example is on it, no step; each example is one link away."""
    html = client.get("/").content.decode()
    assert 'name="paste"' in html
    assert 'type="file"' in html
    assert "MASQUERADE" not in re.sub(r"<ul class=\"starts\">.*?</ul>", "", html, flags=re.S)
    assert 'class="step' not in html
    assert all(f'href="/examples/{one.name}"' in html for one in gallery.everything())


def test_a_session_becomes_texts_a_receipt_and_a_walk(client: Client) -> None:
    """Every line is accounted for; what was not there is proposed and says so."""
    html = client.post("/read", {"paste": SESSION}).content.decode()
    assert "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT" in html
    assert "1 rule, 1 interface." in html
    assert "1 line printed by `uname -s`, passed over" in html
    assert 'class="step' in html
    badge = r'data-proposed="packets">Proposed: put in yours'
    assert re.search(badge, html)
    assert re.search(r'data-proposed="host" hidden', html)


def test_files_are_read_as_a_paste_is(client: Client) -> None:
    """Several of them, together."""
    from django.core.files.uploadedfile import SimpleUploadedFile as Upload

    files = [Upload("rules.v4", b"*filter\n-A INPUT -j ACCEPT\nCOMMIT\n"),
             Upload("addr.txt", b"2: eth7: <UP> mtu 1500\n    inet 192.0.2.7/24\n")]  # fmt: skip
    html = client.post("/read", {"paste": "", "file": files}).content.decode()
    assert "1 rule, 1 interface." in html
    assert "eth7" in html


def test_what_cannot_be_read_stays_in_the_box(client: Client) -> None:
    """And the page says so once."""
    html = client.post("/read", {"paste": "hello\nworld <b>\n"}).content.decode()
    assert html.count("Nothing in it could be read") == 1
    assert "hello\nworld &lt;b&gt;" in html
    html = client.post("/read", {"paste": "  "}).content.decode()
    assert "There is nothing in the box yet" in html
    too_much = client.post("/read", {"paste": "x " * 2_200_000})
    assert too_much.status_code == 413


def test_a_question_is_asked_once_and_its_answer_goes_on(client: Client) -> None:
    """Buttons and a field; the paste comes back with the answer and is walked."""
    html = client.post("/read", {"paste": ASKING}).content.decode()
    assert "Which value has $WAN" in html
    assert 'name="answer:WAN"' in html
    assert 'class="step' not in html
    html = client.post("/read", {"paste": ASKING, "answer:WAN": ["", "eth5"]}).content.decode()
    assert "-i eth5" in html
    assert "Which value has" not in html
    assert 'class="step' in html


def test_an_answer_leaves_what_was_changed_since() -> None:
    """The text that a person edited is kept, and the page can say so."""
    text = (
        "Chain INPUT (policy DROP)\ntarget prot opt source destination\n"
        "ACCEPT tcp -- anywhere anywhere tcp dpt:22\n"
    )
    before = entering.entered([text], {})
    assert [one.name for one in before.questions if one.optional]
    name = before.questions[0].name
    answers = {name: before.questions[0].answers[0]}
    done = entering.answered(before.scenario, text, {}, answers)
    assert done.kept == ()
    assert name not in [one.name for one in done.questions]
    mine = before.scenario.rules + "# mine\n"
    edited = Scenario(rules=mine, host=before.scenario.host, packets=before.scenario.packets)
    done = entering.answered(edited, text, {}, answers)
    assert done.kept == ("rules",)
    assert done.scenario.rules == mine


def test_own_rules_over_an_example_leave_its_host_and_packets_without_script(
    client: Client,
) -> None:
    """A few changed rules are still the example; other rules are not."""
    example = gallery.first()
    form = {name: getattr(example.scenario, name) for name in ("rules", "host", "packets")}
    form["example"] = example.name
    html = client.post("/", {**form, "rules": MINE}).content.decode()
    assert "mss 1460" not in html
    assert html.count("Proposed: put in yours") == 2
    assert "hidden>Proposed" not in html
    assert "delivered" in html.lower()
    changed = example.scenario.rules.replace("--dport 22", "--dport 23")
    html = client.post("/", {**form, "rules": changed}).content.decode()
    assert "mss 1460" in html
    assert html.count("hidden>Proposed") == 2


@pytest.mark.parametrize("name", [one.name for one in gallery.everything()])
def test_an_example_is_known_by_its_rules(name: str) -> None:
    """Itself with one line changed is the example; other rules are not."""
    found = gallery.by_name(name)
    assert found is not None
    rules = found.scenario.rules
    assert not entering.is_own(rules, rules)
    for line in rules.split("\n"):
        if line.startswith("-A"):
            assert not entering.is_own(rules.replace(line, line.replace("ACCEPT", "DROP")), rules)
    assert entering.is_own("ip6tables -A FORWARD -p 50 -j LOG\n", rules)


def test_packets_are_read_where_they_can_be() -> None:
    """A log line among statements becomes one; what is none stays, and is counted."""
    host = gallery.first().scenario.host
    text = f"in eth1 icmp 192.168.100.10 -> 192.168.100.1 echo-request\nnonsense\n{LOG}\nreply\n"
    found = entering.put_into(Scenario(host=host, packets=text), "packets")
    lines = found.scenario.packets.split("\n")
    assert lines[1] == "nonsense"
    assert lines[2].startswith("in eth1 tcp 192.168.100.10:40000 -> 192.168.100.1:22 syn")
    assert found.unread == "3 of 4"
    assert [(one.first, one.form) for one in found.receipt] == [(3, "kernel log")]


def test_a_proposal_is_walked_and_named() -> None:
    """Rules alone get a host and packets that ask about them."""
    found = entering.with_proposals(Scenario(rules=MINE))
    assert entering.proposed_in(found) == ("host", "packets")
    assert ":2222 syn" in found.packets
    assert "listen tcp 0.0.0.0:2222" in found.host


def test_a_script_without_an_interface_still_gets_a_host_and_packets(client: Client) -> None:
    """Its sysctls are no host: one is proposed in front of them, and the walk has packets."""
    script = (
        "#!/bin/sh\niptables -A FORWARD -i eth1 -o eth0 -j ACCEPT\niptables -P FORWARD DROP\n"
        "echo 1 > /proc/sys/net/ipv4/ip_forward\n"
    )
    made = entering.entered([script], {})
    assert made.proposed == ("host", "packets")
    assert "interface eth1 " in made.scenario.host
    assert made.scenario.host.rstrip().endswith(("ip_forward=1", "a usual service"))
    assert 'class="step' in client.post("/read", {"paste": script}).content.decode()


def test_the_api_walks_a_paste(client: Client) -> None:
    """With the receipt; an open question is no step, and its answer goes on."""

    def asked(**body: object) -> dict[str, object]:
        answer = client.post("/api/simulate", json.dumps(body), content_type="application/json")
        return dict(answer.json())

    packet = "in eth0 tcp 192.0.2.9:1 -> 192.0.2.10:22 syn\n"
    whole = asked(text=SESSION + packet)
    assert whole["steps"]
    assert whole["questions"] == []
    assert [one["became"] for one in whole["receipt"]][1] == "rules"  # type: ignore[attr-defined]
    first = asked(text=ASKING)
    assert first["steps"] == []
    assert [one["name"] for one in first["questions"]] == ["WAN"]  # type: ignore[attr-defined]
    assert "question" in str(first["stopped"])
    then = asked(text=ASKING + "interface eth0 192.0.2.10/24\n" + packet,
                 answers={"WAN": "eth0"})  # fmt: skip
    assert "-i eth0" in then["scenario"]["rules"]  # type: ignore[index]
    refused = asked(text="hello")
    assert refused["error"]["reason"] == "refused"  # type: ignore[index]


def test_a_run_reads_what_only_a_paste_can_hold(client: Client) -> None:
    """Commands behind a root prompt are no comments, without script and in the API."""
    rules = "# iptables -P INPUT DROP\n# iptables -A INPUT -i lo -j ACCEPT\n"
    host = "interface eth0 192.0.2.10/24\nlisten tcp 0.0.0.0:22\n"
    body = {"rules": rules, "host": host, "packets": "in eth0 tcp 192.0.2.9:1 -> 192.0.2.10:22 syn"}
    assert "Dropped" in client.post("/", body).content.decode()
    answer = client.post("/api/simulate", json.dumps(body), content_type="application/json").json()
    assert [step["verdict"] for step in answer["steps"] if step["kind"] == "fate"] == ["dropped"]
    assert answer["receipt"]


# In a browser.


@pytest.mark.browser
def test_a_paste_into_the_box_is_walked(page: Page) -> None:
    """Paste, one key, and the receipt stands above the packets; Back has the paste again."""
    page.goto("/")
    expect(page.locator("#paste")).to_be_focused()
    page.keyboard.insert_text(SESSION)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".receipt")).to_contain_text("Read: 1 rule, 1 interface.")
    expect(page.locator("#fates .fate")).to_have_count(1)
    expect(page.locator(".of-packets .badge")).to_have_text("Proposed: put in yours")
    page.get_by_text("What became of each line").click()
    expect(page.locator(".entries")).to_contain_text("rules without a table")
    page.go_back()
    expect(page.locator("#paste")).to_have_value(SESSION)


@pytest.mark.browser
def test_a_dropped_file_is_read(page: Page) -> None:
    """Anywhere on the page."""
    page.goto("/")
    page.evaluate(
        """text => {
        const data = new DataTransfer();
        data.items.add(new File([text], "session.txt", {type: "text/plain"}));
        document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
    }""",
        SESSION,
    )
    expect(page.locator(".receipt")).to_contain_text("Read: 1 rule, 1 interface.")


@pytest.mark.browser
def test_a_question_is_answered_in_the_page(page: Page) -> None:
    """Beside the box while nothing can be walked."""
    page.goto("/")
    page.locator("#paste").fill(ASKING)
    page.get_by_role("button", name="Read and run").click()
    question = page.get_by_role("group", name=re.compile("Which value has .WAN"))
    question.get_by_role("textbox").fill("eth0")
    question.get_by_role("button", name="Answer").click()
    expect(page.locator("#fates .fate").first).to_be_visible()
    assert "-i eth0" in page.locator("#rules").input_value()


@pytest.mark.browser
def test_rules_pasted_over_an_example_run_on_nobody_elses_host(page: Page) -> None:
    """Host and packets are proposed, in sight and in words; Undo brings the example back."""
    page.goto(EXAMPLE)
    page.wait_for_timeout(500)
    paste(page, "#rules", MINE)
    expect(page.locator("#fates")).not_to_contain_text("192.168.100.10")
    expect(page.locator("#fates .fate").first).to_contain_text(":2222 syn")
    expect(page.locator(".part .badge:visible")).to_have_count(2)
    expect(page.locator("#rules")).to_have_value(MINE)
    expect(page.locator("#rules")).to_be_focused()
    expect(page.locator("#announce")).to_contain_text("The example's host and packets")
    expect(page.locator("h1")).to_have_text("Untitled")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#fates")).to_contain_text("192.168.100.10")
    assert "MASQUERADE" in page.locator("#rules").input_value()


@pytest.mark.browser
def test_rules_typed_over_an_example_do_the_same_live(page: Page) -> None:
    """No key but those of the rules: the run that follows the typing is on a proposed host."""
    page.goto(EXAMPLE)
    page.wait_for_timeout(500)
    page.locator("#rules").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("iptables -A INPUT -p udp --dport 5353 -j DROP")
    expect(page.locator("#fates .fate").first).to_contain_text(":5353")
    expect(page.locator("#fates")).not_to_contain_text("192.168.100.10")
    expect(page.locator("#host")).to_have_value(re.compile("^# Proposed from the rules"))


@pytest.mark.browser
def test_a_changed_rule_keeps_the_example(page: Page) -> None:
    """An example is there to be changed."""
    page.goto(EXAMPLE)
    page.wait_for_timeout(500)
    at = page.locator("#rules").input_value().index("--dport 22") + len("--dport 22")
    page.locator("#rules").evaluate(
        "(area, at) => { area.focus(); area.setSelectionRange(at, at) }", at
    )
    page.keyboard.type("22")
    walked(page)
    expect(page.locator("#fates .fate")).to_have_count(4)
    expect(page.locator("#fates")).to_contain_text("192.168.100.10")


@pytest.mark.browser
def test_a_mixture_pasted_into_an_editor_goes_where_it_belongs(page: Page) -> None:
    """The rest of a session is the host's, with the receipt; the packets are asked anew."""
    page.goto(EXAMPLE)
    page.wait_for_timeout(500)
    paste(page, "#rules", SESSION)
    expect(page.locator(".receipt")).to_contain_text("Read: 1 rule, 1 interface.")
    expect(page.locator("#host")).to_have_value(re.compile("eth0 UP 192.0.2.10/24"))
    expect(page.locator("#rules")).to_have_value(re.compile(r"-A INPUT -p tcp .*COMMIT", re.S))
    expect(page.locator("#fates .fate").first).to_contain_text("192.0.2.10:22")
    expect(page.locator(".of-packets .badge")).to_be_visible()
    expect(page.locator(".of-host .badge")).to_be_hidden()


@pytest.mark.browser
def test_a_log_line_pasted_among_the_packets_becomes_one(page: Page) -> None:
    """What is no packet is marked once, beside its line."""
    page.goto(EXAMPLE)
    page.wait_for_timeout(500)
    text_of(page, "packets")
    paste(page, "#packets", f"whatever\n{LOG}\n")
    expect(page.locator("#packets")).to_have_value(
        re.compile(r"^whatever\nin eth1 tcp 192.168.100.10:40000")
    )
    expect(page.locator("#status")).to_contain_text("1 error to fix")
    expect(page.locator("#errors-packets .error")).to_have_count(1)


@pytest.mark.browser
def test_work_survives_the_ways_out(page: Page) -> None:
    """Back from a lesson, a reload, New: what was read and changed is still there."""
    page.goto("/")
    page.locator("#paste").fill(SESSION)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#fates .fate")).to_have_count(1)
    mine = page.locator("#rules").input_value() + "# mine\n"
    page.locator("#rules").fill(mine)
    page.get_by_role("link", name="Lessons", exact=True).click()
    page.wait_for_url("**/lessons/")
    page.go_back()
    expect(page.locator("#rules")).to_have_value(mine)
    expect(page.locator("#fates .fate")).to_have_count(1)
    page.reload()
    expect(page.locator("#rules")).to_have_value(mine)
    page.get_by_role("link", name="New").click()
    expect(page.locator("#paste")).to_be_visible()
    expect(page.locator("#paste")).to_have_value("")
    page.get_by_role("button", name="Go on with your last texts").click()
    expect(page.locator("#rules")).to_have_value(mine)
    expect(page.locator("#fates .fate")).to_have_count(1)


@pytest.mark.browser
def test_texts_can_be_written_by_hand(page: Page) -> None:
    """The empty editors, and a host that is proposed for what was written."""
    page.goto("/")
    page.get_by_role("button", name="by hand").click()
    expect(page.locator("#rules")).to_be_focused()
    page.keyboard.insert_text(MINE)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#fates .fate").first).to_contain_text(":2222")
    expect(page.locator("h1")).to_have_text("Untitled")


@pytest.mark.browser
def test_all_of_it_works_without_script(browser: Browser, server: str) -> None:
    """One form: a paste, a question, the walk; and a link with a # says what it needs."""
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/#v1.abc")
    expect(page.get_by_text("it needs script to open")).to_be_visible()
    page.locator("#paste").fill(ASKING)
    page.get_by_role("button", name="Read and run").click()
    page.get_by_role("textbox", name="The answer").fill("eth0")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".step").first).to_be_visible()
    expect(page.locator(".of-host .badge")).to_be_visible()
    context.close()


@pytest.mark.browser
def test_how_much_is_shown_is_remembered(page: Page) -> None:
    """On the next page too."""
    page.goto(EXAMPLE)
    page.get_by_label("what matched").check()
    page.goto("/examples/published-port")
    expect(page.get_by_label("what matched")).to_be_checked()
    expect(page.locator(".step.is-skipped:visible")).to_have_count(0)


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1366])
def test_saving_asks_for_a_title_and_shows_the_link(page: Page, width: int) -> None:
    """Proposed from the verdict; Esc closes; one button copies; the key is folded away."""
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/")
    page.locator("#paste").fill(MINE.replace("2222", str(2000 + width)))
    page.get_by_role("button", name="Read and run").click()
    expect(page.locator("#fates .fate")).to_have_count(2)
    page.locator("#save summary").click()
    title = page.get_by_role("textbox", name="Title", exact=True)
    expect(title).to_be_focused()
    expect(title).to_have_value("Dropped at INPUT: tcp to 203.0.113.1:22")
    box = page.locator("#save fieldset").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    page.keyboard.press("Escape")
    expect(title).to_be_hidden()
    expect(page.locator("#save summary")).to_be_focused()
    page.keyboard.press("Enter")
    title.fill("Mine")
    page.keyboard.press("Enter")
    page.wait_for_url("**/s/*")
    expect(page).to_have_title("Mine · Chainwalk")
    expect(page.locator("h1")).to_have_text("Mine")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    expect(page.locator(".key a")).to_be_hidden()
    page.goto(page.url)
    expect(page.locator("[data-fresh]")).to_have_count(0)
    expect(page.locator(".key")).to_have_count(0)


LISTED = """$ sudo iptables -L -n
Chain INPUT (policy DROP)
target     prot opt source               destination
ACCEPT     all  --  0.0.0.0/0            0.0.0.0/0

$ ip -br addr
lo UNKNOWN 127.0.0.1/8
eth0 UP 192.0.2.10/24
"""


@pytest.mark.browser
def test_a_question_beside_the_walk_keeps_what_was_typed_since(page: Page) -> None:
    """It may stay open; its answer changes the rules, and leaves the person's packets."""
    page.goto("/")
    page.locator("#paste").fill(LISTED)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#fates")).to_contain_text("undetermined")
    page.locator("#adder").fill("in eth0 icmp 192.0.2.9 -> 192.0.2.10 echo-request")
    page.keyboard.press("Enter")
    expect(page.locator("#fates .fate")).to_have_count(2)
    page.get_by_role("button", name="none", exact=True).click()
    expect(page.locator(".receipt")).to_contain_text("Your own changes to the packets text")
    expect(page.locator("#fates .fate")).to_have_count(2)
    expect(page.locator("#fates")).not_to_contain_text("undetermined")


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (768, "light"), (1440, "dark")])
def test_the_way_in_is_accessible(browser: Browser, server: str, width: int, scheme: str) -> None:
    """Empty, while it asks, with a receipt, and with what was just saved."""
    context = browser.new_context(
        base_url=server, viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    page = context.new_page()
    page.goto("/")
    said = violations(page, "the box")
    page.locator("#paste").fill(ASKING)
    page.get_by_role("button", name="Read and run").click()
    page.get_by_role("group", name=re.compile("Which value")).wait_for()
    said += violations(page, "a question")
    page.locator("#paste").fill(LISTED)
    page.get_by_role("button", name="Read and run").click()
    page.locator(".verdict:visible").first.wait_for()
    said += violations(page, "a walk with a question")
    page.locator("#save summary").click()
    said += violations(page, "the dialog")
    page.locator("#save").get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/s/*")
    said += violations(page, "saved")
    context.close()
    assert said == []
