"""What tcpdump was typed with tells where its lines were seen, where no route tells it."""

from __future__ import annotations

import pytest

from sim.read.paste.reading import read_paste

HOST = "root@gw:~# ip -br a\neth0 UP 203.0.113.9/24\neth1 UP 10.20.0.1/24\n"
SYN = "12:00:00.000000 IP {} > 203.0.113.9.8080: Flags [S], seq 1, win 64240, length 0\n"


def packets_of(command: str, source: str = "198.51.100.7.40000", host: str = HOST) -> str:
    return read_paste(f"{host}root@gw:~# {command}\n{SYN.format(source)}").packets


@pytest.mark.parametrize(
    "command",
    ["tcpdump -i eth0", "tcpdump -ni eth0 port 8080", "sudo tcpdump -nnvi eth0",
     "tcpdump -n --interface=eth0", "/usr/sbin/tcpdump -n -c 1 -i eth0"],
)  # fmt: skip
def test_a_line_comes_in_where_tcpdump_listened(command: str) -> None:
    """The host has two interfaces and no route to the sender."""
    assert packets_of(command).startswith("in eth0 12:00:00")


@pytest.mark.parametrize("command", ["tcpdump -n", "tcpdump -i any -n", "tcpdump -ni wlan7"])
def test_where_it_did_not_say_nothing_is_guessed(command: str) -> None:
    """No interface, all of them, or one that the host does not have: the line is left aside."""
    assert packets_of(command) == ""


def test_a_route_to_the_sender_tells_more_than_where_it_was_seen() -> None:
    """What is passed on is seen where it leaves: 10.20.0.7 comes in on eth1 all the same."""
    assert packets_of("tcpdump -ni eth0", "10.20.0.7.40000").startswith("12:00:00")


def test_what_the_host_sent_does_not_come_in() -> None:
    """tcpdump sees both directions."""
    assert not packets_of("tcpdump -ni eth0", "203.0.113.9.22").startswith("in ")


def test_the_receipt_says_so() -> None:
    """Nothing is decided out of sight; and the next tcpdump has its own interface."""
    text = f"{HOST}# tcpdump -ni eth0\n{SYN.format('198.51.100.7.1')}# tcpdump -n\n" + SYN.format(
        "198.51.100.8.1"
    )
    reading = read_paste(text)
    notes = [entry.note for entry in reading.receipt if entry.form == "packets"]
    assert "it comes in on eth0, where tcpdump listened" in notes[0]
    assert "cannot be told" in notes[1]
