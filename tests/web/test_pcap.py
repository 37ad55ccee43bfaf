"""A capture file becomes lines of the packets text."""

from __future__ import annotations

import contextlib
import io
import re
from ipaddress import ip_address

import dpkt
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from playground.page import gallery
from playground.walks import pcap
from sim.packet.packet import sealed
from sim.read.host.text import parse_host
from sim.read.packets.text import parse_packets

SYN = sealed(
    bytes.fromhex("4500002800010000400600000a000005c6336407")
    + bytes.fromhex("9c4001bb00000001000000005002faf000000000")
)
HOST = gallery.first().scenario.host


def capture(*packets: bytes, padding: bytes = b"") -> bytes:
    file = io.BytesIO()
    writer = dpkt.pcap.Writer(file)
    for number, packet in enumerate(packets):
        writer.writepkt(bytes(12) + b"\x08\x00" + packet + padding, ts=100 + number)
    return file.getvalue()


ETHERNET = bytes.fromhex("0200000000aa0200000000bb")


def frames(*each: bytes, link: int = 1) -> bytes:
    file = io.BytesIO()
    writer = dpkt.pcap.Writer(file, linktype=link)
    for number, frame in enumerate(each):
        writer.writepkt(frame, ts=100 + number)
    return file.getvalue()


def arp(sender: str, target: str, operation: int = 1) -> bytes:
    head = bytes.fromhex("000108000604") + operation.to_bytes(2, "big")
    ends = [ip_address(end).packed for end in (sender, target)]
    return head + bytes.fromhex("0200000000bb") + ends[0] + bytes(6) + ends[1]


def test_each_ip_packet_is_a_line_with_its_own_bytes() -> None:
    """Ethernet's header and padding are left out, times count from the first packet."""
    found = pcap.read(capture(SYN, SYN, padding=bytes(6)), HOST).packets
    assert [packet.seconds for packet in found] == [0, 1]
    assert found[0].line == f'in eth0 hex "{SYN.hex()}"  # {found[0].words}'
    assert found[0].words == "tcp 10.0.0.5:40000 -> 198.51.100.7:443 syn"


def test_other_frames_are_left_out() -> None:
    """A file of nothing else has nothing to walk, and says what is in it."""
    file = io.BytesIO()
    writer = dpkt.pcap.Writer(file)
    writer.writepkt(bytes(12) + b"\x88\xcc" + bytes(28), ts=1)
    writer.writepkt(bytes(12) + b"\x08\x00\x45\x00", ts=1)
    with pytest.raises(pcap.Unreadable) as refused:
        pcap.read(file.getvalue(), HOST)
    assert str(refused.value) == (
        "The file holds no packet that could be walked. 1 frame carries neither IP nor ARP. "
        "1 frame ends before its headers do: a longer snapshot length (tcpdump -s 0) keeps them."
    )


def test_what_is_not_listed_is_counted() -> None:
    """Each reason by itself: other frames, more packets than are listed, a missing end."""
    many = pcap.read(capture(*[SYN] * 300), HOST)
    assert (len(many.packets), many.frames, many.is_cut) == (200, 300, False)
    assert many.left_out == ("100 frames come behind the first 200 packets.",)
    mixed = frames(
        ETHERNET + b"\x08\x00" + SYN,
        ETHERNET + b"\x88\xcc" + bytes(40),
        ETHERNET + b"\x88\xcc" + bytes(40),
        ETHERNET + b"\x08\x06" + arp("203.0.113.1", "203.0.113.9"),
        ETHERNET + b"\x08\x06" + b"\0\x06" + arp("203.0.113.9", "203.0.113.1")[2:],
    )
    assert pcap.read(mixed, HOST).left_out == (
        "2 frames carry neither IP nor ARP.",
        "1 frame is ARP of this host itself, which the stack here sends when it has to.",
        "1 frame is ARP for something else than IPv4 over Ethernet.",
    )
    cut = pcap.read(capture(SYN, SYN)[:-3], HOST)
    assert cut.is_cut


@given(st.binary(max_size=400))
def test_no_file_whatsoever_crashes_it(data: bytes) -> None:
    """Bytes that are no capture are refused in words."""
    for start in (b"", b"\xd4\xc3\xb2\xa1", b"\x0a\x0d\x0d\x0a"):
        with contextlib.suppress(pcap.Unreadable):
            pcap.read(start + data, "")


@pytest.mark.django_db
def test_chosen_packets_are_walked(client: Client) -> None:
    """Upload, choose, walk: the page comes back with the trace of the capture's packet."""
    values = {key: str(value) for key, value in gallery.first().scenario.as_json().items()}
    upload = SimpleUploadedFile("a.pcap", capture(SYN))
    page = client.post("/pcap", {**values, "pcap": upload}).content.decode()
    line = re.search(r'name="pick" value="([^"]*)"', page)
    assert line
    chosen = line[1].replace("&quot;", '"')
    answer = client.post("/pick", {**values, "pick": chosen}).content.decode()
    assert "Arrived on eth0: tcp 10.0.0.5:40000" in answer


def unsummed(packet: bytes, value: bytes = b"\0\0") -> bytes:
    """A TCP packet as it is before the card has computed its checksum."""
    return packet[:36] + value + packet[38:]


def test_arp_that_arrives_is_listed() -> None:
    """As the line that the packets text has for it, with the sender's MAC."""
    data = frames(ETHERNET + b"\x08\x06" + arp("203.0.113.9", "203.0.113.1"))
    (one,) = pcap.read(data, HOST).packets
    assert one.line == ("in eth0 arp request 203.0.113.9 -> 203.0.113.1 src-mac 02:00:00:00:00:bb")
    assert one.words == "arp request 203.0.113.9 -> 203.0.113.1"
    parse_packets(one.line, parse_host(HOST))


