"""REJECT: when it answers, with what, and when it keeps silent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.extensions.extension import Answer, CloseFlow, Emit
from sim.model.flow import Flow, FlowTuple
from sim.model.rules import Hook, Verdict
from sim.packet.headers import ACK, RST
from sim.packet.kinds import PacketType
from sim.packet.packet import Link, Packet
from tests.targets.place import ROUTER, context, packet, run

UDP = 'in eth0 udp 10.0.0.2:5 -> 10.0.1.2:6 payload "abc"'
SYN = "in eth0 tcp 10.0.0.2:5 -> 10.0.1.2:6 syn seq 7"


def emitted(answer: Answer) -> Emit:
    found = [request for request in answer.requests if isinstance(request, Emit)]
    assert len(found) == 1
    return found[0]


def test_the_packet_is_dropped_and_its_head_quoted() -> None:
    """The default is port unreachable; the quote starts at the packet's IP header."""
    given = packet(UDP)
    answer = run("-j REJECT", context(given))
    assert answer.verdict is Verdict.DROP
    assert answer.rejected_with == "icmp-port-unreachable"
    error = emitted(answer).packet
    icmp = error.headers.icmp
    assert icmp is not None
    assert (icmp.type, icmp.code) == (3, 3)
    assert error.payload[8:] == given.data
    assert (error.headers.tos, error.headers.ttl) == (0xC0, 64)


def test_routing_chooses_the_source_of_an_error_about_forwarded_packets() -> None:
    """The source is left open, and the answer belongs to the connection as RELATED."""
    emit = emitted(run("-j REJECT", context(packet(UDP))))
    assert emit.source_from_route
    assert emit.related
    assert int(emit.packet.headers.src) == 0


def test_an_error_about_what_was_for_us_comes_from_that_address() -> None:
    """In INPUT the source is the address that the packet was sent to."""
    given = packet("in eth0 udp 10.0.0.2:5 -> 10.0.0.9:6")
    emit = emitted(run("-j REJECT", context(given, Hook.INPUT)))
    assert str(emit.packet.headers.src) == "10.0.0.9"
    assert not emit.source_from_route


def test_at_most_548_bytes_are_quoted() -> None:
    """The whole IPv4 error is no longer than 576 bytes."""
    given = packet("in eth0 udp 10.0.0.2:5 -> 10.0.1.2:6 length 1300")
    assert len(emitted(run("-j REJECT", context(given))).packet.data) == 576


def test_an_ipv6_error_fits_the_smallest_mtu() -> None:
    """The whole IPv6 error is no longer than 1280 bytes."""
    given = packet("in eth0 udp [fd00:0:0:1::2]:5 -> [fd00:0:0:2::2]:6 length 1400")
    assert len(emitted(run("-j REJECT", context(given))).packet.data) == 1280


def test_tos_of_the_answer_keeps_the_old_tos_bits() -> None:
    """Precedence becomes internetwork control, the four TOS bits stay, ECN's lower goes."""
    given = packet(f"{UDP} tos 0xff")
    assert emitted(run("-j REJECT", context(given))).packet.headers.tos == 0xDE


@pytest.mark.parametrize(
    "text",
    [
        "in eth0 icmp 10.0.0.2 -> 10.0.1.2 host-unreachable quoting (udp 1.1.1.1:1 -> 2.2.2.2:2)",
        "in eth0 udp 10.0.0.2:5 -> 10.0.1.2:6 checksum bad",
        "in eth0 udp 10.0.0.2:5 -> 10.0.0.255:6",
        "in eth0 udp 10.0.0.2:5 -> 224.0.0.1:6",
        'in eth0 proto 89 10.0.0.2 -> 10.0.1.2 payload "12345678"',
    ],
)
def test_silence(text: str) -> None:
    """ICMP errors, wrong checksums, broadcasts and multicasts, opaque payloads: no answer."""
    answer = run("-j REJECT", context(packet(text)))
    assert answer.verdict is Verdict.DROP
    assert not answer.requests
    assert answer.rejected_with == "icmp-port-unreachable"
    assert "in silence" in answer.text


