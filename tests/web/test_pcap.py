"""A capture file becomes lines of the packets text."""

from __future__ import annotations

import contextlib
import io
import re

import dpkt
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from playground import gallery, pcap
from sim.packet import sealed

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


def test_each_ip_packet_is_a_line_with_its_own_bytes() -> None:
    """Ethernet's header and padding are left out, times count from the first packet."""
    found = pcap.read(capture(SYN, SYN, padding=bytes(6)), HOST).packets
    assert [packet.seconds for packet in found] == [0, 1]
    assert found[0].line == f'in eth0 hex "{SYN.hex()}"  # {found[0].words}'
    assert found[0].words == "tcp 10.0.0.5:40000 -> 198.51.100.7:443 syn"


def test_other_frames_are_left_out() -> None:
    """A file of ARP only has nothing to walk, and says so."""
    file = io.BytesIO()
    dpkt.pcap.Writer(file).writepkt(bytes(12) + b"\x08\x06" + bytes(28), ts=1)
    with pytest.raises(pcap.Unreadable, match="no IP packet"):
        pcap.read(file.getvalue(), HOST)


def test_what_is_not_listed_is_counted() -> None:
    """More packets than are listed, other frames, and a file whose end is missing."""
    many = pcap.read(capture(*[SYN] * 300), HOST)
    assert (len(many.packets), many.frames, many.left_out, many.is_cut) == (200, 300, 100, False)
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
