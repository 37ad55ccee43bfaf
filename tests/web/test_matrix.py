"""Many packets at once: what the form takes, what it begins with, and what stays of the texts."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from playground.page import gallery
from playground.walks.matrix import alone, suggested, wanted
from sim.model.scenario import Scenario
from tests.browsing import EXAMPLE


def form(**values: str) -> dict[str, str]:
    usual = {"iface": "eth1", "sources": "10.0.0.1", "destination": "9.9.9.9", "ports": "80"}
    return {f"m_{name}": value for name, value in {**usual, **values}.items()}


@pytest.mark.parametrize(
    ("values", "sources", "ports"),
    [
        ({"ports": "22, 8000-8003 65535"}, 1, ("22", "8000", "8001", "8002", "8003", "65535")),
        ({"sources": "10.0.0.9-10.0.0.11,10.1.1.1"}, 4, ("80",)),
        ({"sources": "2001:db8::1-2001:db8::10"}, 16, ("80",)),
        ({"ports": "0"}, 1, ("0",)),
        ({"sources": "10.0.0.0/24"}, 254, ("80",)),
        ({"sources": "10.0.0.5/24"}, 254, ("80",)),
        ({"sources": "10.0.0.4/31, 10.0.0.9/32"}, 3, ("80",)),
        ({"sources": "2001:db8::/124"}, 16, ("80",)),
    ],
)
def test_ranges_are_each_of_them(
    values: dict[str, str], sources: int, ports: tuple[str, ...]
) -> None:
    """Of addresses and of ports, beside single ones; what was typed stays in the form."""
    matrix = wanted(form(**values))
    assert matrix.problem == ""
    assert len(matrix.sources) == sources
    assert matrix.ports == ports
    assert matrix.ports_text == values.get("ports", "80")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"sources": "10.0.0.0/23"}, "Sources and ports: that is 510 packets; at most 256 at"),
        ({"sources": "10.0.0.0/33"}, 'Sources: "10.0.0.0/33" is not a network such as'),
        ({"sources": "10.0.0.x"}, 'Sources: "10.0.0.x" is not an address, nor a range like'),
        ({"sources": "192.168.100.20-192.168.100.10"}, 'Sources: the range "192.168.100.20-'
         '192.168.100.10" is backwards; write 192.168.100.10-192.168.100.20.'),
        ({"sources": "10.0.0.1-::9"}, 'Sources: "10.0.0.1-::9" is a range from IPv4 to IPv6.'),
        ({"sources": "::-ffff::"}, "packets; at most 256 at once"),
        ({"sources": " "}, "Sources: name at least one address"),
        ({"ports": "1-65535"}, "that is 65,535 packets; at most 256 at once"),
        ({"ports": "30-20"}, 'Ports: the range "30-20" is backwards; write 20-30.'),
        ({"ports": "²"}, 'Ports: "²" is not a port'),
        ({"ports": "-"}, 'Ports: "-" is not a port'),
        ({"ports": "http"}, "nor a range like 8000-8010."),
        ({"ports": ""}, "Ports: name at least one"),
        ({"destination": "here"}, 'Destination: "here" is not an address.'),
    ],
)  # fmt: skip
def test_what_it_cannot_take_is_named(values: dict[str, str], says: str) -> None:
    """And nothing is walked."""
    matrix = wanted(form(**values))
    assert says in matrix.problem
    assert matrix.sources == ()


def test_the_form_begins_with_the_ends_of_the_first_packet() -> None:
    """Of the scenario that is on the page; nothing where no packet arrives."""
    packets = "# first\nlocal udp 1.1.1.1:1 -> 2.2.2.2:2\nin br0 udp [2001:db8::1]:9 -> [::2]:53\n"
    assert suggested(Scenario(rules="", host="", packets=packets)) == {
        "iface": "br0",
        "protocol": "udp",
        "sources": "2001:db8::1",
        "destination": "::2",
        "ports": "22, 53, 80, 443",
    }
    assert suggested(Scenario(rules="", host="", packets="reply\n" * 9)) == {}


@pytest.mark.parametrize("arrow", ["->", ">", "=>", "→"])
def test_the_form_reads_every_arrow_of_the_language(arrow: str) -> None:
    """And a protocol by its number: the reader of the packets text says what a line means."""
    packets = f"in eth7 proto 17 10.0.0.2:1 {arrow} 10.0.0.1:2\n"
    found = suggested(Scenario(rules="", host="", packets=packets))
    assert (found["iface"], found["protocol"], found["ports"]) == ("eth7", "udp", "2, 22, 80, 443")


def test_a_cell_leaves_what_was_written_as_remarks() -> None:
    """Nothing typed is lost, and walking cell after cell does not pile up."""
    first = "in eth1 tcp 10.0.0.1:40000 -> 9.9.9.9:80 syn"
    second = "in eth1 tcp 10.0.0.1:40000 -> 9.9.9.9:81 syn"
    written = Scenario(
        rules="", host="", packets="in eth1 icmp 10.0.0.1 -> 9.9.9.9 echo-request\nreply\n",
        expect="1: forwarded\n",
    )  # fmt: skip
    asked = wanted(form(ports="80-81"))
    once = alone(written, asked, first)
    assert once.packets.splitlines()[0] == first
    assert "# in eth1 icmp 10.0.0.1 -> 9.9.9.9 echo-request\n# reply\n" in once.packets
    assert once.expect == "# 1: forwarded"
    assert alone(once, asked, second).packets == once.packets.replace(first, second)


@pytest.mark.django_db
def test_the_walk_stays_beside_the_table(client: Client) -> None:
    """Of the scenario as it stands; a packets text that cannot be read has none, and no error."""
    values = {key: str(value) for key, value in gallery.first().scenario.as_json().items()}
    page = client.post("/matrix", {**values, **form(sources="192.168.100.10")}).content.decode()
    assert 'class="matrix"' in page
    assert "Forwarded out eth0" in page
    broken = {**values, "packets": "in nowhere", **form(sources="192.168.100.10")}
    page = client.post("/matrix", broken).content.decode()
    assert 'class="matrix"' in page
    assert "Write a packet into Packets" not in page
    for problem in ({**values, **form(ports="x")}, {**broken, **form(ports="x")}):
        assert "Ports: &quot;x&quot; is not" in client.post("/matrix", problem).content.decode()


@pytest.mark.django_db
def test_htmx_gets_the_table_alone(client: Client) -> None:
    """One fragment for the swap, with the errors of the texts for their places; else the page."""
    values = {key: str(value) for key, value in gallery.first().scenario.as_json().items()}
    asked = {**values, **form(sources="192.168.100.10")}
    whole = client.post("/matrix", asked)
    part = client.post("/matrix", asked, headers={"HX-Request": "true"})
    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]
    table = 'title="Forwarded out eth0'
    assert whole.content.decode().count(table) == part.content.decode().count(table) == 1
    wrong = client.post("/matrix", {**asked, "rules": "x"}, headers={"HX-Request": "true"})
    html = wrong.content.decode()
    assert '<div id="errors-rules" hx-swap-oob="innerHTML"><div class="error"' in html
    assert "1 error to fix" in html


@pytest.mark.browser
def test_a_wide_table_is_scrolled_by_keyboard(page: Page) -> None:
    """It has a name and takes the focus; what it hides it shows by a shadow at its edge."""
    page.set_viewport_size({"width": 700, "height": 900})
    page.goto(EXAMPLE)
    page.locator("summary", has_text="Try many packets").evaluate("one => one.click()")
    page.locator("[name=m_ports]").evaluate("(field) => { field.value = '80-95'; }")
    page.locator("[formaction='/matrix']").evaluate("button => button.click()")
    region = page.get_by_role("region", name="Each source to")
    expect(region).to_be_visible()
    assert not page.url.endswith("/matrix")  # the page stayed; only the table came
    region.focus()
    expect(region).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.scrolls').scrollLeft > 0")
    shadow = "box => getComputedStyle(box, '::after').position"
    assert region.evaluate(shadow) == "sticky"
