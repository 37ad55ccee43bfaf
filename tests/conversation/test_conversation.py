"""Bytes that follow on from what was said before, and what the far end answers."""

from __future__ import annotations

import pytest
from scapy.layers.inet import IP, ICMPerror, IPerror, TCPerror, defragment
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet as ScapyPacket

from sim.kernel.far.conversation import Conversation
from sim.packet.headers import ACK, FIN, PSH, RST, SYN
from sim.packet.packet import Packet
from sim.packet.script import Inject, Originate, Reply
from sim.read.host.text import parse_host
from sim.read.packets.text import parse_packets

HOST = parse_host(
    "interface eth0 203.0.113.1/24\n"
    "interface eth1 192.168.100.1/24 2001:db8::1/64 mac 02:00:00:00:01:03\n"
    "interface wg0 10.8.0.1/24 type wireguard\n"
    "neighbour 192.168.100.10 dev eth1 mac 02:00:00:00:00:99"
)
FLAGS = {SYN: "syn", SYN | ACK: "syn,ack", ACK: "ack", FIN | ACK: "fin,ack", PSH | ACK: "psh,ack"}


def talk(text: str, *, dropped: tuple[int, ...] = ()) -> list[Packet]:
    """Every packet of a text, each passed on to the other side unless it is dropped."""
    conversation = Conversation(HOST)
    packets = []
    for statement in parse_packets(text, HOST):
        if isinstance(statement, Reply):
            iface, packet = conversation.reply(statement)
        else:
            assert isinstance(statement, (Inject, Originate))
            packet = conversation.make(statement)
            iface = statement.iface if isinstance(statement, Inject) else ""
        if iface:
            conversation.note_arrived(iface, packet)
        else:
            conversation.note_local(packet)
        if statement.line not in dropped:
            conversation.note_sent("eth1" if iface == "eth0" else "eth0", packet)
        packets.append(packet)
    return packets


def numbers(packets: list[Packet]) -> list[tuple[str, int, int]]:
    tcp = [packet.headers.tcp for packet in packets]
    return [(FLAGS.get(one.flags, "?"), one.seq, one.ack) for one in tcp if one is not None]


CLIENT = "in eth1 tcp 192.168.100.10:40000 -> 198.51.100.7:443"


def test_a_whole_tcp_conversation() -> None:
    """Flags and numbers that nobody wrote down: handshake, data both ways, closing."""
    found = numbers(
        talk(
            f"{CLIENT}\nreply\n{CLIENT}\n{CLIENT} payload hello\nreply\n"
            f"{CLIENT} fin,ack\nreply\n{CLIENT}"
        )
    )
    a, b = found[0][1], found[1][1]
    assert found == [
        ("syn", a, 0),
        ("syn,ack", b, a + 1),
        ("ack", a + 1, b + 1),
        ("psh,ack", a + 1, b + 1),
        ("ack", b + 1, a + 6),
        ("fin,ack", a + 6, b + 1),
        ("fin,ack", b + 1, a + 7),
        ("ack", a + 7, b + 2),
    ]


def test_a_syn_without_answer_is_sent_again() -> None:
    """It keeps its number; once the other end has answered, a new SYN starts afresh."""
    first, second = numbers(talk(f"{CLIENT} syn\n{CLIENT} syn", dropped=(1,)))
    assert first == second
    found = numbers(talk(f"{CLIENT} syn\nreply rst\n{CLIENT} syn"))
    assert found[0][1] != found[2][1]


def test_what_was_dropped_is_not_acknowledged() -> None:
    """The far end knows only what reached it."""
    found = numbers(
        talk(f"{CLIENT}\nreply\n{CLIENT}\n{CLIENT} payload hello\nreply payload x", dropped=(4,))
    )
    assert found[4][2] == found[2][1]


def test_two_connections_have_different_numbers() -> None:
    """Initial numbers come from the statement's place."""
    found = numbers(talk(f"{CLIENT}\nin eth1 tcp 192.168.100.10:40001 -> 198.51.100.7:443"))
    assert found[0][1] != found[1][1]


