"""The packets text: statements, attributes, and pasted lines of tcpdump."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

import pytest

from sim.base.errors import Refused
from sim.kernel.far.conversation import Conversation
from sim.model.host import Host
from sim.packet.packet import Packet
from sim.packet.script import Event, Inject, Originate, PacketSpec, Reply, Wait
from sim.read.host.text import parse_host
from sim.read.packets.text import parse_packets

CAPTURES = Path(__file__).parent / "captures"
HOST = parse_host(
    """
    interface eth0 203.0.113.1/24
    interface eth1 192.168.100.1/24 2001:db8::1/64 mac 02:00:00:00:01:03
    route default via 203.0.113.254
    user bob 1000
    bob:x:1000:100:Bob:/home/bob:/bin/sh
    wheel:x:10:bob
    name www.example.org 198.51.100.80
    """
)


def spec(line: str) -> PacketSpec:
    (statement,) = parse_packets(line, HOST)
    assert isinstance(statement, (Inject, Originate))
    return statement.spec


def fields(line: str) -> dict[str, object]:
    return dict(spec(line).fields)


def test_issue_lines() -> None:
    """The lines that the manual shows."""
    first, second, third, fourth, fifth = parse_packets(
        "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn mss 1460 ttl 64 tos 0x10 mark 0x1"
        ' length 1400 payload "GET /"\n'
        "\n# a comment does not count\n"
        "in eth1 icmp 192.168.100.10 -> 8.8.8.8 echo-request id 7 seq 1\n"
        "local uid 1000 gid 33 udp 203.0.113.1:5353 -> 8.8.8.8:53\n"
        "reply                # the far end's answer\n"
        "wait 30s\n",
        HOST,
    )
    assert isinstance(first, Inject)
    assert (first.iface, first.mark, first.spec.sport, first.spec.dport) == ("eth1", 1, 40000, 443)
    assert first.spec.get("payload") == b"GET /"
    assert isinstance(second, Inject)
    assert second.line == 2
    assert (second.spec.get("type"), second.spec.get("icmp_id")) == (8, 7)
    assert isinstance(third, Originate)
    assert (third.owner.uid, third.owner.gid) == (1000, 33)
    assert isinstance(fourth, Reply)
    assert fourth.text == "reply"
    assert isinstance(fifth, Wait)
    assert fifth.nanoseconds == 30 * 10**9


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("syn,ack", {"flags": 0x12}),
        ("none", {"flags": 0}),
        ("ack ack 5", {"flags": 0x10, "ack": 5}),
        ("SYN ttl 5 seq 0x10", {"flags": 2, "ttl": 5, "seq": 16}),
        ("dscp ef ecn ce", {"dscp": 46, "ecn": 3}),
        ("wscale 7 sackok timestamp 5/6", {"wscale": 7, "sackok": True, "timestamp": (5, 6)}),
        ("options-hex 0204.05b4".replace(".", ""), {"options": b"\x02\x04\x05\xb4"}),
        ("df id 9 checksum bad", {"df": True, "id": 9, "checksum": "bad"}),
        (r'payload "a\x00\n\"b"', {"payload": b'a\x00\n"b'}),
        ("payload-hex 00:01", {"payload": b"\0\x01"}),
    ],
)
def test_tcp_attributes(line: str, wanted: dict[str, object]) -> None:
    """Attributes come in any order and keep their values."""
    assert fields(f"in eth0 tcp 1.1.1.1:5 -> 2.2.2.2:6 {line}") == wanted


def test_ends() -> None:
    """Ports by name, IPv6 in brackets, names that the host text defines."""
    assert spec("in eth0 tcp 1.1.1.1:5 -> www.example.org:https").dst == IPv4Address(
        "198.51.100.80"
    )
    found = spec("in eth1 tcp [2001:db8::5]:40000 -> [2001:db8::1]:ssh hoplimit 3")
    assert (found.family, found.sport, found.dport, found.get("ttl")) == (6, 40000, 22, 3)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("port-unreachable", (3, 3)), ("3/13", (3, 13)), ("TOS-host-redirect", (5, 3)),
     ("ping", (8, 0)), ("type 3 code 4", (3, 4)), ("type 13", (13, None))],
)  # fmt: skip
def test_icmp_types(text: str, wanted: tuple[int, int | None]) -> None:
    """By every name that iptables has, and by number."""
    found = spec(f"in eth0 icmp 1.1.1.1 -> 2.2.2.2 {text}")
    assert (found.get("type"), found.get("code")) == wanted


def test_quoting() -> None:
    """An error quotes a described packet, an earlier statement, or the last packet."""
    inner = spec("in eth0 icmp 1.1.1.1 -> 2.2.2.2 port-unreachable "
                 "quoting (udp 2.2.2.2:5 -> 1.1.1.1:6 ttl 3) ttl 5")  # fmt: skip
    assert inner.get("quoting").sport == 5
    assert inner.get("ttl") == 5
    assert spec("in eth0 icmp 1.1.1.1 -> 2.2.2.2 3/3 quoting 1").get("quoting") == 1


def test_owner() -> None:
    """Users by name, with their primary and other groups."""
    (statement,) = parse_packets("local uid bob pid 7 cmd ssh udp 203.0.113.1:1 -> 1.1.1.1:2", HOST)
    assert isinstance(statement, Originate)
    owner = statement.owner
    assert (owner.uid, owner.gid, owner.groups) == (1000, 100, (10,))
    assert (owner.pid, owner.command) == (7, "ssh")


def test_events() -> None:
    """Interfaces go down and up, and get other addresses."""
    down, up, address = parse_packets("down eth0\nup eth0\naddress eth0 203.0.113.99/24", HOST)
    assert isinstance(down, Event)
    assert isinstance(up, Event)
    assert isinstance(address, Event)
    assert (down.action, up.action) == ("down", "up")
    assert address.address == IPv4Interface("203.0.113.99/24")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("2m", 120), ("1h30m", 5400), ("1.5s", 1.5), ("1d", 86400)],
)
def test_durations(text: str, seconds: float) -> None:
    """Times with a unit, also composed."""
    (statement,) = parse_packets(f"wait {text}", HOST)
    assert isinstance(statement, Wait)
    assert statement.nanoseconds == seconds * 10**9


def test_raw_bytes() -> None:
    """A whole packet in hex."""
    found = spec('in eth0 hex "45000014000000004006 0000 01010101 02020202"')
    assert found.raw is not None
    assert (found.protocol, found.src) == (6, IPv4Address("1.1.1.1"))


def test_a_refused_host_brings_no_further_errors() -> None:
    """Against the empty host that stands for an unreadable text, names are not looked up."""
    text = "in eth7 udp 1.1.1.1:1 -> 2.2.2.2:2\nlocal uid bob udp 1.1.1.1:1 -> 2.2.2.2:2"
    assert len(parse_packets(text, Host())) == 2


# ---- tcpdump --------------------------------------------------------------------------------


def dumped(text: str) -> list[Packet]:
    """The packets of a capture, as they would arrive."""
    conversation = Conversation(HOST)
    packets = []
    for statement in parse_packets(text, HOST):
        assert isinstance(statement, (Inject, Originate))
        packet = conversation.make(statement)
        if isinstance(statement, Inject):
            conversation.note_arrived(statement.iface, packet)
        packets.append(packet)
    return packets


def test_tcpdump_with_bytes() -> None:
    """What ``tcpdump -nX`` printed gives every packet back byte for byte."""
    sent = [bytes.fromhex(line) for line in (CAPTURES / "td_packets.hex").read_text().split()]
    assert [packet.data for packet in dumped((CAPTURES / "td_nX.txt").read_text())] == sent


def test_tcpdump_with_headers() -> None:
    """``-nev`` tells enough for addresses, ports, flags, TTL, TOS, id, fragments and types."""
    text = (CAPTURES / "td_nev.txt").read_text()
    lines = (CAPTURES / "td_packets.hex").read_text().split()
    # UDP-Lite is the one whose ports are not printed, so it is not in that capture.
    sent = [data for data in map(bytes.fromhex, lines) if Packet(data).headers.protocol != 136]
    told = [packet.headers for packet in dumped(text)]
    for found, data in zip(told, sent, strict=True):
        real = Packet(data).headers
        for name in ("src", "dst", "protocol", "ttl", "tos", "sport", "dport", "fragment_offset",
                     "more_fragments", "dont_fragment", "ident", "flow_label"):  # fmt: skip
            if name == "ident" and real.family == 6:
                continue
            assert getattr(found, name) == getattr(real, name), (real, name)
        if real.tcp is not None and found.tcp is not None:
            assert (found.tcp.flags, found.tcp.window) == (real.tcp.flags, real.tcp.window)
            assert found.tcp.options == real.tcp.options
        if real.icmp is not None and found.icmp is not None:
            assert (found.icmp.type, found.icmp.code) == (real.icmp.type, real.icmp.code)


def test_tcpdump_relative_numbers() -> None:
    """Numbers after the SYN count from it; the first line of a connection is absolute."""
    numbers = [
        (packet.headers.tcp.seq, packet.headers.tcp.ack)
        for packet in dumped(
            "IP 192.168.100.9.4 > 203.0.113.1.22: Flags [S], seq 3000000000, win 9, length 0\n"
            "in eth0 IP 203.0.113.1.22 > 192.168.100.9.4: Flags [S.], seq 4000000000, "
            "ack 3000000001, win 9, length 0\n"
            "IP 192.168.100.9.4 > 203.0.113.1.22: Flags [.], ack 1, win 9, length 0\n"
            "IP 192.168.100.9.4 > 203.0.113.1.22: Flags [P.], seq 1:6, ack 1, win 9, length 5\n"
        )
        if packet.headers.tcp
    ]
    assert numbers[2:] == [(3000000001, 4000000001), (3000000001, 4000000001)]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("IP 192.168.100.9.5 > 8.8.8.8.53: UDP, length 5", "eth1"),
        ("12:00:00.000001 IP 8.8.8.8.53 > 203.0.113.1.5: UDP, length 5", "eth0"),
        ("IP 203.0.113.1.5 > 8.8.8.8.53: UDP, length 5", ""),
        ("local uid bob IP 203.0.113.1.5 > 8.8.8.8.53: UDP, length 5", ""),
        ("in eth1 IP 8.8.8.8.53 > 203.0.113.1.5: UDP, length 5", "eth1"),
        ("12:00:00.0 eth1  In  IP 8.8.8.8.53 > 203.0.113.1.5: UDP, length 5", "eth1"),
        ("12:00:00.0 eth0  Out IP 203.0.113.1.5 > 8.8.8.8.53: UDP, length 5", ""),
    ],
)
def test_tcpdump_place(line: str, place: str) -> None:
    """Where a dumped packet comes in: as told, or by the route to its source."""
    (statement,) = parse_packets(line, HOST)
    if place:
        assert isinstance(statement, Inject)
        assert statement.iface == place
    else:
        assert isinstance(statement, Originate)


def test_tcpdump_dns_question() -> None:
    """A DNS question is put together again when its length shows that it is all there was."""
    found = spec("IP 192.168.100.9.5 > 8.8.8.8.53: 4660+ A? www.example.com. (33)")
    assert found.get("payload")[12:] == b"\x03www\x07example\x03com\0\0\x01\0\x01"


def test_tcpdump_chatter_is_no_statement() -> None:
    """What tcpdump says about itself does not count."""
    text = "tcpdump: listening on eth0\n3 packets captured\nwait 1s"
    assert len(parse_packets(text, HOST)) == 1


def test_errors_of_all_lines() -> None:
    """One wrong line does not hide the next, tcpdump's included."""
    with pytest.raises(Refused) as caught:
        parse_packets("wiat 3s\nIP 1.1.1.1.1 > 2.2.2.2.2: Flags\nreply\nin eth0 ARP, x", HOST)
    assert [error.span.line for error in caught.value.errors] == [1, 4]
