"""What people hide before they paste is asked once, and stands for itself until it is answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.read.host.text import parse_host
from sim.read.paste.reading import read_paste
from tests.paste.corpus import CASES

LISTING = """\
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    link/ether {mac} brd ff:ff:ff:ff:ff:ff
    inet {mask}/24 brd {net}.255 scope global eth0
default via {net}.1 dev eth0
"""
RULES = (
    "*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o eth0 -j SNAT --to-source {mask}\nCOMMIT\n"
)


def paste(mask: str, net: str, mac: str = "52:54:00:12:34:56") -> str:
    return LISTING.format(mask=mask, net=net, mac=mac) + RULES.format(mask=mask)


@pytest.mark.parametrize(
    ("mask", "net"), [("X.X.X.X", "X.X.X"), ("x.x.x.x", "x.x.x"), ("203.0.113.xxx", "203.0.113"),
                      ("*.*.*.*", "*.*.*"), ("203.0.xx.xx", "203.0.xx"),
                      ("xxx.xxx.xxx.10", "xxx.xxx.xxx")],
)  # fmt: skip
def test_the_same_mask_is_the_same_address(mask: str, net: str) -> None:
    """One question; the gateway stands in the interface's network, as it does behind the mask."""
    reading = read_paste(paste(mask, net))
    assert [(one.name, one.optional) for one in reading.questions] == [(mask, True)]
    host = parse_host(reading.host)
    (address,) = (one.address for one in host.interfaces["eth0"].addresses)
    assert f"--to-source {address.ip}" in reading.rules
    assert host.routes[0].via in address.network
    assert f"{mask} is read as {address.ip}" in " ".join(one.note for one in reading.receipt)


def test_an_answer_is_used_everywhere() -> None:
    """And what begins alike follows from it: the gateway needs no answer of its own."""
    reading = read_paste(paste("X.X.X.X", "X.X.X"), {"X.X.X.X": "203.0.113.9"})
    assert "--to-source 203.0.113.9" in reading.rules
    assert "default via 203.0.113.1 dev eth0" in reading.host
    assert reading.questions == ()


@pytest.mark.parametrize("mac", ["xx:xx:xx:xx:xx:xx", "aa:xx:xx:xx:xx:01", "52:54:**:**:**:**"])
def test_a_hidden_mac_refuses_nothing(mac: str) -> None:
    """The whole listing is read, and nobody is asked for a MAC."""
    reading = read_paste(paste("203.0.113.9", "203.0.113", mac))
    assert reading.questions == ()
    assert parse_host(reading.host).interfaces["eth0"].addresses


def test_two_masks_are_two_addresses() -> None:
    """Of two networks, because they begin with other letters."""
    rules = RULES.format(mask="x.x.x.x").replace("COMMIT", "-A POSTROUTING -s y.y.y.y\nCOMMIT")
    reading = read_paste(rules)
    assert {one.name for one in reading.questions} == {"x.x.x.x", "y.y.y.y"}
    words = reading.rules.split()
    one, other = words[words.index("--to-source") + 1], words[words.index("-s") + 1]
    assert one.rpartition(".")[0] != other.rpartition(".")[0]


def test_a_stand_in_is_no_address_of_the_paste() -> None:
    """203.0.113.10 is told, so 203.0.113.x is another one."""
    text = paste("203.0.113.10", "203.0.113") + RULES.format(mask="203.0.113.x")
    assert "--to-source 203.0.113.11" in read_paste(text).rules


@pytest.mark.parametrize("word", ["<public-ip>", "<your server>", "[REDACTED]"])
def test_a_word_in_brackets_is_a_mask_where_an_address_stands(word: str) -> None:
    """Elsewhere it is what it is."""
    reading = read_paste(RULES.format(mask=word))
    assert [one.name for one in reading.questions] == [word]
    assert read_paste(f"# {word} is the server\n").questions == ()


def test_a_script_asks_for_its_masks_and_takes_none_for_an_address() -> None:
    """It is run, and a rule with an address that nobody knows would have been refused."""
    text = "#!/bin/sh\niptables -A INPUT -s x.x.x.x -j DROP\niptables -A INPUT -j ACCEPT\n"
    reading = read_paste(text)
    assert reading.rules == "iptables -A INPUT -j ACCEPT\n"
    assert [(one.name, one.optional) for one in reading.questions] == [("x.x.x.x", False)]


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/cases is not here")
def test_the_case_of_masked_addresses() -> None:
    """Rules with X.X.X.X and a listing with a hidden MAC give a scenario and one question."""
    text = (CASES / "a20-masked-addresses.toml").read_text()
    text = "".join(line for line in text.splitlines(True) if not line.startswith("#"))
    reading = read_paste(text)
    assert [one.name for one in reading.questions] == ["X.X.X.X"]
    assert "203.0.113.10/24" in reading.host
    assert "--to" in reading.rules
    assert reading.packets


@given(st.text(alphabet="xX.:*#1a<>[ ]-sd\n", max_size=80))
def test_no_mask_stops_the_reading(text: str) -> None:
    """Whatever is hidden in whatever way; lines stay lines."""
    reading = read_paste(text)
    covered = [n for one in reading.receipt for n in range(one.first, one.last + 1)]
    told = len(text.rstrip("\n").split("\n"))  # the last empty lines may be left out
    assert covered == list(range(1, len(covered) + 1)) or not text.strip()
    assert told <= len(covered) <= len(text.split("\n")) or not text.strip()
