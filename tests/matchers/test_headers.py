"""Matches that compare one field: mark, length, ttl, hl, tos, dscp, ecn, iprange, mac, pkttype."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.packet.kinds import PacketType
from sim.packet.packet import Link, Packet
from tests.matchers.ask import clause, holds, ip, tcp, udp

V6 = {"src": "2001:db8::2", "dst": "2001:db8:1::5"}


def test_mark_is_masked_but_the_wanted_value_is_not() -> None:
    """0x15 under 0xf is 5; a value with bits outside its mask can never be met."""
    packet = tcp().with_mark(0x15)
    assert holds("-m mark --mark 0x5/0xf", packet) is True
    assert holds("-m mark --mark 0x15/0xf", packet) is False
    assert holds("-m mark ! --mark 0x15", packet) is False


def test_comment_always_holds() -> None:
    """It is a note and nothing is compared."""
    assert holds('-m comment --comment "who knows"', tcp()) is True


def test_length_counts_the_ip_header() -> None:
    """A UDP packet without payload is 28 bytes long, 48 with IPv6; both ends are included."""
    assert holds("-m length --length 28", udp()) is True
    assert holds("-m length --length 28:30", udp(payload=b"ab")) is True
    assert holds("-m length --length 48", udp(**V6), family=6) is True
    assert holds("-m length --length 30:28", udp()) is False


@pytest.mark.parametrize(("test", "expected"), [("eq 64", True), ("lt 64", False), ("gt 63", True)])
def test_ttl_and_hop_limit(test: str, expected: bool) -> None:
    """Equal, below and above; what the packet has is in the clause."""
    assert holds(f"-m ttl --ttl-{test}", tcp()) is expected
    assert holds(f"-m hl --hl-{test}", tcp(**V6), family=6) is expected
    assert clause(f"-m ttl --ttl-{test}", tcp()).seen == "64"


def test_tos_looks_at_eight_bits_for_a_number_and_six_for_a_name() -> None:
    """On 0x12 both fail for the ECN bit; upper bits do not disturb the name."""
    packet = tcp(tos=0x12)
    assert holds("-m tos --tos 0x10", packet) is False
    assert holds("-m tos --tos Minimize-Delay", packet) is False
    assert holds("-m tos --tos 0x10/0x1c", packet) is True
    assert holds("-m tos --tos Minimize-Delay", tcp(tos=0xD0)) is True


def test_dscp_leaves_the_ecn_bits_out() -> None:
    """EF is 46 whatever the lower two bits say."""
    assert holds("-m dscp --dscp-class EF", tcp(tos=0xBB)) is True
    assert holds("-m dscp --dscp 46", tcp(tos=0xB8, **V6), family=6) is True
    assert holds("-m dscp ! --dscp 46", tcp(tos=0)) is True


def test_ecn_reads_the_ip_header_first() -> None:
    """Then ECE, then CWR of TCP."""
    packet = tcp(tos=2, flags=0x42)
    assert holds("-m ecn --ecn-ip-ect 2", packet) is True
    assert holds("-p tcp -m ecn --ecn-tcp-ece ! --ecn-tcp-cwr", packet) is True
    assert clause("-p tcp -m ecn --ecn-tcp-cwr --ecn-ip-ect 1", packet).flag == "--ecn-ip-ect"


def test_ecn_of_a_cut_off_header_fails_without_dropping() -> None:
    """Unlike -m tcp it lets the packet go on."""
    assert holds("-p tcp -m ecn ! --ecn-tcp-cwr", ip(bytes(10), 6)) is False


def test_iprange_includes_both_ends() -> None:
    """10.0.0.2 to 10.0.0.9, and a backward range never holds."""
    for address, inside in (("10.0.0.2", True), ("10.0.0.9", True), ("10.0.0.10", False)):
        line = "-m iprange --src-range 10.0.0.2-10.0.0.9"
        assert holds(line, tcp(src=address)) is inside
    assert holds("-m iprange --src-range 10.0.0.9-10.0.0.2", tcp()) is False
    assert holds("-m iprange ! --dst-range 2001:db8::-2001:db8::9", tcp(**V6), family=6) is True


def test_mac_is_the_last_hops() -> None:
    """Without an Ethernet header the match fails, inverted too."""
    packet = replace(tcp(), link=Link("02:00:00:00:00:02", "02:00:00:00:00:01"))
    assert holds("-m mac --mac-source 02:00:00:00:00:02", packet) is True
    assert holds("-m mac ! --mac-source 02:00:00:00:00:02", tcp()) is False


@pytest.mark.parametrize(
    ("link", "dst", "kind"),
    [
        (None, "10.1.0.5", "unicast"),
        (Link(kind=PacketType.HOST), "10.1.0.5", "unicast"),
        (Link(kind=PacketType.BROADCAST), "10.1.0.255", "broadcast"),
        (Link(kind=PacketType.OTHERHOST), "10.1.0.5", "otherhost"),
        (Link(kind=PacketType.LOOPBACK), "224.0.0.1", "multicast"),
        (Link(kind=PacketType.LOOPBACK), "10.1.0.255", "broadcast"),
    ],
)
def test_pkttype_is_how_the_frame_was_addressed(link: Link | None, dst: str, kind: str) -> None:
    """Own packets are unicast, their looped-back copies what their destination says."""
    packet: Packet = replace(tcp(dst=dst), link=link)
    assert holds(f"-m pkttype --pkt-type {kind}", packet) is True
    assert holds(f"-m pkttype ! --pkt-type {kind}", packet) is False
