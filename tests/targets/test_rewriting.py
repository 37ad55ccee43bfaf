"""TOS, DSCP, TTL, HL, ECN, TCPMSS, TCPOPTSTRIP, SNPT, DNPT: targets that rewrite bytes."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest

from sim.extensions.extension import Emit
from sim.model.rules import Hook, Verdict
from sim.packet.checksum import checksum
from sim.packet.headers import CWR, ECE, SYN
from sim.packet.icmp import checksum_holds
from sim.packet.packet import Packet
from tests.targets.place import context, packet, run

UDP = "in eth0 udp 10.0.0.2:5 -> 10.0.1.2:6"
UDP6 = "in eth0 udp [fd00:0:0:1::2]:5 -> [fd00:0:0:2::2]:6"
SYN_LINE = "in eth0 tcp 10.0.0.2:5 -> 10.0.1.2:80 syn"


def sound(made: Packet) -> bool:
    """Are the packet's checksums right?"""
    return checksum_holds(made) and (made.family == 6 or checksum(made.data[:20]) == 0)


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        ("TOS --set-tos 0x10", 0x03, 0x10),
        ("TOS --set-tos 0x10/0x3f", 0xC3, 0xD0),
        ("TOS --set-tos Minimize-Delay", 0xC1, 0xD0),
        ("TOS --and-tos 0xf0", 0xFF, 0xF0),
        ("TOS --or-tos 0x0f", 0xF0, 0xFF),
        ("TOS --xor-tos 0xff", 0x0F, 0xF0),
        ("DSCP --set-dscp 46", 0x03, 0xBB),
        ("DSCP --set-dscp-class cs1", 0xFF, 0x23),
    ],
)
@pytest.mark.parametrize("line", [f"{UDP} tos", f"{UDP6} tclass"])
def test_tos_and_dscp(words: str, before: int, after: int, line: str) -> None:
    """TOS works on all eight bits, DSCP leaves the two of ECN alone, in both families."""
    answer = run(f"-j {words}", context(packet(f"{line} {before}")), "mangle")
    assert answer.packet.headers.tos == after
    assert sound(answer.packet)


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        ("--ttl-set 9", 64, 9),
        ("--ttl-inc 3", 254, 255),
        ("--ttl-dec 3", 2, 0),
        ("--ttl-set 0", 5, 0),
    ],
)
def test_ttl_ends_at_its_limits(words: str, before: int, after: int) -> None:
    """It is neither wrapped nor refused: 0 and 255 are the ends."""
    answer = run(f"-j TTL {words}", context(packet(f"{UDP} ttl {before}")), "mangle")
    assert (answer.verdict, answer.packet.headers.ttl) == (Verdict.CONTINUE, after)
    assert sound(answer.packet)


def test_hop_limit() -> None:
    """HL is TTL's sister for IPv6."""
    answer = run("-j HL --hl-dec 4", context(packet(f"{UDP6} hoplimit 10")), "mangle")
    assert answer.packet.headers.ttl == 6


def test_ecn_clears_tcp_bits() -> None:
    """ECE and CWR go; the checksum follows."""
    given = packet("in eth0 tcp 10.0.0.2:5 -> 10.0.1.2:80 flags syn,ece,cwr")
    answer = run("-p tcp -j ECN --ecn-tcp-remove", context(given), "mangle")
    tcp = answer.packet.headers.tcp
    assert tcp is not None
    assert tcp.flags == SYN
    assert sound(answer.packet)


def test_ecn_sets_single_bits() -> None:
    """Only the named bits change."""
    given = packet("in eth0 tcp 10.0.0.2:5 -> 10.0.1.2:80 flags syn,cwr tos 3")
    answer = run("-p tcp -j ECN --ecn-tcp-ece 1 --ecn-ip-ect 1", context(given), "mangle")
    tcp = answer.packet.headers.tcp
    assert tcp is not None
    assert (tcp.flags, answer.packet.headers.tos) == (SYN | ECE | CWR, 1)


