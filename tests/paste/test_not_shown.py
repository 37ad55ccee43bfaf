"""What a paste does not show is said where it matters."""

from __future__ import annotations

import pytest

from sim.read.paste.reading import read_paste

HOST = "root@gw:~# ip -br a\neth0 UP 203.0.113.9/24 2001:db8::9/64\n"
SS = "root@gw:~# ss -lnt\nState Recv-Q Send-Q Local Address:Port Peer Address:Port\n"
LISTENS = f"{SS}LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n"
SAID = "what listens is not shown"


def notes_of(text: str) -> str:
    return " ".join(entry.note for entry in read_paste(text).receipt)


@pytest.mark.parametrize(
    "packet",
    ["in eth0 tcp 203.0.113.7:1000 -> 203.0.113.9:22 syn\n",
     "in eth0 udp [2001:db8::7]:1000 -> [2001:db8::9]:53\n",
     "12:00:00.0 IP 203.0.113.7.1000 > 203.0.113.9.22: Flags [S], seq 1, win 1, length 0\n"],
)  # fmt: skip
def test_ports_of_a_host_without_sockets_are_said_to_be_closed(packet: str) -> None:
    """The walk says that nothing listens; the receipt says why, once."""
    assert notes_of(HOST + packet * 2).count(SAID) == 1


@pytest.mark.parametrize(
    "text",
    [f"{HOST}{LISTENS}in eth0 tcp 203.0.113.7:1 -> 203.0.113.9:23 syn\n",
     f"{HOST}in eth0 tcp 203.0.113.7:1 -> 198.51.100.1:23 syn\n",
     f"{HOST}in eth0 icmp 203.0.113.7 -> 203.0.113.9 echo-request\n"],
)  # fmt: skip
def test_where_no_port_of_its_own_is_asked_nothing_is_said(text: str) -> None:
    """What passes through, what has no port, and a host that shows its sockets."""
    assert SAID not in notes_of(text)


LOG = (
    "kernel: IN=eth0 OUT= MAC= SRC=192.0.2.1 DST=192.0.2.2 LEN=84 TTL=64 ID=1 PROTO=TCP SPT=1 "
    "DPT=22 WINDOW=1 RES=0x00 SYN URGP=0"
)


@pytest.mark.parametrize("word", ["Thanks", "bad", "help:", "x"])
def test_a_word_below_a_line_of_log_is_not_part_of_it(word: str) -> None:
    """It is a person's."""
    receipt = read_paste(f"{LOG}\n{word}\n").receipt
    assert [(entry.first, entry.last, entry.form) for entry in receipt] == [
        (1, 1, "kernel log"), (2, 2, "text"),
    ]  # fmt: skip


@pytest.mark.parametrize("cut", [12, 13, 14, 30, 60, 99, 130, len(LOG) - 1])
def test_what_was_broken_off_still_is(cut: int) -> None:
    """In a name, in a number, between fields."""
    assert read_paste(f"{LOG[:cut]}\n{LOG[cut:]}\n").packets == read_paste(f"{LOG}\n").packets