@pytest.mark.parametrize("value", [b"\0\0", b"\x12\x34"])
def test_a_wrong_checksum_is_marked_and_can_be_mended(value: bytes) -> None:
    """Zero or partial: the packet says so, and its mended line is that of the right packet."""
    right, wrong = pcap.read(capture(SYN, unsummed(SYN, value)), HOST).packets
    assert (right.remarks, right.can_mend) == ((), False)
    assert wrong.remarks == ("checksum wrong: offloaded to the card?",)
    assert pcap.with_checksums(wrong.line) == right.line
    assert pcap.with_checksums(right.line) == right.line
    assert pcap.with_checksums("in eth0 arp request 1.1.1.1 -> 2.2.2.2") == (
        "in eth0 arp request 1.1.1.1 -> 2.2.2.2"
    )


def test_a_packet_that_the_card_still_cuts_has_no_length_yet() -> None:
    """Its length of 0 is not taken for an empty packet; mended it is the whole one."""
    whole = sealed(SYN + bytes(60))
    (one,) = pcap.read(
        capture(whole[:2] + b"\0\0" + whole[4:10] + b"\0\0" + whole[12:]), HOST
    ).packets
    assert pcap.with_checksums(one.line).split('"')[1] == whole.hex()


def test_udp_without_a_checksum_is_right() -> None:
    """Over IPv4 a zero is no wrong sum but none."""
    datagram = bytes.fromhex("4500001c00010000401100000a000005c6336407" + "9c400035000800ff")
    packet = bytearray(sealed(datagram))
    packet[26:28] = b"\0\0"
    (one,) = pcap.read(capture(bytes(packet)), HOST).packets
    assert (one.remarks, one.can_mend) == ((), False)


def test_a_packet_that_was_cut_says_so() -> None:
    """By how much, and whether its ports or flags are gone; behind its header zeros fill it."""
    whole = sealed(SYN + bytes(range(60)))
    long, short = pcap.read(capture(whole[:60], whole[:28]), HOST).packets
    assert long.remarks == ("cut short: 60 of its 100 bytes are in the file",)
    assert pcap.with_checksums(long.line).count("0") > 80
    filled = bytes.fromhex(pcap.with_checksums(long.line).split('"')[1])
    assert filled == sealed(whole[:60] + bytes(40))
    assert short.remarks == (
        "cut short: 28 of its 100 bytes are in the file, its ports or flags are not",
    )
    assert not short.can_mend


@pytest.mark.parametrize(
    ("upload", "says"),
    [
        (None, "Choose a file first: a pcap or pcapng file"),
        (b"what", "This is no pcap or pcapng file ("),
        (frames(b"x", link=105), "Captures of link type 105 are not read: what is read are "
         "Ethernet, Linux cooked (SLL and SLL2), raw IP and BSD loopback."),
        (frames(), "The file holds no packet that could be walked. It holds no frame at all."),
    ],
    ids=["no file", "no capture", "a link type", "no frame"],
)  # fmt: skip
@pytest.mark.django_db
def test_what_is_not_read_is_told_in_sentences(
    client: Client, upload: bytes | None, says: str
) -> None:
    """And what is read is named."""
    values = {key: str(value) for key, value in gallery.first().scenario.as_json().items()}
    file = {} if upload is None else {"pcap": SimpleUploadedFile("a.pcap", upload)}
    assert says in client.post("/pcap", {**values, **file}).content.decode()


@pytest.mark.django_db
def test_checksums_are_mended_unless_one_says_not(client: Client) -> None:
    """One checkbox, checked: a SYN captured before its checksum is walked as a new connection."""
    values = {key: str(value) for key, value in gallery.first().scenario.as_json().items()}
    inner = sealed(SYN[:12] + bytes([192, 168, 100, 10]) + SYN[16:])
    upload = SimpleUploadedFile("a.pcap", capture(unsummed(inner)))
    page = client.post("/pcap", {**values, "pcap": upload}).content.decode()
    assert re.search(r'name="mend" value="1" checked', page)
    assert "checksum wrong: offloaded to the card?" in page
    line = re.search(r'name="pick" value="([^"]*)"', page)
    assert line
    chosen = {**values, "pick": line[1].replace("&quot;", '"').replace("&gt;", ">")}
    mended = client.post("/pick", {**chosen, "mend": "1"}).content.decode()
    assert "bad TCP checksum" not in mended
    assert "Source NAT: nat POSTROUTING rule" in mended
    plain = client.post("/pick", chosen).content.decode()
    assert "INVALID for its checksum alone (bad TCP checksum)" in plain


@pytest.mark.django_db
def test_the_walk_stays_beside_the_packets_to_choose(client: Client) -> None:
    """What was on the page is there still; without a packet nobody is told to write one."""
    values = {key: str(value) for key, value in gallery.first().scenario.as_json().items()}
    page = client.post("/pcap", {**values, "pcap": upload(SYN)}).content.decode()
    assert "choose which to walk" in page
    assert "Forwarded out eth0" in page
    for packets in ("", "in nowhere"):
        empty = {**values, "packets": packets, "expect": "", "pcap": upload(SYN)}
        page = client.post("/pcap", empty).content.decode()
        assert "choose which to walk" in page
        assert "Write a packet into Packets" not in page


def upload(*packets: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.pcap", capture(*packets))