def mss_of(made: Packet) -> bytes:
    tcp = made.headers.tcp
    assert tcp is not None
    return tcp.options


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ("mss 1460", "020403e8"),
        ("mss 900", "02040384"),
        ("", "02040218"),
        ('payload "x"', ""),
        ("mss 1460 wscale 7", "020403e801030307"),
    ],
)
def test_tcpmss_lowers_or_adds(given: str, options: str) -> None:
    """Never raised; added (536 at most) when it is missing and no data is in the way."""
    words = "-p tcp --syn -j TCPMSS --set-mss 1000"
    answer = run(words, context(packet(f"{SYN_LINE} {given}")), "mangle")
    assert mss_of(answer.packet).hex() == options
    assert answer.packet.headers.length == len(answer.packet.data)
    assert sound(answer.packet)


def test_tcpmss_clamps_to_the_smaller_path() -> None:
    """The MTU of both directions counts: eth1's 1400 less 40."""
    words = "-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu"
    answer = run(words, context(packet(f"{SYN_LINE} mss 1460")), "mangle")
    assert mss_of(answer.packet).hex() == "02040550"
    back = packet("in eth1 tcp 10.0.1.2:5 -> 10.0.0.2:80 syn mss 1460")
    ctx = context(back, in_iface="eth1", out_iface="eth0")
    assert mss_of(run(words, ctx, "mangle").packet).hex() == "02040550"


def test_tcpmss_drops_a_broken_header() -> None:
    """A header that claims more than there is kills the packet."""
    given = packet(f"{SYN_LINE} mss 1460")
    broken = given.patched(12, b"\xf0\x02")
    words = "-p tcp --syn -j TCPMSS --set-mss 1000"
    assert run(words, context(broken), "mangle").verdict is Verdict.DROP


def test_options_are_overwritten_with_nops() -> None:
    """Stripped options stay as NOPs, so that nothing moves."""
    given = packet(f"{SYN_LINE} mss 1460 wscale 7 sackok")
    answer = run(
        "-p tcp -j TCPOPTSTRIP --strip-options wscale,sack-permitted", context(given), "mangle"
    )
    assert mss_of(answer.packet).startswith(bytes.fromhex("020405b4"))
    assert set(mss_of(answer.packet)[4:]) == {1}
    assert sound(answer.packet)


def test_prefixes_are_swapped_without_touching_checksums() -> None:
    """RFC 6296: one word takes up the difference, so the transport checksum still holds."""
    words = "-j SNPT --src-pfx fd00:0:0:1::/64 --dst-pfx 2001:db8:1:2::/64"
    ctx = context(packet(f'{UDP6} payload "abc"'), Hook.POSTROUTING)
    answer = run(words, ctx, "mangle", "POSTROUTING")
    assert str(answer.packet.headers.src).startswith("2001:db8:1:2:")
    assert checksum_holds(answer.packet)


def test_prefix_translation_and_back() -> None:
    """DNPT with the prefixes swapped undoes SNPT."""
    given = packet(UDP6)
    out = run(
        "-j SNPT --src-pfx fd00:0:0:1::/64 --dst-pfx 2001:db8:1:2::/64",
        context(given, Hook.POSTROUTING), "mangle", "POSTROUTING",
    ).packet  # fmt: skip
    reply = given.with_destination(out.headers.src).with_source(given.headers.dst)
    back = run(
        "-j DNPT --src-pfx 2001:db8:1:2::/64 --dst-pfx fd00:0:0:1::/64",
        context(reply, Hook.PREROUTING), "mangle", "PREROUTING",
    ).packet  # fmt: skip
    assert back.headers.dst == given.headers.src


def test_a_full_identifier_cannot_be_translated() -> None:
    """All ones behind the prefix: parameter problem, pointing at the address."""
    given = packet("in eth0 udp [fd00:0:0:1:ffff:ffff:ffff:ffff]:5 -> [fd00:0:0:2::2]:6")
    words = "-j SNPT --src-pfx fd00:0:0:1::/64 --dst-pfx 2001:db8:1:2::/64"
    answer = run(words, context(given, Hook.POSTROUTING), "mangle", "POSTROUTING")
    assert answer.verdict is Verdict.DROP
    (emit,) = answer.requests
    assert isinstance(emit, Emit)
    assert emit.packet.payload[:8].hex()[:4] == "0400"
    assert emit.packet.payload[4:8] == (8).to_bytes(4, "big")
    assert IPv6Address(given.data[8:24]) != emit.packet.headers.dst
