"""Packets that are alike are read once, and what is wrong with one of them is said all the same."""

from __future__ import annotations

import random

import pytest

from sim.base.errors import Refused
from sim.read.host.text import parse_host
from sim.read.packets import alike
from sim.read.packets.text import parse_packets, read_statement
from sim.read.paste.reading import read_paste

HOST = "interface eth0 192.0.2.2/24\ninterface eth1 10.0.0.1/8\n"


def logged(source: str, port: object, ttl: object = 54) -> str:
    return (
        "Feb 21 01:42:54 gw kernel: [UFW BLOCK] IN=eth0 OUT= "
        f"MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC={source} DST=192.0.2.2 LEN=60 TOS=0x00 "
        f"PREC=0x00 TTL={ttl} ID=1 DF PROTO=TCP SPT={port} DPT=22 WINDOW=9 RES=0x00 SYN URGP=0\n"
    )


def test_ten_thousand_lines_of_a_log_cost_a_hundred_readings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Numbers that only grow are no new shape each."""
    count = 0
    whole = read_statement

    def counting(*said: object) -> object:
        nonlocal count
        count += 1
        return whole(*said)  # type: ignore[arg-type]

    monkeypatch.setattr(alike, "read_statement", counting)
    text = "".join(logged(f"198.51.{n >> 8}.{n & 255}", n + 1) for n in range(10_000))
    assert read_paste(HOST + text).packets.count("\n") == 10_000
    assert count < 100


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (logged("198.51.100.9", 70_000), "70000"),
        (logged("198.51.100.256", 7), "198.51.100.256 is no address"),
        ("in eth0 tcp 198.51.100.9:7 -> 192.0.2.2:22 syn ttl 256 id 1 window 9 df\n", "256"),
        ("in eth7 tcp 198.51.100.9:7 -> 192.0.2.2:22 syn ttl 54 id 1 window 9 df\n", "eth7"),
    ],
)
def test_one_wrong_line_among_many_is_named(line: str, said: str) -> None:
    """With the words that it would be told with alone; the others stay."""
    text = "".join(logged(f"198.51.100.{n}", n + 1000) for n in range(200))
    text += "".join(
        f"in eth0 tcp 198.51.100.{n}:7 -> 192.0.2.2:22 syn ttl {n + 1} id 1 window 9 df\n"
        for n in range(200)
    )
    reading = read_paste(HOST + text + line)
    assert reading.packets.count("\n") == 400
    assert said in " ".join(entry.note for entry in reading.receipt)


def test_a_sender_without_a_route_is_named_among_many() -> None:
    """Its address lies between two that have one."""
    senders = ["10.0.0.7", "10.9.0.7", "192.0.2.7"]
    lines = [
        f"01:42:54.{n:06} IP {senders[n % 3]}.{n + 1} > 10.0.0.1.22: Flags [S], seq 1, win 9, "
        "length 0"
        for n in range(90)
    ]
    lines.insert(60, "01:42:54.1 IP 172.16.0.7.9 > 10.0.0.1.22: Flags [S], seq 1, win 9, length 0")
    reading = read_paste(HOST + "\n".join(lines) + "\n")
    assert reading.packets.count("\n") == 90
    assert "172.16.0.7" in " ".join(entry.note for entry in reading.receipt)


def test_shapes_without_end_cost_no_more_than_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who makes a thousand shapes, each just often enough, gains little."""
    monkeypatch.setattr(alike, "MOST_TRIED", 40)
    shapes = alike.Shapes(parse_host(HOST))
    for n in range(12):
        for port in range(1, alike.COMES_OFTEN + 2):
            assert shapes.knows(f"in eth0 udp 10.0.0.1:{port} -> 10.0.0.2:53 mark 0x{n:x}")
    assert shapes.tried == 40


def test_what_is_doubted_is_what_the_packets_text_refuses() -> None:
    """Whatever the numbers, on both sides of every bound."""
    host = parse_host(HOST)
    drawn = random.Random(7)
    numbers = [0, 1, 9, 63, 64, 254, 255, 256, 300, 65535, 65536, 99999, 4294967295, 4294967296]
    lines = []
    for _ in range(600):
        one, two, three, four = drawn.choices(numbers, k=4)
        lines += [
            f"in eth0 udp 198.51.100.{min(one, 300)}:{two} -> 192.0.2.2:53 ttl {three} id {four}",
            f"in eth0 tcp [2001:db8::{one % 9}]:{two} -> [2001:db8::2]:80 syn window {three}",
            f"01:42:54.1 IP 10.0.0.{one}.{two} > 192.0.2.2.80: Flags [S], seq {three}, win {four}, "
            "length 0",
        ]
    refused = set()
    for place, line in enumerate(lines):
        try:
            parse_packets(line, host)
        except Refused:
            refused.add(place)
    kept = set(range(len(lines))) - set(alike.doubtful(lines, host))
    assert refused
    assert not refused & kept
    if len(refused) < alike.MOST_WRONG:
        assert kept == set(range(len(lines))) - refused


def test_behind_a_command_every_packet_is_read() -> None:
    """It may have made the interface that they come in on."""
    lines = ["in eth0 tcp 198.51.100.9:7 -> 192.0.2.2:22 syn", "ip link add eth7 type dummy"]
    lines += ["in eth7 tcp 198.51.100.9:7 -> 192.0.2.2:22 syn"] * 9
    assert alike.doubtful(lines, parse_host(HOST)) == list(range(11))
