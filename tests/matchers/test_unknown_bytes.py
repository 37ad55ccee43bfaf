"""What the kernel draws for its packets: no match pretends to know it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernel.traversal import run
from sim.model.scenario import Scenario
from sim.packet.chance import WHAT, bits, drawn, laid_in
from sim.packet.icmp import icmp_error
from sim.packet.packet import Packet
from sim.read.scenario import compile_scenario
from sim.trace.steps import Fate
from tests.matchers.ask import clause, holds, icmp, tcp, udp

RULES = (
    '-m string --algo bm --hex-string "|0000|"',
    '-m string --algo bm --hex-string "|4011|" --from 8 --to 12',
    "-m string --algo kmp --string a --icase",
    '-m string --algo bm ! --hex-string "|0a01|"',
    '-m u32 --u32 "4>>16=0:0x7fff"',
    '-m u32 --u32 "4&0x1fff=0"',
    '-m u32 --u32 "0>>22&0x3C@0>>16=53"',
    '-m u32 --u32 "4>>24@0=0:0x45ffffff"',
    '-m bpf --bytecode "4,40 0 0 4,21 0 1 7,6 0 0 65535,6 0 0 0"',
    '-m bpf --bytecode "5,32 0 0 4,84 0 0 8191,21 0 1 0,6 0 0 65535,6 0 0 0"',
    '-m bpf --bytecode "5,177 0 0 0,72 0 0 2,21 0 1 53,6 0 0 65535,6 0 0 0"',
)


@pytest.mark.parametrize("rule", RULES)
@given(
    mask=st.binary(max_size=40),
    filling=st.binary(min_size=64, max_size=64),
    payload=st.binary(max_size=12),
)
def test_an_answer_holds_whatever_the_unknown_bits_are(
    rule: str, mask: bytes, filling: bytes, payload: bytes
) -> None:
    """Only the version and length of the IP header, which say what it is, are always known."""
    packet = udp(payload=payload)
    mask = bytes(2) + mask[: len(packet.data) - 2]
    masked = replace(packet, unknown=mask)
    answer = holds(rule, masked)
    other = bytes(
        byte & ~hidden | fill & hidden
        for byte, hidden, fill in zip(
            packet.data, mask.ljust(len(packet.data), b"\0"), filling * 2, strict=False
        )
    )
    if answer is not None:
        assert holds(rule, replace(packet, data=other)) == answer
    assert (answer is None) <= any(mask)


def test_what_is_masked_out_again_does_not_matter() -> None:
    """The fragment test of every u32 tutorial reads the ident too, and drops it."""
    packet = replace(udp(), unknown=drawn(udp()))
    assert holds('-m u32 --u32 "4&0x3FFF=0"', packet)
    seen = clause('-m u32 --u32 "4>>16=0"', packet)
    assert (seen.held, seen.need) == (None, WHAT)


def test_ident_and_header_checksum_of_the_kernels_packets_are_drawn_unless_they_have_df() -> None:
    """ip_select_ident gives a packet with DF 0, but not one that an ICMP socket sends."""
    assert bits(drawn(icmp(8)), 4, 2) == bits(drawn(icmp(8)), 10, 2) == 0xFFFF
    plain = tcp(flags=4)
    whole = replace(plain, data=plain.data[:6] + b"\x40" + plain.data[7:])
    assert bits(drawn(whole), 0, 20) == 0
    assert bits(drawn(whole), 20 + 16, 2) == 0xFFFF, "the device writes TCP's checksum"
    assert bits(drawn(whole), 20 + 4, 8) == 0, "a reset's numbers are those it answers"


def test_numbers_and_timestamps_of_a_syn_are_drawn() -> None:
    """Where a sequence begins is the kernel's secret (secure_seq)."""
    assert bits(drawn(tcp(flags=0x12)), 20 + 4, 8) == 2**64 - 1


def test_a_quoted_packet_is_as_unknown_as_it_was() -> None:
    """An ICMP error about a packet of the kernel's own carries its ident."""
    about = replace(udp(), unknown=drawn(udp()))
    error = icmp_error(about, 3, 1, ip_address("10.0.0.1"))
    mask = drawn(Packet(error), about)
    assert bits(mask, 28 + 4, 2) == 0xFFFF
    assert bits(mask, 28, 4) == 0
    assert laid_in(b"\xff", 3, b"\x0f") == b"\xff\0\0\x0f"


def fates(rules: str, host: str, packets: str) -> list[Fate]:
    compiled = compile_scenario(Scenario(rules=rules, host=host, packets=packets))
    return [step for step in run(compiled) if isinstance(step, Fate)]


HOST = "interface eth0 10.0.0.1/24\nroute default via 10.0.0.254 dev eth0\n"


def test_the_answer_to_a_ping_is_undetermined_where_its_ident_decides() -> None:
    """A rule about a payload is not troubled; one that two unknown bytes may satisfy is."""
    packets = 'in eth0 icmp 10.0.0.2 -> 10.0.0.1 echo-request id 7 seq 1 payload "hello"\n'
    rule = "*filter\n-A OUTPUT -m string --algo bm {} -j DROP\nCOMMIT\n"
    known = fates(rule.format("--string hello"), HOST, packets)
    assert [fate.verdict for fate in known] == ["dropped", "delivered"]
    hidden = fates(rule.format('--hex-string "|1234|"'), HOST, packets)
    assert (hidden[0].verdict, hidden[0].need) == ("undetermined", WHAT)


def test_nobody_finds_a_string_in_what_ipsec_encrypted() -> None:
    """The second look at OUTPUT sees an ESP packet, of which only the header is known."""
    host = HOST + "ipsec out 10.0.0.0/24 10.8.0.0/24 tunnel 10.0.0.1 198.51.100.1\n"
    rules = "*filter\n-A OUTPUT -p esp -m string --algo bm --hex-string {} -j DROP\nCOMMIT\n"
    packets = 'local udp 10.0.0.1:5000 -> 10.8.0.9:53 payload "hello"\n'
    for pattern, verdict in (('"|1234|"', "undetermined"), ('"|c63364|"', "dropped")):
        assert fates(rules.format(pattern), host, packets)[0].verdict == verdict