@pytest.mark.parametrize(
    ("packet", "answer"),
    [
        ("udp 192.168.100.10:5 -> 8.8.8.8:53 payload hi", "192.168.100.10:5 hi"),
        ("icmp 192.168.100.10 -> 8.8.8.8 echo-request id 7 seq 3 payload hi", "0/0 7 3 hi"),
        ("icmp 192.168.100.10 -> 8.8.8.8 timestamp-request id 7", "14/0 7"),
        ("icmpv6 2001:db8::9 -> 2001:db8:1::1 echo-request id 7 seq 3", "129/0 7 3"),
        ("sctp 192.168.100.10:1 -> 8.8.8.8:2 init", "chunk 2"),
        ("gre 192.168.100.10 -> 8.8.8.8 payload hi", "hi"),
    ],
)
def test_replies(packet: str, answer: str) -> None:
    """The far end swaps the ends and answers what it was asked."""
    asked, answered = talk(f"in eth1 {packet}\nreply")
    assert (answered.headers.src, answered.headers.dst) == (asked.headers.dst, asked.headers.src)
    icmp = answered.headers.icmp
    if icmp is not None:
        assert answer.startswith(f"{icmp.type}/{icmp.code} {icmp.ident}")
    elif answer.startswith("chunk"):
        assert answered.payload[12] == 2
        assert answered.payload[4:8] == asked.payload[16:20]  # the tag that INIT announced
    else:
        assert answered.payload.endswith(answer.split()[-1].encode())


@pytest.mark.parametrize(
    "text",
    [
        "reply",
        f"{CLIENT} rst\nreply",
        f"{CLIENT}\nreply\n{CLIENT}\nreply",
        "in eth1 icmp 1.1.1.1 -> 2.2.2.2 port-unreachable\nreply",
        "in eth1 icmp 1.1.1.1 -> 2.2.2.2 port-unreachable\nreply host-unreachable",
        "in eth1 icmp 1.1.1.1 -> 2.2.2.2 echo-reply\nreply",
        "in eth1 icmp 1.1.1.1 -> 2.2.2.2 port-unreachable quoting 9",
    ],
)
def test_nothing_to_answer(text: str) -> None:
    """Resets, bare ACKs, ICMP errors and answers are not answered: an error says which it was."""
    with pytest.raises(ValueError, match=r"\w+"):
        talk(text)


def test_reply_with_other_contents() -> None:
    """``reply`` takes attributes, and the names of ICMP errors, also from a router on the way."""
    packets = talk(
        f"{CLIENT}\nreply rst\n{CLIENT} syn\nreply ttl-exceeded from 198.51.100.254 ttl 9"
    )
    assert packets[1].headers.tcp is not None
    assert packets[1].headers.tcp.flags == RST
    error = packets[3].headers
    assert error.icmp is not None
    assert (str(error.src), error.icmp.type, error.ttl) == ("198.51.100.254", 11, 9)
    assert packets[3].data[28:] == packets[2].data


def test_errors_quote_what_their_sender_saw() -> None:
    """By default the last packet on that wire; by number, that statement's packet there."""
    packets = talk(
        "in eth1 udp 192.168.100.10:5 -> 8.8.8.8:53\n"
        "in eth1 udp 192.168.100.10:6 -> 8.8.8.8:53\n"
        "in eth0 icmp 8.8.8.8 -> 192.168.100.10 port-unreachable\n"
        "in eth0 icmp 8.8.8.8 -> 192.168.100.10 port-unreachable quoting 1"
    )
    assert packets[2].data[28:] == packets[1].data
    assert packets[3].data[28:] == packets[0].data


