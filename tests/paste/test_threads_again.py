"""What more threads showed: masks in commands, wide columns, quoted files, odd lines of LOG."""

from __future__ import annotations

import pytest

from sim.read.paste.reading import read_paste


def notes(text: str) -> str:
    return " ".join(entry.note for entry in read_paste(text).receipt)


@pytest.mark.parametrize("shell", ["$ {}\n", "#!/bin/sh\n{}\n", "`{}`\n"])
def test_a_mask_in_a_command_is_no_file(shell: str) -> None:
    """It is asked for by its name, and the answer stands in its place."""
    text = shell.format("sudo iptables -I INPUT 1 -i <bridge-interface> -j ACCEPT")
    [question] = read_paste(text).questions
    assert "<bridge-interface>" in question.text
    reading = read_paste(text, {question.name: "br0"})
    assert reading.rules == "iptables -I INPUT 1 -i br0 -j ACCEPT\n"
    assert reading.questions == ()


def test_a_mask_that_changes_nothing_is_not_asked() -> None:
    """Nor does a redirection become one."""
    text = (
        "ping -c 3 <external_gateway>\niptables -P INPUT DROP\niptables-restore <rules >/dev/null\n"
    )
    assert [one.name for one in read_paste(text).questions] == ["rules"]


@pytest.mark.parametrize("width", [100, 150])
def test_a_wide_column_is_no_broken_line(width: int) -> None:
    """Rows that a listing pads at its destination go on behind the blanks."""
    rows = [
        "    0     0 DROP       udp  --  *      *       0.0.0.0/0            0.0.0.0/0",
        "   10   431 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0",
    ]
    rest = ["udp dpt:1701", "ctstate INVALID"]
    text = (
        "# iptables -nvL\nChain INPUT (policy ACCEPT 1 packets, 2 bytes)\n"
        " pkts bytes target     prot opt in     out     source               destination\n"
        + "".join(f"{row}{' ' * width}{end}\n" for row, end in zip(rows, rest, strict=True))
    )
    rules = read_paste(text).rules
    assert "-A INPUT -p udp -m udp --dport 1701 -j DROP" in rules
    assert "-A INPUT -m conntrack --ctstate INVALID -j DROP" in rules
    assert "Not told" not in rules


@pytest.mark.parametrize(
    ("shown", "there"),
    [
        ("[Interface]\nAddress = 10.9.0.1/24\nListenPort = 51820", "interface wg0 10.9.0.1/24"),
        ("*nat\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT", "-A POSTROUTING -o eth0"),
        (
            "1: eth0: <UP,LOWER_UP> mtu 1500\n    inet 192.0.2.1/24 scope global eth0",
            "192.0.2.1/24",
        ),
    ],
)
def test_a_file_between_two_backquotes_is_read_from_its_first_line(shown: str, there: str) -> None:
    """The head of it stands behind the first one."""
    reading = read_paste(f"My file is:\n`{shown}`\nand it fails\n")
    assert there in reading.rules + reading.host


def test_an_address_that_is_none_is_named() -> None:
    """The line is whole; what it says is no address."""
    text = "IN=eth0 OUT= SRC=444.333.2.1 DST=192.0.2.1 LEN=60 TTL=52 PROTO=UDP SPT=53 DPT=5\n"
    assert "SRC=444.333.2.1 is no address" in notes(text)
    assert "cut off" in notes("IN=eth0 OUT= SRC=192.0.2.9\n")


def test_what_is_on_lo_this_host_sends_to_itself() -> None:
    """Logged on its way out and in, it is one packet; logged on its way in alone, one too."""
    out = "IN= OUT=lo SRC=127.0.0.1 DST=127.0.0.1 LEN=60 TTL=64 ID=7 PROTO=UDP SPT=53 DPT=5\n"
    came = out.replace("IN= OUT=lo", "IN=lo OUT= MAC=00:00:00:00:00:00:00:00:00:00:00:00:08:00")
    for text in (out + came, came):
        assert read_paste(text).packets.count("\n") == 1
        assert read_paste(text).packets.startswith("local udp 127.0.0.1:53 -> 127.0.0.1:5")


def test_tcpdump_was_typed_with_the_interface_and_no_host_is_shown() -> None:
    """Packets come in where it listened; with a host, its routes tell."""
    text = (
        "# tcpdump -ni wg0\n01:42:54.1 IP 10.0.0.2.5 > 192.0.2.1.80: Flags [S], seq 1, length 0\n"
    )
    assert read_paste(text).packets.startswith("in wg0 01:42:54.1 IP")
    known = "interface eth0 192.0.2.1/24\n"
    assert not read_paste(known + text).packets.startswith("in wg0")
