"""The packet builder and the language of the packets text stay in step."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from sim.base.errors import Refused
from sim.model.host import Host
from sim.read.packets.text import parse_packets
from tests.web.test_editing import _caret, _open, _text

pytestmark = pytest.mark.browser

# Lines of tests/cases, with remarks and blanks as people write them.
LINES = """\
in eth0 tcp 10.0.0.2:1001 -> 10.0.0.1:9 ack seq 5 ack 77
in eth0 tcp 10.0.0.2:1003 -> 10.0.0.1:9 syn payload "12345"
in eth0 tcp 10.0.0.2:1004 -> 10.0.0.1:9 fin,ack seq 5 ack 77 tos 0x13
in eth0 tcp 10.0.0.2:1005 -> 10.0.0.1:80 syn seq 1000 tos 0x10 ttl 200
in eth0 tcp [2001:db8:1::5]:1000 -> [2001:db8:1::1]:23 syn
in eth1 tcp 192.168.1.10:1000 -> 198.51.100.7:80 syn df mss 1460 sackok timestamp 5/0 wscale 7
in eth1 tcp 192.168.1.10:1002 -> 198.51.100.7:80 syn df options-hex 020405b40402080a
in eth1 tcp 192.168.1.10:40000 -> 198.51.100.7:443 none # nothing said
in eth0 udp 10.0.0.2:1000 -> 10.0.0.1:9 payload "hello # ttl 9"
  in eth0  udp 10.0.0.2:5 -> 10.0.1.2:0   payload "abc" ttl 9  # remark