def test_links() -> None:
    """Frames come to the interface's MAC from the neighbour's; multicast and broadcast show."""
    one, two, three, four = talk(
        "in eth1 udp 192.168.100.10:5 -> 8.8.8.8:53\n"
        "in eth1 udp 192.168.100.11:5 -> 192.168.100.255:53\n"
        "in eth1 icmpv6 fe80::5 -> ff02::1 echo-request\n"
        "in wg0 udp 10.8.0.2:5 -> 8.8.8.8:53"
    )
    assert one.link is not None
    assert (one.link.src_mac, one.link.dst_mac) == ("02:00:00:00:00:99", "02:00:00:00:01:03")
    assert two.link is not None
    assert (two.link.dst_mac, two.link.kind) == ("ff:ff:ff:ff:ff:ff", "broadcast")
    assert three.link is not None
    assert (three.link.dst_mac, three.link.kind) == ("33:33:00:00:00:01", "multicast")
    assert four.link is not None
    assert four.link.dst_mac == ""


# ---- bytes, against another implementation --------------------------------------------------

SHAPES = [
    "tcp 192.168.100.10:40000 -> 198.51.100.7:443 syn mss 1460 wscale 7 sackok timestamp 5/0",
    "tcp 192.168.100.10:40000 -> 198.51.100.7:443 fin,psh,urg urgent 3 ttl 3 tos 0x10 df "
    "payload abc",
    "tcp [2001:db8::5]:1 -> [2001:db8::1]:2 syn hoplimit 3 tclass 0x20 flowlabel 0x12345",
    "udp 192.168.100.10:1 -> 8.8.8.8:2 length 101 dscp af11 ecn ce",
    "udp [2001:db8::5]:1 -> [2001:db8::1]:2 payload abc ext hbh ext dst",
    "icmp 192.168.100.10 -> 8.8.8.8 echo-request id 7 seq 9 payload abc",
    "icmp 192.168.100.10 -> 8.8.8.8 host-redirect gateway 1.2.3.4 "
    "quoting (udp 8.8.8.8:1 -> 9.9.9.9:2)",
    "icmpv6 2001:db8::5 -> 2001:db8::1 packet-too-big mtu 1280 quoting (udp [2001:db8::1]:1 -> "
    "[2001:db8::5]:2)",
    "icmpv6 fe80::5 -> ff02::1:ff00:1 neighbour-solicitation target 2001:db8::1 hoplimit 255",
    "sctp 192.168.100.10:1 -> 8.8.8.8:2 init",
]


def rebuilt(data: bytes) -> bytes:
    """The packet with lengths and checksums made anew by scapy."""
    packet: ScapyPacket = (IP if data[0] >> 4 == 4 else IPv6)(data)
    layer = packet
    while layer and not isinstance(layer, (IPerror, TCPerror, ICMPerror)):
        names = {field.name for field in layer.fields_desc}
        for name in names & {"chksum", "cksum"}:
            delattr(layer, name)
        layer = layer.payload
    return bytes(packet)


@pytest.mark.parametrize("shape", SHAPES)
def test_checksums_and_lengths(shape: str) -> None:
    """Another implementation computes the same bytes."""
    (packet,) = talk(f"in eth1 {shape}")
    assert rebuilt(packet.data) == packet.data


def test_fragments_of_one_datagram() -> None:
    """Ranges of the same description put together give the whole datagram again."""
    line = "in eth1 udp 192.168.100.10:5 -> 8.8.8.8:53 length 3000 id 5"
    parts = talk(
        f"{line} fragment 0-1479\n{line} fragment 1480-2959\n{line} fragment 2960-\n{line}"
    )
    (whole,) = defragment([IP(packet.data) for packet in parts[:3]])
    assert bytes(whole)[20:] == parts[3].data[20:]
    assert [packet.headers.fragment_offset for packet in parts] == [0, 1480, 2960, 0]


def test_wrong_checksums_on_request() -> None:
    """``bad`` is surely wrong, a number is taken as it is."""
    line = "in eth1 udp 192.168.100.10:5 -> 8.8.8.8:53"
    bad, zero = talk(f"{line} checksum bad\n{line} checksum 0")
    assert rebuilt(bad.data) != bad.data
    assert zero.headers.udp is not None
    assert zero.headers.udp.checksum == 0
