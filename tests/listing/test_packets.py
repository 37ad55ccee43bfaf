"""Packets in the dress in which people have them: the kernel's log, notes, commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel.traversal import run
from sim.model.host import Host
from sim.model.scenario import Scenario
from sim.read.host.text import parse_host
from sim.read.packets.text import parse_packets
from sim.read.scenario import compile_scenario
from sim.trace.steps import TargetRan
from tests.paste.corpus import PASTES, read_paste
from tests.paste.test_sessions import session

HOST = """interface eth0 203.0.113.10/24
interface eth1 192.168.1.1/24
route default via 203.0.113.1 dev eth0
"""
FIELDS = (
    "IN=eth1 OUT=eth0 MAC=02:00:00:00:0b:01:02:00:00:00:0b:32:08:00 SRC=192.168.1.50 "
    "DST=198.51.100.7 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=6461 DF PROTO=TCP SPT=54438 DPT=25 "
    "WINDOW=64240 RES=0x00 SYN URGP=0"
)
PREFIXES = [
    "", "[12345.678901] ", "FWD drop: ", "[UFW BLOCK] ", "kernel: DROP:",
    "Nov 30 11:20:30 srv kernel: [UFW BLOCK] ", "<4>[  12.3] iptables: ",
    "2026-11-30T11:20:30.123456+00:00 srv kernel: [ 99.1] x ",
]  # fmt: skip


def packets(text: str) -> list[str]:
    return read_paste(HOST + text).packets.splitlines()


WANTED = (
    "in eth1 tcp 192.168.1.50:54438 -> 198.51.100.7:25 syn ttl 64 id 6461 window 64240 df "
    "src-mac 02:00:00:00:0b:32"
)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_logged_packet_is_read(prefix: str) -> None:
    """With every prefix. FORWARD has lowered the TTL before LOG sees it."""
    assert packets(prefix + FIELDS + "\n") == [WANTED]


@given(st.sampled_from(PREFIXES), st.integers(24, 150))
def test_a_wrapped_line_reads_as_the_whole(prefix: str, width: int) -> None:
    """A terminal breaks lines inside of words as well."""
    parts = [FIELDS[at : at + width] for at in range(0, len(FIELDS), width)]
    assert packets(prefix + "\n".join(parts) + "\n") == [WANTED]


@pytest.mark.skipif(not PASTES.is_dir(), reason="../shared/pastes is not here")
@pytest.mark.parametrize("number", ["28", "29"])
def test_a_session_of_logs_yields_its_packets(number: str) -> None:
    """Both families, the host's own packet, IGMP; addresses of frames may stand beside."""
    text, expected = session(number)
    made = parse_packets(read_paste(text).packets, Host())
    wanted = parse_packets(expected["packets"], Host())
    for one, other in zip(made, wanted, strict=True):
        said = dict(one.spec.fields)
        assert type(one) is type(other)
        assert (one.spec.src, one.spec.dst, one.spec.dport) == (
            other.spec.src, other.spec.dst, other.spec.dport
        )  # fmt: skip
        for key, value in other.spec.fields:
            assert (said.get(key) or 0) == (value or 0)