local uid 0 udp 192.168.1.1:5 -> 192.168.1.7:6
local uid 0 tcp 10.0.1.1:1006 -> 10.0.1.2:77 syn
local uid 1000 gid 100 udp 10.0.1.1:5 -> 10.0.1.9:9 ttl 7
local uid 0 udp 10.0.1.1:97 -> 10.0.1.1:53 mark 5
local udp [fd00:1::1]:5555 -> [fd00:0::200]:1000
local icmp 10.0.0.1 -> 10.0.1.1 echo-request id 1 seq 1
in eth0 icmp 10.0.0.3 -> 10.0.1.2 echo-request id 3 seq 1
in vnet0 icmp 10.0.0.2 -> 10.0.0.3 echo-reply id 7 seq 1 src-mac 02:00:00:00:00:aa
in eth1 icmp 10.0.1.2 -> 10.0.1.1 host-unreachable quoting last
in eth0 icmp 198.51.100.99 -> 192.168.1.10 host-unreachable quoting 1
in eth0 icmp 9.9.9.9 -> 192.168.1.10 port-unreachable quoting (udp 192.168.1.10:9 -> 9.9.9.9:53)
in eth0 icmp 10.0.0.2 -> 10.0.1.1 type 3 code 1 tos 0x10
in eth0 icmpv6 fd00::2 -> fd00::1 echo-request id 5 seq 1 payload "xyz"
in eth0 icmpv6 [fd00:0::2] -> [fd00:1::5] packet-too-big mtu 1280
in eth0 icmpv6 fd00::2 -> ff02::1 neighbour-solicitation target fd00::1
in eth0 proto 89 10.0.0.4 -> 10.0.1.2 payload "12345678"
in eth0 proto 59 fd00::6 -> fd00::1
in eth0 ospf 10.0.0.4 -> 10.0.1.2
in eth0 proto ah 2001:db8:1::5 -> 2001:db8:2::5 spi 100
in eth0 proto sctp [2001:db8:1::5]:1 -> [2001:db8:2::5]:2 init
in eth0 sctp 10.0.0.2:1 -> 10.0.0.1:2 data vtag 5
in eth0 dccp 10.0.0.2:1 -> 10.0.0.1:2 ack seq 5 ack 7
in eth0 proto 136 10.0.0.2:1 -> 10.0.0.1:2 udp-length 8
in eth0 gre 10.0.0.2 -> 10.0.0.1 key 0x10
in eth0 esp 198.51.100.1 -> 203.0.113.1 spi 0x999 seq 1 payload "0123456789"
in eth0 esp 198.51.100.1 -> 203.0.113.1 carrying udp 10.8.0.5:53 -> 192.168.100.1:5353
in vnet1 arp request 10.0.0.3 -> 10.0.0.2
in vnet0 arp reply 10.0.0.2 -> 10.0.0.3 src-mac 02:00:00:00:00:aa sender-mac 02:00:00:00:00:ac
in vnet0 udp 10.0.0.2:1000 -> 10.0.0.1:53 src-mac 02:00:00:00:00:aa dst-mac 02:00:00:00:00:bb
in vnet0 udp [2001:db8:1::2]:1002 -> [2001:db8:1::3]:53 ext hbh=c20400000000
in vnet0 udp [2001:db8:2::2]:1000 -> [2001:db8:2::9]:53 hoplimit 1
in eth0 udp 10.0.0.2:1 -> 10.0.1.2:9 ip-options-hex 01010101
in eth0 udp 10.0.0.3 -> 10.0.0.1 id 8 offset 1008 length 120
in eth1 udp 192.168.1.10:1 -> 198.51.100.7:53 length 1000 id 7 fragment 0-495
in eth1 udp 192.168.1.10:1 -> 192.168.1.1:80 checksum bad""".splitlines()

NEW = {
    "iface": "br7", "uid": "12", "sport": "4711", "dport": "4712", "flags": "syn,ack",
    "ttl": "77", "mark": "0x77", "number": "112",
}  # fmt: skip


def _parses(text: str) -> bool:
    try:
        parse_packets(text, Host())
    except Refused:
        return False
    return True


def _words(text: str) -> list[str]:
    return re.findall(r'"[^"]*"|\s+|[^\s"]+', text)


def _change(page: Page, name: str, line: str) -> None:
    field = page.locator(f"[data-field={name}]:visible")
    if name == "type":
        options = field.evaluate("field => [...field.options].map((option) => option.value)")
        now = field.input_value()
        field.select_option(next(one for one in options if one not in (now, "")))
    elif name in ("source", "destination"):
        field.fill("2001:db8:77::7" if "::" in line.split("#")[0] else "10.77.0.7")
    else:
        field.fill(NEW[name])


def _fields(page: Page) -> list[str]:
    return page.evaluate(
        "() => [...document.querySelectorAll('#builder [data-field]')]"
        ".filter((field) => field.checkVisibility()).map((field) => field.dataset.field)"
    )


@pytest.mark.parametrize("part", range(3))
def test_one_field_changes_one_word_of_any_line(page: Page, part: int) -> None:
    """Each field of each line: it still parses, and every other word and blank is as it was."""
    _open(page, "")
    area = page.locator("#packets")
    for line in LINES[part::3]:
        assert _parses(line), line
        area.fill(line)
        expect(page.locator("#builder-line")).to_have_text("Line 1: a change here changes it")
        expect(page.locator("#builder-problem")).to_have_text("")
        for name in _fields(page):
            if name in ("protocol", "direction"):
                continue
            area.fill(line)
            _change(page, name, line)
            text = _text(page)
            assert text != line, (name, line)
            assert _parses(text), (name, line, text)
            before, after = _words(line), _words(text)
            while before and after and before[0] == after[0]:
                del before[0], after[0]
            while before and after and before[-1] == after[-1]:
                del before[-1], after[-1]
            allowed = 5 if name == "type" and "code" in line else 1  # a name has its code with it
            assert len("".join(before).split()) <= allowed, (name, line, text)
            assert len("".join(after).split()) <= 2, (name, line, text)


@pytest.mark.parametrize("part", range(3))
def test_any_protocol_of_any_line_is_a_packet_or_not_written(page: Page, part: int) -> None:
    """Each protocol in turn: the line parses, or it stays and the form says what is lacking; back
    at its own protocol the line is as it was."""
    _open(page, "")
    area, problem = page.locator("#packets"), page.locator("#builder-problem")
    field = page.locator("[data-field=protocol]")
    for line in LINES[part * 2 :: 6]:
        area.fill(line)
        direction = page.locator("[data-field=direction]").input_value()
        own = field.input_value()
        for protocol in ("tcp", "udp", "icmp", "icmpv6", "sctp", "dccp", "udplite", "gre", "esp",
                         "ah", "other", *(["arp"] if direction == "in" else []), own):  # fmt: skip
            before = _text(page)
            field.select_option(protocol)
            text = _text(page)
            assert _parses(text), (protocol, line, text)
            assert text != before or problem.text_content() or protocol == own, (protocol, line)
        assert _text(page) == line


@pytest.mark.parametrize(
    ("before", "protocol", "after"),
    [
        ("in eth0 udp 10.0.0.2:1 -> 10.0.1.2:9 ttl 3 # c", "arp",
         "in eth0 arp request 10.0.0.2 -> 10.0.1.2 # c"),
        ("in vnet0 arp reply 10.0.0.2 -> 10.0.0.3 src-mac 02:00:00:00:00:aa", "icmp",
         "in vnet0 icmp 10.0.0.2 -> 10.0.0.3 echo-request id 7 seq 1 src-mac 02:00:00:00:00:aa"),
        ("in eth0 esp 10.0.0.2 -> 10.0.1.2 spi 5 mark 1", "other",
         "in eth0 proto 89 10.0.0.2 -> 10.0.1.2 mark 1"),
        ("in eth0 proto 89 10.0.0.2 -> 10.0.1.2 ttl 2", "sctp",
         "in eth0 sctp 10.0.0.2:40000 -> 10.0.1.2:443 init ttl 2"),
    ],
)  # fmt: skip
def test_a_protocol_brings_what_it_needs(
    page: Page, before: str, protocol: str, after: str
) -> None:
    """And what only the other protocol had is gone."""
    _open(page, before)
    page.locator("[data-field=protocol]").select_option(protocol)
    assert _text(page) == after


def test_a_field_that_makes_no_packet_is_marked_and_writes_nothing(page: Page) -> None:
    """The line stays a packet; the form says why, and writes again when the field is mended."""
    line = "in eth0 udp 10.0.0.2:1 -> 10.0.1.2:9"
    _open(page, line)
    for name, wrong, says in (
        ("dport", "", "A port is a number"),
        ("sport", "70000", "A port is a number"),
        ("source", "10.0.0", "The source is an address"),
        ("destination", "2001:db8::1", "both IPv4 or both IPv6"),
        ("ttl", "256", "The TTL is a number from 0 to 255"),
        ("mark", "red", "A mark is a number"),
    ):
        field = page.locator(f"[data-field={name}]")
        own = field.input_value()
        field.fill(wrong)
        assert _text(page) == line
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#builder-problem")).to_contain_text(says)
        field.fill(own)
        expect(field).not_to_have_attribute("aria-invalid", "true")
        assert _text(page) == line


def test_fields_that_are_of_no_line_are_marked(page: Page) -> None:
    """On a line that is no packet the fields are drawn as a new line's, and said to be so."""
    _open(page, "in eth0 udp 10.0.0.2:1 -> 10.0.1.2:9\nreply", 1)
    expect(page.locator("#builder")).not_to_have_class(re.compile("is-new"))
    _caret(page, 2)
    expect(page.locator("#builder")).to_have_class(re.compile("is-new"))
    expect(page.locator("#builder-line")).to_contain_text("of no line yet")