def test_silence_for_link_broadcasts() -> None:
    """What came as an Ethernet broadcast is not answered."""
    given = replace(
        packet(UDP), link=Link("02:00:00:00:00:02", "ff:ff:ff:ff:ff:ff", PacketType.BROADCAST)
    )
    assert not run("-j REJECT", context(given)).requests


def test_a_udp_packet_without_checksum_is_answered() -> None:
    """A checksum of zero is none: nothing to verify."""
    assert run("-j REJECT", context(packet(f"{UDP} checksum 0"))).requests


def test_reset_for_a_syn_acknowledges_it() -> None:
    """Without ACK: number 0, acknowledging the SYN and its data."""
    answer = run("-p tcp -j REJECT --reject-with tcp-reset", context(packet(f'{SYN} payload "ab"')))
    tcp = emitted(answer).packet.headers.tcp
    assert tcp is not None
    assert (tcp.seq, tcp.ack, tcp.flags, tcp.window) == (0, 10, RST | ACK, 0)


def test_reset_for_an_ack_takes_its_number() -> None:
    """With ACK: a plain RST with the number that was acknowledged."""
    given = packet('in eth0 tcp 10.0.0.2:5 -> 10.0.1.2:6 ack seq 7 ack 99 payload "ab"')
    tcp = emitted(
        run("-p tcp -j REJECT --reject-with tcp-reset", context(given))
    ).packet.headers.tcp
    assert tcp is not None
    assert (tcp.seq, tcp.ack, tcp.flags) == (99, 0, RST)


def test_reset_comes_from_the_packets_destination() -> None:
    """The reset speaks for the other end: DF, ident 0, no socket."""
    reset = emitted(run("-p tcp -j REJECT --reject-with tcp-reset", context(packet(SYN)))).packet
    headers = reset.headers
    assert (str(headers.src), headers.sport, headers.ident) == ("10.0.1.2", 6, 0)
    assert headers.dont_fragment
    assert reset.owner is None


def test_no_reset_for_a_reset() -> None:
    """A reset is dropped in silence."""
    given = packet("in eth0 tcp 10.0.0.2:5 -> 10.0.1.2:6 flags rst")
    assert not run("-p tcp -j REJECT --reject-with tcp-reset", context(given)).requests


def test_a_reset_closes_the_connections_entry() -> None:
    """conntrack takes the connection for closed before the reset is sent."""
    ends = [packet(SYN).headers.src, packet(SYN).headers.dst]
    flow = Flow(
        1, FlowTuple(ends[0], ends[1], 6, 5, 6), FlowTuple(ends[1], ends[0], 6, 6, 5),
        frozenset({"CONFIRMED"}), "ESTABLISHED",
    )  # fmt: skip
    answer = run("-p tcp -j REJECT --reject-with tcp-reset", context(packet(SYN), flow=flow))
    assert answer.requests[0] == CloseFlow()


def test_a_bridged_packets_reset_goes_straight_out() -> None:
    """It leaves by the port the packet came in on, past every hook."""
    ctx = context(packet(SYN), physin="vnet0")
    emit = emitted(run("-p tcp -j REJECT --reject-with tcp-reset", ctx))
    assert emit.is_direct
    assert emit.dev == "vnet0"


def test_the_mark_is_reflected_on_request_only() -> None:
    """fwmark_reflect decides whether the answer carries the packet's mark."""
    marked = packet(UDP).with_mark(5)
    assert emitted(run("-j REJECT", context(marked))).packet.mark == 0
    host = ROUTER + "sysctl net.ipv4.fwmark_reflect = 1\n"
    assert emitted(run("-j REJECT", context(marked, host=host))).packet.mark == 5


def test_the_echo_of_ip_options_is_not_guessed() -> None:
    """A record route option would come back filled in: that is not modelled."""
    given = packet(f"{UDP} ip-options-hex 07070400000000 00".replace(" 00", "00"))
    answer = run("-j REJECT", context(given))
    assert "IP options" in answer.need


def test_an_answer_has_right_checksums() -> None:
    """Header and ICMP checksums of an answer verify."""
    error: Packet = emitted(run("-j REJECT", context(packet(UDP)))).packet
    from sim.packet.checksum import checksum

    assert checksum(error.data[:20]) == 0
    assert checksum(error.payload) == 0