@pytest.mark.parametrize(
    "packet",
    [
        "in eth1 tcp 192.168.1.50:1000 -> 203.0.113.10:22 syn ttl 61 window 1024",
        "in eth1 udp 192.168.1.50:1000 -> 203.0.113.10:53 ttl 64 tos 0x10",
        "in eth1 icmp 192.168.1.50 -> 203.0.113.10 echo-request id 7 seq 3",
        "in eth1 esp 192.168.1.50 -> 203.0.113.10 spi 300",
        "in eth1 icmp 192.168.1.50 -> 203.0.113.10 3/1 quoting (udp 203.0.113.10:5 -> 1.2.3.4:6)",
    ],
)
def test_what_our_own_log_prints_is_read(packet: str) -> None:
    """The walk's LOG line gives the packet back that caused it."""
    rules = "iptables -A INPUT -j LOG --log-prefix 'seen: '\n"
    steps = list(run(compile_scenario(Scenario(rules=rules, host=HOST, packets=packet + "\n"))))
    text = next(step.text for step in steps if isinstance(step, TargetRan))
    again = parse_packets(
        read_paste(HOST + text[text.index("seen: ") :] + "\n").packets, parse_host(HOST)
    )
    first = parse_packets(packet + "\n", parse_host(HOST))
    said = dict(again[0].spec.fields)
    assert (again[0].iface, again[0].spec.src) == (first[0].iface, first[0].spec.src)
    wanted = {key: value for key, value in first[0].spec.fields if key != "quoting"}
    assert {key: said.get(key) or 0 for key in wanted} == wanted


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("tcp 198.51.100.9:4000 -> 203.0.113.10:80 syn", "in eth0 tcp"),
        ("udp 192.168.1.50:4000 -> 198.51.100.1:53", "in eth1 udp"),
        ("icmp 203.0.113.10 -> 198.51.100.1 echo-request", "local icmp"),
    ],
)
def test_the_interface_follows_from_the_routes(line: str, wanted: str) -> None:
    """Even where the host is told below the packet; the receipt says so."""
    for text in (HOST + line + "\n", line + "\n" + HOST):
        reading = read_paste(text)
        assert (
            reading.packets == wanted.partition(" ")[0] + reading.packets[len(wanted.split()[0]) :]
        )
        assert reading.packets.startswith(wanted)
        assert any("route to" in entry.note or "address of this host" in entry.note
                   for entry in reading.receipt)  # fmt: skip


def test_without_a_route_it_is_told() -> None:
    """Several interfaces and nothing that leads to the sender: nothing is guessed."""
    host = HOST.replace("route default via 203.0.113.1 dev eth0\n", "")
    reading = read_paste(host + "tcp 198.51.100.9:4000 -> 203.0.113.10:80 syn\n")
    assert reading.packets.strip() == ""
    assert "in IFACE" in reading.receipt[-1].note


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("curl http://198.51.100.7:8080/x", "local tcp 203.0.113.10 -> 198.51.100.7:8080 syn"),
        ("curl -k https://192.168.1.9/", "local tcp 192.168.1.1 -> 192.168.1.9:443 syn"),
        ("ping -c 3 192.168.1.9", "local icmp 192.168.1.1 -> 192.168.1.9 echo-request"),
        ("ssh -p 2222 root@203.0.113.10 from 192.168.1.50",
         "in eth1 tcp 192.168.1.50 -> 203.0.113.10:2222 syn"),
        ("nc -u 192.168.1.9 514", "local udp 192.168.1.1 -> 192.168.1.9:514"),
        ("nc -zv 192.168.1.9 25", "local tcp 192.168.1.1 -> 192.168.1.9:25 syn"),
        ("dig @192.168.1.9 example.org", "local udp 192.168.1.1 -> 192.168.1.9:53"),
        ("traceroute 198.51.100.7", "local udp 203.0.113.10 -> 198.51.100.7:33434 ttl 1"),
    ],
)  # fmt: skip
def test_a_command_sends_its_first_packet(command: str, wanted: str) -> None:
    """From this host, or from the address that is said; and the statement can be walked."""
    made = packets(command + "\n")
    assert made == [wanted]
    parse_packets("\n".join(made) + "\n", parse_host(HOST))


def test_the_hint_of_a_probe_works() -> None:
    """Who asks is not known: the command that the note shows is read."""
    note = read_paste("ping 192.0.2.1\n").receipt[0].note
    shown = note.split("`")[1]
    assert read_paste(HOST + shown + "\n").packets == shown + "\n"


def test_conntracks_table_is_one_note() -> None:
    """Entries that exist already are the table to begin with, and the receipt says so."""
    text = (
        "udp      17 29 src=192.0.2.10 dst=203.0.113.10 sport=60000 dport=53 [UNREPLIED] "
        "src=203.0.113.10 dst=192.0.2.10 sport=53 dport=60000 mark=0 use=1\n"
    )
    receipt = read_paste(HOST + text * 3).receipt
    assert [entry.form for entry in receipt] == ["host", "conntrack"]
    assert "3 connections" in receipt[1].note
